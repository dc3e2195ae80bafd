import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { makeKey } from '../../src/access/key.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { fullAccess } from '../support/access.ts';
import { apiAt, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { forgeKey } from '../support/key.ts';
import { call, mutationNames, prepareCall } from '../support/mutation-calls.ts';
import { silent } from '../support/silent.ts';
import { countStatements, type StatementCounter } from '../support/statements.ts';

let database: TestDatabase;
let counter: StatementCounter;
let server: TestApi;
let api: TestApi;
const admin = { keyId: '', secret: '' };

beforeAll(async () => {
  counter = countStatements('thetool api');
  database = await createTestDatabase();
  Object.assign(admin, await issue());
  server = await startApi(database.url, { WEBHOOK_LOOPBACK: 'on' }, { access: 'real' });
  api = apiAt(server.url, admin.secret);
});
afterAll(async () => {
  await api.close();
  await server.close();
  await database.close();
  counter.stop();
});
beforeEach(async () => {
  await database.db.execute(sql`truncate audit_entries`);
  // A workspace has at most 20.
  await database.db.execute(sql`delete from webhooks`);
});
keepBystander(() => ({ url: server.url, db: database.db }));

async function issue(scopes: readonly Scope[] = SCOPES, workspaceId = DEFAULT_WORKSPACE_ID) {
  const request = { workspaceId, name: 'auditor', scopes, expiresAt: null, maker: fullAccess() };
  const { apiKey, secret } = await createKey({ db: database.db, log: silent }, request);
  return { keyId: apiKey.keyId, secret };
}

interface Row extends Record<string, unknown> {
  readonly action: string;
  readonly outcome: string;
  readonly key_id: string | null;
  readonly times: number;
  readonly correlation_id: string | null;
  readonly target_ids: string[];
}

async function rows(where: string): Promise<Row[]> {
  const found = await database.db.execute<Row>(
    sql.raw(`select * from audit_entries where ${where} order by id`),
  );
  return found.rows;
}

const entries = () => rows("outcome = 'OK'");

/** Refusals of these keys, when so many have been counted: they are stored once a second, and those of other tests may come any time. */
const refusals = (times: number, ...keys: readonly { readonly keyId: string }[]) =>
  eventually(async () => {
    const ids = keys.map(({ keyId }) => `'${keyId}'`).join(', ');
    const found = await rows(`outcome <> 'OK' and key_id in (${ids})`);
    return found.reduce((sum, row) => sum + row.times, 0) >= times && found;
  });

async function send(query: string, secret: string = admin.secret, variables: object = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query, variables }),
  });
  return { requestId: response.headers.get('x-request-id'), body: await response.json() };
}

const uuidOf = (gid: string) => Buffer.from(gid, 'base64').toString().split(':')[1];

describe('what was done', () => {
  test.each(mutationNames)('%s is one entry, and its repeat under a key none', async (name) => {
    const prepared = await prepareCall(api, name);
    await database.db.execute(sql`truncate audit_entries`);
    await call(api, prepared, `audit ${name}`);
    await call(api, prepared, `audit ${name}`);
    const rows = await entries();
    expect(rows).toMatchObject([
      {
        workspace_id: DEFAULT_WORKSPACE_ID,
        action: name,
        key_id: admin.keyId,
        subject: 'auditor',
        outcome: 'OK',
        times: 1,
        address: '127.0.0.1',
        correlation_id: expect.stringMatching(/^[\w-]{36}$/),
        target_type: expect.stringMatching(/^(Job|Watchlist|Queue|Webhook|ApiKey|Instrument)$/),
      },
    ]);
    const asked = prepared.input.keyId ?? uuidOf(String(prepared.input.id ?? ''));
    if (asked !== undefined && !/retry|analyze/.test(name)) expect(rows[0]?.target_ids[0]).toBe(asked);
  });

  test('of keys and webhooks names them, a rotation both keys', async () => {
    const requests: (string | null)[] = [];
    const ask = async (name: string, input: string, selection: string) => {
      const { requestId, body } = await send(`mutation { ${name}(input: ${input}) { ${selection} } }`);
      requests.push(requestId);
      return body.data[name];
    };
    const key = '... on IssuedApiKey { apiKey { keyId } }';
    const made = (await ask('createApiKey', '{ name: "a", scopes: [JOBS_READ] }', key)).apiKey.keyId;
    const next = (await ask('rotateApiKey', `{ keyId: "${made}" }`, key)).apiKey.keyId;
    await ask('revokeApiKey', `{ keyId: "${next}" }`, '__typename');
    const { webhook } = await ask(
      'createWebhook',
      '{ url: "https://hooks.example/x", event: JOB_FINISHED }',
      '... on WebhookSecretPayload { webhook { id } }',
    );
    const id = `id: "${webhook.id}"`;
    await ask('updateWebhook', `{ ${id}, active: false }`, '__typename');
    await ask('rotateWebhookSecret', `{ ${id} }`, '__typename');
    await ask('replayWebhook', `{ ${id} }`, '__typename');
    await ask('deleteWebhook', `{ ${id} }`, '__typename');
    const hook = uuidOf(webhook.id);
    const rows = await entries();
    expect(rows.map(({ action, target_ids }) => [action, target_ids])).toEqual([
      ['createApiKey', [made]],
      ['rotateApiKey', [made, next]],
      ['revokeApiKey', [next]],
      ...['createWebhook', 'updateWebhook', 'rotateWebhookSecret', 'replayWebhook', 'deleteWebhook'].map(
        (name) => [name, [hook]],
      ),
    ]);
    expect(rows.map(({ correlation_id }) => correlation_id)).toEqual(requests);
  });

  test('comes over a websocket, too', async () => {
    const stream = api.follow('mutation { pauseQueue(input: { note: "by socket" }) { __typename } }');
    for await (const _ of stream) break;
    expect(await entries()).toMatchObject([
      { action: 'pauseQueue', key_id: admin.keyId, address: '127.0.0.1' },
    ]);
    await api.one('mutation { resumeQueue(input: {}) { __typename } }');
  });

  test('of exports is written before their first byte, with the filter', async () => {
    const [all, jobs] = [await issue(), await issue(['jobs:read'])];
    const get = async (path: string, { secret } = all) =>
      (await fetch(new URL(path, server.url), { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await get('/export/analyses.csv?ticker=AAPL')).toBe(200);
    expect(await entries()).toMatchObject([
      {
        action: 'export.analyses',
        target_type: 'Export',
        target_ids: ['analyses.csv?ticker=AAPL'],
        outcome: 'OK',
      },
    ]);
    expect(await get('/export/analyses.csv?tikcer=AAPL')).toBe(400);
    expect(await get(`/export/analysis/${uuidv7()}.xlsx`)).toBe(404);
    expect(await get('/export/made-up-name.csv')).toBe(404);
    expect(await get('/export/analyses.csv', jobs)).toBe(403);
    const found = (await refusals(4, all, jobs)).map(({ action, outcome }) => `${action} ${outcome}`);
    expect(found.sort()).toEqual([
      'export NOT_FOUND',
      'export.analyses FORBIDDEN',
      'export.analyses INVALID_INPUT',
      'export.analysis NOT_FOUND',
    ]);
  });
});

describe('the log and the change are one', () => {
  test('what is rolled back is not told as done, and its masked error has the id of the entry', async () => {
    const key = await issue();
    await database.db.execute(
      sql`create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`,
    );
    await database.db.execute(
      sql`create constraint trigger refuse after insert on watchlists deferrable initially deferred for each row execute function refuse()`,
    );
    const { body, requestId } = await send(
      'mutation { createWatchlist(input: { name: "Never" }) { __typename } }',
      key.secret,
    );
    await database.db.execute(sql`drop trigger refuse on watchlists`);
    expect(body.errors).toMatchObject([{ extensions: { code: 'INTERNAL', correlationId: requestId } }]);
    expect(await refusals(1, key)).toMatchObject([
      { action: 'createWatchlist', outcome: 'INTERNAL', correlation_id: requestId },
    ]);
    expect(await entries()).toEqual([]);
  });

  test.each([
    ['createWatchlist', 'input: { name: "Unrecorded" }', 'watchlists', "name = 'Unrecorded'"],
    ['submitAnalysis', 'input: { tickers: ["UNREC"], force: true }', 'job_items', "ticker = 'UNREC'"],
    ['createApiKey', 'input: { name: "unrecorded", scopes: [ADMIN] }', 'api_keys', "name = 'unrecorded'"],
    ['createWebhook', 'input: { url: "https://x.example", event: JOB_FINISHED }', 'webhooks', 'true'],
  ])('what cannot be recorded is not done: %s', async (name, args, table, where) => {
    await database.db.execute(
      sql`alter table audit_entries add constraint closed check (outcome <> 'OK') not valid`,
    );
    const { body } = await send(`mutation { ${name}(${args}) { __typename } }`);
    await database.db.execute(sql`alter table audit_entries drop constraint closed`);
    expect(body.errors).toMatchObject([{ extensions: { code: 'INTERNAL' } }]);
    const { rows } = await database.db.execute(sql.raw(`select from ${table} where ${where}`));
    expect(rows).toEqual([]);
  });

  test('a submit waits for the database no more often than without the log', async () => {
    const { statements } = await counter.during(() => api.submit({ tickers: ['TRIPS'], force: true }));
    // The statements between the first insert and the commit are sent together.
    const inserts = statements.slice(statements.findIndex((name) => name.startsWith('insert into "jobs"')));
    expect(inserts.slice(0, inserts.indexOf('commit'))).toContain('insertAuditEntry');
    expect(await entries()).toHaveLength(1);
  });
});

describe('what was refused', () => {
  const missing = Buffer.from(`Job:${uuidv7()}`).toString('base64');

  test('is counted: one row per hour, key, action and reason, however often', async () => {
    const [key, weak] = [await issue(), await issue(['jobs:read'])];
    const cancel = `mutation { cancelJob(input: { id: "${missing}" }) { __typename } }`;
    const unfit = `mutation { pauseQueue(input: { note: "${'x'.repeat(5_000)}" }) { __typename } }`;
    let last: string | null = null;
    for (let i = 0; i < 30; i += 1) {
      ({ requestId: last } = await send(cancel, key.secret));
      await send(unfit, key.secret);
      await send(cancel, weak.secret);
      await send('{ apiKeys { edges { cursor } } queue { paused } }', weak.secret);
    }
    const all = await refusals(150, key, weak);
    expect(all.map(({ action, outcome, times, key_id }) => [action, outcome, times, key_id]).sort()).toEqual([
      ['apiKeys', 'FORBIDDEN', 30, weak.keyId],
      ['cancelJob', 'FORBIDDEN', 30, weak.keyId],
      ['cancelJob', 'NOT_FOUND', 30, key.keyId],
      ['pauseQueue', 'INVALID_INPUT', 30, key.keyId],
      ['queue', 'FORBIDDEN', 30, weak.keyId],
    ]);
    const [row] = all.filter(({ outcome }) => outcome === 'NOT_FOUND');
    expect(row).toMatchObject({ target_type: 'Job', target_ids: [uuidOf(missing)], correlation_id: last });
  });

  test('is noted at each root field that a document selects, also within fragments', async () => {
    const weak = await issue(['jobs:read']);
    await send('mutation { ... on Mutation { pauseQueue(input: {}) { __typename } } }', weak.secret);
    await send('{ ... { apiKeys { edges { cursor } } } }', weak.secret);
    await send(
      'query { ...A } fragment A on Query { ...B } fragment B on Query { auditEntries(first: 1) { edges { cursor } } }',
      weak.secret,
    );
    const found = await refusals(3, weak);
    expect(found.map(({ action, outcome }) => [action, outcome]).sort()).toEqual([
      ['apiKeys', 'FORBIDDEN'],
      ['auditEntries', 'FORBIDDEN'],
      ['pauseQueue', 'FORBIDDEN'],
    ]);
  });

  test('tells of keys that were shown with a wrong secret or revoked, and nothing of keys that there are not', async () => {
    const victim = await issue(['jobs:read']);
    const guess = forgeKey(victim.keyId);
    for (let i = 0; i < 3; i += 1) {
      await send('{ __typename }', guess);
      await send('{ __typename }', makeKey().key);
    }
    const found = await refusals(3, victim);
    expect(found).toMatchObject([
      {
        action: 'authenticate',
        outcome: 'UNAUTHENTICATED',
        key_id: victim.keyId,
        subject: 'auditor',
        address: '127.0.0.1',
      },
    ]);
  });

  test('of a document that is none, or costs too much, is nothing', async () => {
    const { keyId, secret } = await issue();
    await send('{ nothing }', secret);
    await send('mutation { cancelJob(input: { id: 5.5 }) { __typename } }', secret);
    await send('{ jobs(first: 1000000) { edges { cursor } } }', secret);
    await send(`mutation { cancelJob(input: { id: "${missing}" }) { __typename } }`, secret);
    expect(await refusals(1, { keyId })).toMatchObject([{ outcome: 'NOT_FOUND', times: 1 }]);
  });
});

describe('Query.auditEntries', () => {
  interface Page {
    readonly edges: { readonly node: Record<string, unknown>; readonly cursor: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  }
  const QUERY = `query($filter: AuditFilter, $first: Int, $after: String) { auditEntries(filter: $filter, first: $first, after: $after) {
    edges { cursor node { uuid action keyId subject targetType targetIds outcome correlationId address times createdAt lastAt } }
    pageInfo { hasNextPage endCursor } } }`;
  const list = (variables: object = {}) => api.one<Page>(QUERY, variables);
  const actions = ({ edges }: Page) => edges.map(({ node }) => node.action);

  /** One entry a minute, the newest now. */
  async function fill(count: number, workspaceId = DEFAULT_WORKSPACE_ID): Promise<void> {
    await database.db.execute(sql`insert into audit_entries (workspace_id, id, key_id, subject, action, target_type, target_ids, outcome, created_at)
      select ${workspaceId}, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7000' || '8000' || lpad(n::text, 12, '0'))::uuid,
        'key' || n % 2, 's', 'act' || n, 'Job', array['t' || n % 3], 'OK', at
      from generate_series(1, ${count}::int) n, lateral (select now() - make_interval(mins => ${count} - n) as at) as t`);
  }

  test('pages through, newest first, in one statement', async () => {
    // Rejections of earlier tests are stored up to a second later, in the workspace of those tests.
    const own = uuidv7();
    await insertWorkspace(database.db, { id: own, name: 'Pages' });
    await fill(25, own);
    const reader = apiAt(server.url, (await issue(SCOPES, own)).secret);
    const read = (variables: object) => reader.one<Page>(QUERY, variables);
    // Admits the key, which takes statements of its own.
    await read({ first: 1 });
    const { result, statements } = await counter.during(() => read({ first: 10 }));
    expect(statements).toEqual(['listAuditEntries']);
    const pages = [result];
    for (let page = result; page.pageInfo.hasNextPage; pages.push(page))
      page = await read({ first: 10, after: page.pageInfo.endCursor });
    expect(pages.flatMap(actions)).toEqual(Array.from({ length: 25 }, (_, i) => `act${25 - i}`));
    await reader.close();
  });

  test('filters by action, key, target, outcome and time', async () => {
    await fill(12);
    const found = async (filter: object) => actions(await list({ filter }));
    expect(await found({ actions: ['act3', 'act7', 'none'] })).toEqual(['act7', 'act3']);
    expect(await found({ keyId: 'key1', target: 't0' })).toEqual(['act9', 'act3']);
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000 - 30_000).toISOString();
    expect(await found({ from: ago(3), to: ago(1) })).toEqual(['act10', 'act9']);
    expect(await found({ refused: true })).toEqual([]);
    const watchlist = await api.one<{ watchlist: { id: string } }>(
      'mutation { createWatchlist(input: { name: "Target" }) { ... on WatchlistPayload { watchlist { id } } } }',
    );
    expect(await found({ target: watchlist.watchlist.id })).toEqual(['createWatchlist']);
    expect(await found({ target: uuidOf(watchlist.watchlist.id) })).toEqual(['createWatchlist']);
    const tooMany = await api.post(QUERY, { filter: { actions: Array(51).fill('x') } });
    expect(tooMany.errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  });

  test('tells a workspace of itself only, and nobody without the scope admin', async () => {
    const other = uuidv7();
    await insertWorkspace(database.db, { id: other, name: 'Other' });
    await fill(3);
    const stranger = apiAt(server.url, (await issue(SCOPES, other)).secret);
    expect((await stranger.one<Page>(QUERY)).edges).toEqual([]);
    await fill(1, other);
    expect(actions(await stranger.one<Page>(QUERY))).toEqual(['act1']);
    await stranger.close();
    const reader = apiAt(server.url, (await issue(['jobs:write', 'results:read'])).secret);
    expect((await reader.post(QUERY)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await reader.close();
  });

  test('is read by its indexes in a long log, whatever is asked for', async () => {
    await database.db.execute(sql`insert into audit_entries (workspace_id, id, key_id, subject, action, target_type, target_ids, outcome, created_at)
      select ${DEFAULT_WORKSPACE_ID}, gen_random_uuid(), 'key' || n % 50, 's', 'act', 'Job', array['t' || n], 'OK', now() from generate_series(1, 30000) n`);
    await database.db.execute(sql`analyze audit_entries`);
    for (const filter of [{ target: 't15000' }, { keyId: 'key7' }, {}]) {
      const began = performance.now();
      expect((await list({ filter, first: 20 })).edges.length).toBeGreaterThan(0);
      expect(performance.now() - began).toBeLessThan(500);
    }
  });
});
