import { request } from 'node:http';
import { getIntrospectionQuery } from 'graphql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSocket, type RawSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;
let socket: RawSocket;
let serial = 0;

/** Names of the statements that the API has sent for operations. */
const sent: string[] = [];
const sendStatement = pg.Client.prototype.query;
/** Of the listener, of new connections, of the rate limit, and of refusals. */
const others = [
  'heartbeat',
  'noticeDeadClient',
  'prepareSession',
  'trimNotifyQueue',
  'leasePoints',
  'countRefusals',
  'listen',
  'LISTEN',
  'ring',
];

beforeAll(async () => {
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const { application_name } = (this as unknown as { connectionParameters: { application_name?: string } })
      .connectionParameters;
    const text = typeof args[0] === 'string' ? args[0] : String((args[0] as { text?: string }).text);
    const name = /\/\* (\w+) \*\//.exec(text)?.[1] ?? text.slice(0, 40);
    if (application_name === 'thetool api' && !others.some((other) => name.startsWith(other)))
      sent.push(name);
    return (sendStatement as (...all: unknown[]) => unknown).apply(this, args);
  } as typeof sendStatement;
  database = await createTestDatabase();
  api = await startApi(database.url, { SOCKET_MESSAGE_LIMIT: '100000' });
  socket = await openSocket(api.url);
});
afterAll(async () => {
  pg.Client.prototype.query = sendStatement;
  socket.socket.close();
  await api.close();
  await database.close();
});

interface Failure {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>> & { readonly code?: string };
}

async function overHttp(query: string, variables: object = {}): Promise<readonly Failure[]> {
  const { errors = [] } = await api.post(query, variables);
  return errors as readonly Failure[];
}

/** One after the other: the next message of the socket is the answer. */
async function overSocket(query: string, variables: object = {}): Promise<readonly Failure[]> {
  serial += 1;
  const id = `${serial}`;
  socket.send({ id, type: 'subscribe', payload: { query, variables } });
  const answer = (await next()) as { type: string; payload: unknown };
  if (answer.type === 'error') return answer.payload as Failure[];
  expect(await next()).toEqual({ id, type: 'complete' });
  return ((answer.payload as { errors?: Failure[] }).errors ?? []) as Failure[];
}

/** What hangs would tell nothing: a socket that was closed says so. */
const next = () =>
  Promise.race([
    socket.next(),
    socket.closed.then((code) => {
      throw new Error(`closed with ${code}`);
    }),
  ]);

const transports = [
  ['HTTP', overHttp],
  ['a websocket', overSocket],
] as const;

const nest = (levels: number, leaf = 'id') => {
  // job → items → edges → node → … is a circle through the schema.
  const path = [
    'jobs(first: 1)',
    'edges',
    'node',
    'retryOf',
    'retryOf',
    'retryOf',
    'retryOf',
    'retryOf',
    'retryOf',
  ];
  const used = Array.from({ length: levels - 1 }, (_, i) => path[i] ?? 'retryOf');
  return `{ ${used.map((name) => `${name} {`).join(' ')} ${leaf} ${'}'.repeat(levels - 1)} }`;
};
const many = (n: number, of: (i: number) => string) => Array.from({ length: n }, (_, i) => of(i)).join(' ');
const bomb = (n: number) =>
  `{ ...F0 } ${many(n, (i) => `fragment F${i} on Query { ${i + 1 < n ? `...F${i + 1} ...F${i + 1}` : 'a: __typename'} }`)}`;

const tooMuch: readonly (readonly [name: string, query: string, code: string])[] = [
  ['50 levels', nest(50), 'QUERY_TOO_COMPLEX'],
  ['9 levels', nest(9), 'QUERY_TOO_COMPLEX'],
  [
    '9 levels by fragments',
    `{ jobs { edges { node { ...A } } } } fragment A on Job { retryOf { ...B } } fragment B on Job { retryOf { retryOf { retryOf { retryOf { id } } } } }`,
    'QUERY_TOO_COMPLEX',
  ],
  ['101 aliases', `{ ${many(101, (i) => `a${i}: queue { paused }`)} }`, 'QUERY_TOO_COMPLEX'],
  ['16 aliases of __typename', `{ ${many(16, (i) => `a${i}: __typename`)} }`, 'QUERY_TOO_COMPLEX'],
  ['900 times one field', `{ ${many(900, () => '__typename')} }`, 'QUERY_TOO_COMPLEX'],
  ['201 fields', `{ queue { ${many(200, () => 'paused')} } }`, 'QUERY_TOO_COMPLEX'],
  ['10 directives', `{ __typename ${many(10, () => '@include(if: true)')} }`, 'QUERY_TOO_COMPLEX'],
  ['51 comments', `${many(51, (i) => `#${i}\n`)} { __typename }`, 'QUERY_TOO_COMPLEX'],
  ['20,000 characters of comment', `{ __typename } #${'x'.repeat(20_000)}`, 'QUERY_TOO_COMPLEX'],
  ['fragments that double each other 60 times', bomb(60), 'QUERY_TOO_COMPLEX'],
  [
    'fragments in a circle',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'circular introspection',
    `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    '16 levels of introspection',
    `{ __schema { types { ${'ofType { '.repeat(13)} name ${'}'.repeat(13)} } } }`,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'pages within pages',
    '{ jobs(first: 100) { edges { node { items(first: 100) { edges { node { ticker } } } } } } }',
    'QUERY_TOO_COMPLEX',
  ],
  ['a page of a million', '{ jobs(first: 1000000) { edges { node { id } } } }', 'QUERY_TOO_COMPLEX'],
];

describe.each(transports)('over %s', (transport, ask) => {
  test.each(tooMuch)('%s: refused before anything is read', async (_name, query, code) => {
    const before = sent.length;
    const errors = await ask(query);
    expect(errors[0]?.extensions.code ?? 'GRAPHQL_VALIDATION_FAILED').toBe(code);
    expect(JSON.stringify(errors)).not.toMatch(/Did you mean|"http"/);
    expect(sent.slice(before)).toEqual([]);
  });

  test('2,001 tokens are no document', async () => {
    const [error] = await ask(`{ ${'id '.repeat(2_000)} }`);
    expect(error?.message).toContain('2000 tokens');
  });

  test.each([
    ['-5', '{ jobs(first: -5) { edges { node { id } } } }', 'INVALID_INPUT'],
    ['101', '{ jobs(first: 101) { edges { cursor } } }', 'LIMIT_EXCEEDED'],
    ['both ways', '{ jobs(first: 1, last: 1) { edges { cursor } } }', 'INVALID_INPUT'],
  ])('a page of %s is refused', async (_name, query, code) => {
    expect((await ask(query))[0]?.extensions.code).toBe(code);
  });

  test('a batch of more than 5,000 tickers is refused', async () => {
    const tickers = Array.from({ length: 5_001 }, (_, i) => `T${i}`);
    const query =
      'mutation($t: [String!]!) { submitAnalysis(input: { tickers: $t }) { ... on UserError { code } ... on LimitExceededError { limit } } }';
    if (transport === 'HTTP') {
      expect(await api.one(query, { t: tickers })).toEqual({ code: 'LIMIT_EXCEEDED', limit: 5_000 });
    }
    const rows = await database.db.execute(
      sql`select from jobs where workspace_id = ${DEFAULT_WORKSPACE_ID}`,
    );
    expect(rows.rowCount).toBe(0);
  });

  test('nobody looks for more than 5 faults, and no name is suggested', async () => {
    const errors = await ask(`{ ${many(60, (i) => `jbs${i} { id }`)} queu { paused } }`);
    expect(errors.length).toBeLessThanOrEqual(6);
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
    const unfit = await ask('query($s: [JobState!]) { jobs(filter: { states: $s }) { edges { cursor } } }', {
      s: ['COMPLETE'],
    });
    expect(unfit).toHaveLength(1);
    expect(JSON.stringify(unfit)).not.toContain('Did you mean');
  });

  test('what may be asked is answered: eight levels, 15 aliases, what GraphiQL asks of the schema', async () => {
    expect(await ask(nest(8))).toEqual([]);
    expect(await ask(`{ ${many(15, (i) => `a${i}: __typename`)} }`)).toEqual([]);
    expect(await ask(getIntrospectionQuery({ oneOf: true, inputValueDeprecation: true }))).toEqual([]);
  });

  test('a refusal costs no more than a few milliseconds over an answer', async () => {
    const times = async (query: string) => {
      let shortest = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 12; i += 1) {
        const from = performance.now();
        // Another text each time: what is remembered would be free.
        await ask(`${query} #${transport}${i}`);
        shortest = Math.min(shortest, performance.now() - from);
      }
      return shortest;
    };
    const answered = await times('{ __typename }');
    const slow: string[] = [];
    for (const [name, query] of tooMuch.filter(([, text]) => text.length < 19_000)) {
      const took = await times(query);
      if (took - answered > 10)
        slow.push(`${name}: ${took.toFixed(1)} ms, an answer ${answered.toFixed(1)} ms`);
    }
    expect(slow).toEqual([]);
  });
});

interface Sent {
  readonly status: number;
  readonly body: string;
}

/** A body in pieces, without a length; what is answered before its end is taken. */
function sendChunked(pieces: readonly string[]): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      api.url,
      { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    outgoing.on('error', reject);
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

async function send(body: string): Promise<Sent> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, body: await response.text() };
}

test('an operation that takes too long is given up with TIMEOUT, and a websocket stays open', async () => {
  const strict = await startApi(database.url, { EXECUTION_TIMEOUT_MS: '700' });
  const own = await openSocket(strict.url);
  const blocker = new pg.Client({ connectionString: database.url });
  await blocker.connect();
  await blocker.query('begin; lock table workspaces in access exclusive mode');
  const gaveUp = { extensions: { code: 'TIMEOUT', retryable: true } };
  const response = await fetch(strict.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ queue { paused } }' }),
  });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ errors: [gaveUp] });
  own.send({ id: '1', type: 'subscribe', payload: { query: '{ queue { paused } }' } });
  expect(await own.next()).toMatchObject({ id: '1', payload: { errors: [gaveUp] } });
  expect(await own.next()).toEqual({ id: '1', type: 'complete' });
  await blocker.end();
  own.send({ id: '2', type: 'subscribe', payload: { query: '{ queue { paused } }' } });
  expect(await own.next()).toMatchObject({ payload: { data: { queue: { paused: false } } } });
  own.socket.close();
  await strict.close();
});

describe('bodies', () => {
  test('of more than a megabyte are refused, with a length and without', async () => {
    const body = JSON.stringify({ query: '{ __typename }', extensions: { x: 'x'.repeat(1_000_000) } });
    expect((await send(body)).status).toBe(413);
    const pieces = Array.from({ length: 40 }, (_, i) => body.slice(i * 30_000, (i + 1) * 30_000));
    expect((await sendChunked(pieces)).status).toBe(413);
  });

  const query = '"query":"{ __typename }"';
  const bombs: readonly (readonly [string, string])[] = [
    ['a megabyte of [', '['.repeat(900_000)],
    [
      'a megabyte of [ in variables',
      `{${query},"variables":{"x":${'['.repeat(450_000)}${']'.repeat(450_000)}}}`,
    ],
    [
      '100,000 keys',
      `{${query},"variables":{${Array.from({ length: 90_000 }, (_, i) => `"${i}":1`).join(',')}}}`,
    ],
    ['100,000 values', `{${query},"variables":{"x":[${'1,'.repeat(99_999)}1]}}`],
    ['a number of 100,000 digits', `{${query},"variables":{"x":${'9'.repeat(100_000)}}}`],
    ['a number beyond the range of a double', `{${query},"variables":{"x":1e999}}`],
    ['a key that comes twice', `{${query},"query":"{ queue { paused } }"}`],
    ['__proto__', `{${query},"variables":{"__proto__":{"polluted":1}}}`],
    ['__proto__ in escapes', `{${query},"variables":{"\\u005f_proto__":{"polluted":1}}}`],
    ['an array of requests', `[{${query}}]`],
  ];
  test.each(bombs)('%s: 400, and within 20 ms of computing', async (_name, body) => {
    const from = process.cpuUsage();
    const { status, body: answer } = await send(body);
    const { user, system } = process.cpuUsage(from);
    expect(status).toBe(400);
    expect(JSON.parse(answer)).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect((user + system) / 1_000).toBeLessThan(process.env.CI === undefined ? 150 : 300);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  const variables = (text: string) =>
    `{"id":"1","type":"subscribe","payload":{${query},"variables":{"x":${text}}}}`;

  test.each([
    ['25 levels', variables(`${'['.repeat(25)}${']'.repeat(25)}`)],
    ['30,000 levels', variables(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)],
    ['5,000 keys', variables(`{${Array.from({ length: 5_000 }, (_, i) => `"${i}":1`).join(',')}}`)],
    ['25,000 values', variables(`[${'1,'.repeat(24_999)}1]`)],
    ['a number of 10,000 digits', variables('9'.repeat(10_000))],
    ['a key that comes twice', variables('{"a":1,"a":2}')],
    ['__proto__', variables('{"__proto__":{"polluted":1}}')],
    ['a number beyond the range of a double', variables('-1e999')],
  ])('%s in a message is an error of its operation, and the websocket stays open', async (_name, message) => {
    const own = await openSocket(api.url);
    own.send(variables('[[["1"]], {"a": 1}]'));
    expect(await own.next()).toMatchObject({ payload: { data: { __typename: 'Query' } } });
    await own.next();
    own.send(message);
    expect(await own.next()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    own.send(variables('1'));
    expect(await own.next()).toMatchObject({ payload: { data: { __typename: 'Query' } } });
    own.socket.close();
  });

  test('an operation that is rejected under an id in use, or before the acknowledgement, closes a websocket with 4400', async () => {
    const own = await openSocket(api.url);
    const follow = 'subscription { analysisStored { cursor } }';
    own.send({ id: '1', type: 'subscribe', payload: { query: follow } });
    own.send(variables('1e999'));
    expect(await own.closed).toBe(4400);
    const early = await openSocket(api.url, { init: false });
    early.send(variables('1e999'));
    expect(await early.closed).toBe(4400);
  });

  test('an honest batch of 5,000 tickers passes', async () => {
    const tickers = Array.from({ length: 5_000 }, (_, i) => `T${i}`);
    expect(await api.submit({ tickers, runAt: '2026-12-31T00:00:00Z' })).toMatchObject({
      __typename: 'SubmitJobPayload',
    });
    await database.db.execute(sql`delete from jobs where workspace_id = ${DEFAULT_WORKSPACE_ID}`);
  });
});
