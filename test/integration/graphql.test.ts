import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { updateWatchlists } from '../../src/jobs/update-watchlists.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let api: TestApi;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { GRAPHIQL: 'on' });
  url = api.url;
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

async function post(
  query: string,
  variables: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

const one = async <T>(query: string, variables: object = {}): Promise<T> => {
  const { data, errors } = await post(query, variables);
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return Object.values(data ?? {})[0] as T;
};

interface Edited {
  readonly __typename: string;
  readonly code?: string;
  readonly watchlist: { id: string; name: string; revision: number; items: { ticker: string }[] };
  readonly added: string[];
  readonly skipped: string[];
}
const payload = `__typename ... on UserError { code } ... on WatchlistPayload { added skipped removed watchlist { id name revision items { ticker } } }`;
const create = (name: string, tickers: string[] = []) =>
  one<Edited>(`mutation($input: CreateWatchlistInput!) { createWatchlist(input: $input) { ${payload} } }`, {
    input: { name, tickers },
  });
const add = (id: string, tickers: string[]) =>
  one<Edited>(`mutation($input: AddToWatchlistInput!) { addToWatchlist(input: $input) { ${payload} } }`, {
    input: { id, tickers },
  });

describe('watchlists', () => {
  test('are created, filled idempotently, and deleted into the default list', async () => {
    const made = await create('Tech', ['msft', 'AAPL']);
    expect(made.watchlist.items.map((item) => item.ticker)).toEqual(['AAPL', 'MSFT']);
    expect(await add(made.watchlist.id, ['aapl', 'NVDA'])).toMatchObject({
      added: ['NVDA'],
      skipped: ['AAPL'],
    });
    const gone = await one<Edited>(
      `mutation($input: DeleteWatchlistInput!) { deleteWatchlist(input: $input) { ${payload} } }`,
      { input: { id: made.watchlist.id } },
    );
    expect(gone.watchlist).toMatchObject({ name: 'Default' });
    expect(gone.watchlist.items.map((item) => item.ticker)).toEqual(
      expect.arrayContaining(['AAPL', 'MSFT', 'NVDA']),
    );
    const refused = await one<Edited>(
      `mutation($input: DeleteWatchlistInput!) { deleteWatchlist(input: $input) { ${payload} } }`,
      { input: { id: gone.watchlist.id } },
    );
    expect(refused).toMatchObject({ __typename: 'InvalidStateError' });
  });

  test('keep names unique, also when 20 are created at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => create(i % 2 === 0 ? 'Race' : ' race ')),
    );
    expect(answers.filter(({ __typename }) => __typename === 'WatchlistPayload')).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'NAME_TAKEN')).toHaveLength(19);
  });

  test('take each ticker once, also when it is added 20 times at once while the engine writes its status', async () => {
    const { watchlist } = await create('Busy', ['AAPL', 'MSFT']);
    const job = crypto.randomUUID().replace(/^.{14}/, (head) => `${head.slice(0, 13)}-`);
    await database.db.execute(sql`insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint, request_hash, total, queued, last_seq)
      values (${job}, ${DEFAULT_WORKSPACE_ID}, 'x', 'QUEUED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, now(), 'f', 'r', 1, 1, 1)`);
    const engine = Array.from({ length: 20 }, (_, i) =>
      database.db.transaction((tx) =>
        updateWatchlists(
          tx,
          (i % 2 === 0 ? ['AAPL', 'MSFT', 'NVDA'] : ['NVDA', 'MSFT', 'AAPL']).map((ticker) => ({
            workspaceId: DEFAULT_WORKSPACE_ID,
            ticker,
            jobId: job,
            status: 'PROCESSING' as const,
            analysisId: null,
          })),
        ),
      ),
    );
    const added = await Promise.all(Array.from({ length: 20 }, () => add(watchlist.id, ['NVDA', 'AAPL'])));
    await Promise.all(engine);
    expect(added.flatMap((answer) => answer.added)).toEqual(['NVDA']);
    const { rows } = await database.db.execute(
      sql`select deadlocks::int from pg_stat_database where datname = current_database()`,
    );
    expect(rows).toEqual([{ deadlocks: 0 }]);
  });

  test('tell their followers about every change', async () => {
    const { watchlist } = await create('Live');
    const sockets = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
    const stream = sockets.iterate<{ watchlistChanged: { items: { ticker: string }[] } }>({
      query: 'subscription($id: ID!) { watchlistChanged(id: $id) { items { ticker } } }',
      variables: { id: watchlist.id },
    });
    const next = async () =>
      (await stream.next()).value?.data?.watchlistChanged.items.map(
        (item: { ticker: string }) => item.ticker,
      );
    expect(await next()).toEqual([]);
    await add(watchlist.id, ['AAPL']);
    expect(await next()).toEqual(['AAPL']);
    await stream.return?.();
    await sockets.dispose();
  });
});

describe('pages', () => {
  test.each(['jobs', 'analyses', 'backtests', 'instruments', 'ranking'])(
    'refuse a cursor that is not theirs: %s',
    async (field) => {
      const cursors = ['k:foo', 'k:00000000-0000-0000-0000-00000000000', 'foo', '{}'];
      for (const cursor of cursors.map((text) => Buffer.from(text).toString('base64url'))) {
        for (const [args, name] of [
          [`first: 2, after: "${cursor}"`, 'after'],
          [`last: 2, before: "${cursor}"`, 'before'],
        ]) {
          const { errors } = await post(`{ ${field}(${args}) { edges { cursor } } }`);
          expect(errors).toMatchObject([
            {
              message: expect.stringContaining('The cursor does not belong to this '),
              extensions: { code: 'INVALID_INPUT', field: name },
            },
          ]);
        }
      }
    },
  );

  test('follow each other by cursor in both directions, with a total only when it is selected', async () => {
    const job = (i: number) =>
      post('mutation($t: [String!]) { submitAnalysis(input: { tickers: $t, force: true }) { __typename } }', {
        t: [`P${i}`],
      });
    for (let i = 0; i < 7; i += 1) await job(i);
    type Page = {
      totalCount: number;
      edges: { node: { uuid: string }; cursor: string }[];
      pageInfo: { hasNextPage: boolean; endCursor: string };
    };
    const page = (args: string, extra = '') =>
      one<Page>(
        `{ jobs(${args}) { ${extra} edges { cursor node { uuid } } pageInfo { hasNextPage endCursor } } }`,
      );
    const first = await page('first: 3', 'totalCount');
    expect(first.totalCount).toBeGreaterThanOrEqual(7);
    const second = await page(`first: 3, after: "${first.pageInfo.endCursor}"`);
    const ids = [...first.edges, ...second.edges].map(({ node }) => node.uuid);
    expect(new Set(ids).size).toBe(6);
    expect([...ids].sort().reverse()).toEqual(ids);
    const back = await page(`last: 3, before: "${second.edges[0]?.cursor}"`);
    expect(back.edges.map(({ node }) => node.uuid)).toEqual(ids.slice(0, 3));
    const tooMany = await post('{ jobs(first: 101) { edges { node { id } } } }');
    expect(tooMany.errors?.[0]?.extensions?.code).toBe('LIMIT_EXCEEDED');
  });
});

describe('requests that are refused', () => {
  const deep = `{ jobs { edges { node { ${'retryOf { '.repeat(20)} id ${'}'.repeat(20)} } } } }`;
  test.each([
    ['too deep', deep],
    ['too many aliases', `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
    ['too many tokens', `{ ${'__typename '.repeat(2_500)} }`],
    ['too long', `{ __typename } #${'x'.repeat(20_001)}`],
    ['a syntax error', '{ jobs('],
  ])('%s, over HTTP and over a websocket, which stays open', async (_name, query) => {
    expect((await post(query)).errors?.length).toBeGreaterThan(0);
    const sockets = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
    });
    let closed = false;
    sockets.on('closed', () => {
      closed = true;
    });
    const run = (text: string) =>
      new Promise<unknown>((resolve) => {
        sockets.subscribe({ query: text }, { next: resolve, error: resolve, complete: () => undefined });
      });
    const refused = await run(query);
    expect(JSON.stringify(refused)).toMatch(/message/);
    expect(await run('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
    expect(closed).toBe(false);
    await sockets.dispose();
  });

  test('suggestions of names', async () => {
    const { errors } = await post('{ jbs { id } }');
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/graphql',
  ])('a POST of %s', async (type) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type },
      body: '{"query":"{ __typename }"}',
    });
    expect(response.status).toBe(415);
  });

  test('a GET of another site, a foreign origin on a websocket, a body of more than a megabyte, and a batch', async () => {
    expect((await fetch(`${url}?query={__typename}`)).status).toBe(415);
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', {
      origin: 'https://evil.example',
    });
    const refused = await new Promise<string>((resolve) =>
      socket.on('error', (error) => resolve(error.message)),
    );
    expect(refused).toContain('403');
    const large = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `#${'x'.repeat(1_100_000)}` }),
    });
    expect(large.status).toBe(413);
    const batch = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '[{"query":"{ __typename }"}]',
    });
    expect(batch.status).toBe(400);
    const page = await fetch(url, { headers: { origin: 'https://evil.example', accept: 'text/html' } });
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
  });

  test.each(['GET', 'POST'])('a %s of another path', async (method) => {
    const response = await fetch(new URL('/nope', url), { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  test('a body that is no JSON, without a word of it in the answer', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query": secret',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      errors: [{ message: 'POST body sent invalid JSON.', extensions: { code: 'BAD_REQUEST' } }],
    });
  });
});

test('GraphiQL is a page that loads nothing from elsewhere', async () => {
  const text = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  expect(text).toContain('graphiql');
  expect(text).not.toMatch(/<(script|link)[^>]+(src|href)=["']https?:/);
});

test('an unexpected error is masked with a correlation id, and a refused one keeps its code', async () => {
  await database.db.execute(sql`alter table instruments rename to instruments_away`);
  try {
    const { errors } = await post('{ instrument(ticker: "AAPL") { name } }');
    expect(errors?.[0]?.message).toMatch(/^Unexpected error \(correlation id [\w-]{36}\)\.$/);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL', retryable: false });
    expect(JSON.stringify(errors)).not.toContain('instruments_away');
  } finally {
    await database.db.execute(sql`alter table instruments_away rename to instruments`);
  }
});

test('options left out and options written out are one request; out of range names the field', async () => {
  type Submitted = { job: { id: string }; deduplicated: boolean; field?: string };
  const submit = (input: object) =>
    one<Submitted>(
      'mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) { ... on SubmitJobPayload { deduplicated job { id } } ... on InvalidInputError { field } } }',
      { input },
    );
  const plain = await submit({ tickers: ['OPT'] });
  const written = await submit({
    tickers: ['opt'],
    strategy: 'BALANCED',
    source: 'SAMPLE',
    options: { lookback: 'BARS_400', capital: '100000.00' },
  });
  expect(written).toEqual({ deduplicated: true, job: plain.job });
  expect(await submit({ tickers: ['OPT'], options: { riskPct: 9 } })).toEqual({ field: 'options.riskPct' });
  expect(await submit({ tickers: ['OPT'], options: { asOf: '2999-01-01' } })).toEqual({
    field: 'options.asOf',
  });
  expect(await submit({ tickers: ['OPT'], universe: true })).toEqual({ field: 'tickers' });
  expect(await submit({ tickers: ['OPT'], options: { indicators: ['ATR'] } })).toEqual({
    field: 'options.indicators',
  });
});
