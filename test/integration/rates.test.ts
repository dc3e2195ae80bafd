import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { apiAt, jobGid, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';
import { type Running, run, urlOf } from '../support/processes.ts';
import { openSocket } from '../support/sockets.ts';

const LIMIT = 6_000;
const PER_MS = LIMIT / 60_000;
let database: TestDatabase;
/** Two API processes that share one limit. */
let processes: Running[];
let nodes: [TestApi, TestApi];
let workspaceId: string;
let authorization: string;

beforeAll(async () => {
  database = await createTestDatabase();
  processes = [0, 1].map(() =>
    run('api.mjs', {
      DATABASE_URL: database.url,
      PORT: '0',
      LOG_LEVEL: 'fatal',
      RATE_LIMIT: String(LIMIT),
      SOCKET_MESSAGE_LIMIT: '10000',
      SOCKET_OPERATIONS: '1000',
    }),
  );
  const [first = '', second = ''] = await Promise.all(processes.map(urlOf));
  nodes = [apiAt(first), apiAt(second)];
});
// A workspace of its own for each test: a node remembers for a while that one has nothing left.
beforeEach(async () => {
  await database.db.execute(sql`delete from rate_limits`);
  workspaceId = await insertWorkspace(database.db);
  authorization = `Bearer ${await insertKey(database.db, workspaceId)}`;
});
afterAll(async () => {
  for (const node of nodes) await node.close();
  await Promise.all(processes.map((process) => process.stop()));
  await database.close();
});
keepBystander(() => ({ url: nodes[0].url, db: database.db }));

async function openOwn(url: string) {
  const socket = await openSocket(url, { init: false });
  socket.send({ type: 'connection_init', payload: { authorization } });
  expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  return socket;
}

const COSTLY =
  '{ rateLimit { cost limit remaining resetAt } jobs(first: 50) { edges { node { id state } } } }';

interface Left {
  readonly cost: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resetAt: string;
}

async function ask({ url }: TestApi, query: string, variables: object = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as {
    data?: { rateLimit: Left };
    errors?: { extensions: Record<string, unknown> }[];
  };
  return { status: response.status, headers: response.headers, ...body };
}

/** Asks both nodes at once until both refuse; answers the points that were let through. */
async function exhaust(): Promise<number> {
  const drain = async (node: TestApi) => {
    for (let spent = 0; ; ) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => ask(node, COSTLY)));
      for (const { data } of answers) spent += data?.rateLimit.cost ?? 0;
      if (answers.every(({ status }) => status === 429)) return spent;
    }
  };
  const [first, second] = await Promise.all(nodes.map(drain));
  return (first ?? 0) + (second ?? 0);
}

describe('two API processes', () => {
  test('let no more through together than one limit and what comes back meanwhile', async () => {
    const from = performance.now();
    const spent = await exhaust();
    const elapsed = performance.now() - from;
    expect(spent).toBeLessThanOrEqual(LIMIT + PER_MS * elapsed);
    // What is missing: a portion that each may hold, and the last operation that did not fit.
    expect(spent).toBeGreaterThan(LIMIT * 0.9);
  });

  test('refuse with 429, when to try again, and what the limit is; then the key goes on', async () => {
    await exhaust();
    const refused = await ask(nodes[1], COSTLY);
    expect(refused.status).toBe(429);
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(10);
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter,
      retryable: true,
    });
    expect(refused.errors?.[0]?.extensions).not.toHaveProperty('http');
    expect(refused.headers.get('ratelimit-policy')).toBe(`"workspace";q=${LIMIT};w=60`);
    expect(refused.headers.get('ratelimit')).toMatch(/^"workspace";r=\d+;t=\d+$/);
    await eventually(async () => (await ask(nodes[1], COSTLY)).status === 200);
  });

  test('say the same on a websocket, which stays open', async () => {
    const socket = await openOwn(nodes[0].url);
    await exhaust();
    socket.send({ id: '1', type: 'subscribe', payload: { query: COSTLY } });
    const refused = (await socket.next()) as unknown as {
      type: string;
      payload: { extensions: Record<string, unknown> }[];
    };
    expect(refused).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(Number(refused.payload[0]?.extensions.retryAfter)).toBeGreaterThanOrEqual(1);
    expect(refused.payload[0]?.extensions).not.toHaveProperty('http');
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.socket.close();
  });

  test('tell what is left, and what an operation costs, in the answer and in headers', async () => {
    const first = await eventually(async () => {
      const answer = await ask(nodes[0], COSTLY);
      return answer.status === 200 ? answer : null;
    });
    const left = first.data?.rateLimit as Left;
    expect(left.limit).toBe(LIMIT);
    expect(left.cost).toBeGreaterThan(50);
    expect(left.remaining).toBeGreaterThanOrEqual(0);
    expect(left.remaining).toBeLessThanOrEqual(LIMIT);
    expect(new Date(left.resetAt).getTime()).toBeGreaterThan(Date.now() - 1_000);
    const shown = Number(first.headers.get('ratelimit')?.match(/r=(\d+)/)?.[1]);
    // The header is written first, and points come back in between.
    expect(left.remaining - shown).toBeLessThan(LIMIT / 10);
    expect(left.remaining - shown).toBeGreaterThanOrEqual(0);
    const cheap = await ask(nodes[0], '{ rateLimit { cost limit remaining resetAt } }');
    expect(cheap.data?.rateLimit.cost).toBeLessThan(10);
  });
});

test('an operation costs by variables what it costs when they are written out, however often it was asked', async () => {
  const cost = async (query: string, variables?: object) => {
    const answer = await eventually(async () => {
      const one = await ask(nodes[0], query, variables);
      return one.status === 429 ? null : one;
    });
    return answer.data?.rateLimit.cost;
  };
  const fields =
    'jobs(first: $first, filter: { ticker: $ticker }) { edges { node { id state @include(if: $yes) } } }';
  const latest = 'latestAnalyses(tickers: $tickers) { score }';
  const query = `query($first: Int, $ticker: String, $yes: Boolean!, $tickers: [String!]!) { rateLimit { cost } ${fields} ${latest} }`;
  for (const [first, yes, tickers] of [
    [3, true, ['A']],
    [9, true, ['A']],
    [9, false, ['A']],
    [9, false, ['A', 'B', 'C']],
    [9, false, ['A', 'B', 'D']],
    [3, true, ['Z']],
  ] as const) {
    const variables = { first, yes, tickers, ticker: 'A' };
    const written = query
      .replace(/^query\(.*?\) /, '')
      .replace(/\$(\w+)/g, (_, name: keyof typeof variables) => JSON.stringify(variables[name]));
    expect(await cost(query, variables), JSON.stringify(variables)).toBe(await cost(written));
  }
});

test('streams cost a point a message: without points they wait, and nothing is lost', async () => {
  const job = jobGid(await submit(database.db, ['A'], { workspaceId, kind: 'nobody runs it' }));
  const sockets = await Promise.all([0, 1].map(() => openOwn(nodes[0].url)));
  const PER_SOCKET = 150;
  const query = 'subscription($id: ID!) { jobEvents(jobId: $id) { cursor events { type } } }';
  for (const socket of sockets) {
    for (let i = 0; i < PER_SOCKET; i += 1)
      socket.send({ id: `${i}`, type: 'subscribe', payload: { query, variables: { id: job } } });
    for (let i = 0; i < PER_SOCKET; i += 1) expect(await socket.next()).toMatchObject({ type: 'next' });
  }
  await exhaust();
  const from = performance.now();
  await database.db.execute(
    sql`update rate_limits set used = ${LIMIT}, at = clock_timestamp() where key = ${workspaceId}`,
  );
  await eventually(
    async () => (await ask(nodes[1], 'mutation { pauseQueue(input: {}) { __typename } }')).status === 200,
  );
  const cancel = `mutation { cancelJob(input: { id: "${job}" }) { __typename } }`;
  await eventually(async () => (await ask(nodes[1], cancel)).status === 200);
  const ends = await Promise.all(
    sockets.map(async (socket) => {
      let messages = 0;
      for (let completed = 0; completed < PER_SOCKET; ) {
        const message = await socket.next();
        if (message.type === 'complete') completed += 1;
        else messages += 1;
      }
      return messages;
    }),
  );
  expect(ends).toEqual([PER_SOCKET, PER_SOCKET]);
  // 300 messages at 100 points a second; a tenth of the limit may be held in portions.
  expect(performance.now() - from).toBeGreaterThan(1_500);
  for (const { socket } of sockets) socket.close();
});

test('keys of a workspace share its points, and a key of another workspace has its own', async () => {
  const neighbour = await insertKey(database.db, await insertWorkspace(database.db));
  const sibling = await insertKey(database.db, workspaceId);
  await exhaust();
  authorization = `Bearer ${sibling}`;
  expect((await ask(nodes[0], COSTLY)).status).toBe(429);
  authorization = `Bearer ${neighbour}`;
  expect((await ask(nodes[0], COSTLY)).status).toBe(200);
});

describe('exports cost a point, and one a row', () => {
  const ROWS = 5_000;
  beforeEach(async () => {
    const writer = await createWriter(database.db, workspaceId);
    for (let from = 0; from < ROWS; from += 500)
      await writer.store(Array.from({ length: 500 }, (_, i) => ({ ticker: `E${from + i}` })));
  });

  /** The workspace's bucket has so many points left, and no node knows it yet. */
  async function leave(points: number): Promise<void> {
    await database.db.execute(
      sql`insert into rate_limits (key, used, granted, at) values (${workspaceId}, ${LIMIT - points}, 0, clock_timestamp())
        on conflict (key) do update set used = excluded.used, at = excluded.at`,
    );
  }

  const get = (node: TestApi, after = 0) =>
    fetch(new URL(`/export/analyses.jsonl?after=${after}`, node.url), { headers: { authorization } });

  async function readAll(response: Response) {
    const lines = (await response.text()).trimEnd().split('\n');
    const { end } = JSON.parse(lines.pop() ?? '') as {
      end: { complete: boolean; rows: number; after: string };
    };
    return { end, positions: lines.map((line) => (JSON.parse(line) as { position: number }).position) };
  }

  test('a whole one leaves the rest, and what is too much is refused before it begins', async () => {
    const response = await get(nodes[0]);
    expect(response.status).toBe(200);
    expect((await readAll(response)).end).toEqual({ complete: true, rows: ROWS, after: String(ROWS) });
    const { data } = await ask(nodes[0], '{ rateLimit { cost limit remaining resetAt } }');
    expect(data?.rateLimit.remaining).toBeLessThan(LIMIT - ROWS + 1_000);
    await leave(500);
    const refused = await get(nodes[0]);
    expect(refused.status).toBe(429);
    // 2,000 rows of the first chunk, of which some 500 are there, at 100 points a second.
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThanOrEqual(1);
    expect(retryAfter).toBeLessThanOrEqual(16);
    expect(refused.headers.get('ratelimit-policy')).toBe(`"workspace";q=${LIMIT};w=60`);
    expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  });

  test('one that runs waits for points that come soon', async () => {
    await leave(3_950);
    const from = performance.now();
    const { end, positions } = await readAll(await get(nodes[0], 1_000));
    expect(end).toEqual({ complete: true, rows: 4_000, after: String(ROWS) });
    expect(positions).toHaveLength(4_000);
    // 51 points at 100 a second.
    expect(performance.now() - from).toBeGreaterThan(300);
  });

  test('one that would wait long ends with its place, from where another goes on', async () => {
    await leave(2_500);
    const first = await readAll(await get(nodes[0]));
    expect(first.end).toEqual({ complete: false, rows: 2_000, after: '2000' });
    await leave(LIMIT);
    // The other node does not remember that there was nothing left.
    const second = await readAll(await get(nodes[1], Number(first.end.after)));
    expect(second.end.complete).toBe(true);
    expect([...first.positions, ...second.positions]).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1));
  });
});
