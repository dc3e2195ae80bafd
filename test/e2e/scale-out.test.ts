import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Client, type ClientOptions, connect, type Retry } from '../../packages/client/src/connect.ts';
import { followAnalyses } from '../../packages/client/src/follow-analyses.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import { SubmitAnalysisDocument } from '../../packages/client/src/generated/graphql.ts';
import { watchJob } from '../../packages/client/src/watch-job.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { startProxy, type TcpProxy } from '../chaos/proxy.ts';
import { authorized, TEST_KEY } from '../support/key.ts';
import { openPool } from '../support/pool.ts';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';
import { randomOf } from '../support/series.ts';
import { silent } from '../support/silent.ts';

/** Two API nodes and two workers on one PostgreSQL; a proxy stands before each node and plays the network. */
let server: PostgresServer;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let sql: pg.Pool;
let nodes: { process: Running; readonly proxy: TcpProxy }[];
let workers: Running[];
const clients: Client[] = [];

const quick = { pingMs: 500, pongLimitMs: 1_000 };
const addressOf = (proxy: TcpProxy) => `http://127.0.0.1:${proxy.port}/graphql`;
const portOf = async (process: Running) => Number(new URL(await urlOf(process)).port);

async function startNode(port = 0): Promise<Running> {
  const process = run('api.mjs', { DATABASE_URL: server.url, PORT: String(port), LOG_LEVEL: 'warn' });
  await urlOf(process);
  return process;
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startPostgres({ dataDir: directory.path, log: silent });
  sql = openPool(server.url);
  const processes = [await startNode(), await startNode()];
  nodes = await Promise.all(
    processes.map(async (process) => ({ process, proxy: await startProxy(await portOf(process)) })),
  );
  workers = [0, 1].map(() => run('worker.mjs', { DATABASE_URL: server.url, WORKER_CAPACITY: '8' }));
  await Promise.all(workers.map((worker) => worker.said(/The worker is ready/)));
});
afterAll(async () => {
  await Promise.all(nodes.map(({ proxy }) => proxy.close()));
  await Promise.all([...workers, ...nodes.map(({ process }) => process)].map((process) => process.stop()));
  await sql.end();
  await server.stop();
  await directory.remove();
});
beforeEach(() => async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const { proxy } of nodes) proxy.heal();
});

function clientOf(order: readonly number[] = [0, 1], options: ClientOptions = {}): Client {
  const urls = order
    .map((i) => nodes[i])
    .flatMap((node) => (node === undefined ? [] : addressOf(node.proxy)));
  const client = connect(urls, { key: TEST_KEY, ...quick, ...options });
  clients.push(client);
  return client;
}

async function submit(client: Client, count: number): Promise<string> {
  const name = Math.random().toString(36).slice(2, 8).toUpperCase();
  const input = { tickers: Array.from({ length: count }, (_, i) => `${name}${i}`), source: 'DEMO' } as const;
  const { submitAnalysis } = await client.request(SubmitAnalysisDocument, { input });
  if (submitAnalysis.__typename !== 'SubmitJobPayload') throw new Error(JSON.stringify(submitAnalysis));
  return submitAnalysis.job.id;
}

/** Holds the items back, so that whoever shall follow from the beginning does; `resumeQueue` lets them go. */
async function steer(mutation: 'pauseQueue' | 'resumeQueue', at: number): Promise<void> {
  const port = await portOf((nodes[at] as (typeof nodes)[number]).process);
  const input = mutation === 'pauseQueue' ? 'PauseQueueInput' : 'ResumeQueueInput';
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorized },
    body: JSON.stringify({
      query: `mutation($input: ${input}!) { ${mutation}(input: $input) { __typename } }`,
      variables: { input: {} },
    }),
  });
  expect((await response.json()).data[mutation].__typename).toBe('QueuePayload');
}

async function logOf(client: Client, jobId: string, onEvent?: () => void): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of followJob(client, jobId)) {
    seqs.push(seq);
    onEvent?.();
  }
  return seqs;
}

/** Ids of the feed from a cursor on, until `count` have come. */
async function feedOf(client: Client, after: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for await (const batch of followAnalyses(client, { after })) {
    expect(batch.gap).toBe(false);
    ids.push(...batch.analyses.map(({ id }) => id));
    if (ids.length >= count) break;
  }
  return ids;
}

async function feedCursor(): Promise<string> {
  const client = clientOf();
  for await (const { cursor } of followAnalyses(client)) return cursor;
  throw new Error('the feed has no end');
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

function expectWholeLogs(logs: readonly (readonly number[])[]): void {
  const [first = []] = logs;
  expect(first.length).toBeGreaterThan(4);
  for (const log of logs) expect(log).toEqual(upTo(first.length));
}

test('jobs of either node are run by both workers and followed at both nodes, and the feed is the same everywhere', async () => {
  const cursor = await feedCursor();
  const [a, b] = [clientOf([0]), clientOf([1])];
  const ids = await Promise.all([submit(a, 60), submit(b, 60), submit(a, 60), submit(b, 60)]);
  const feeds = [feedOf(a, cursor, 240), feedOf(b, cursor, 240), feedOf(b, cursor, 240)];
  for (const id of ids) expectWholeLogs(await Promise.all([logOf(a, id), logOf(b, id), logOf(a, id)]));
  const [first = [], ...others] = await Promise.all(feeds);
  expect(new Set(first).size).toBe(240);
  for (const other of others) expect(other).toEqual(first);
  const { rows } = await sql.query('select count(distinct worker_id)::int as n from job_items');
  expect(rows[0].n).toBe(2);
});

test('through delays, slices, resets and half-open links nothing is lost, doubled or out of order', async () => {
  const random = randomOf(7);
  const cursor = await feedCursor();
  const retries: Retry[] = [];
  const followers = Array.from({ length: 10 }, () =>
    clientOf([0, 1], { onRetry: (retry) => retries.push(retry) }),
  );
  const calm = connect((await Promise.all(nodes.map(({ process }) => urlOf(process))))[0] ?? '', {
    key: TEST_KEY,
  });
  clients.push(calm);
  await steer('pauseQueue', 0);
  const ids = await Promise.all([submit(calm, 300), submit(calm, 300)]);
  const done = new AbortController();
  const begun = new Set<Client>();
  const allBegun = Promise.withResolvers<void>();
  const onEvent = (client: Client) => {
    begun.add(client);
    if (begun.size === followers.length) allBegun.resolve();
  };
  const weather = (async () => {
    await allBegun.promise;
    for (const { proxy } of nodes) proxy.reset();
    await steer('resumeQueue', 0);
    for (let turn = 0; !done.signal.aborted; turn += 1) {
      const proxy = nodes[Math.floor(random() * 2)]?.proxy;
      if (turn % 4 === 0) proxy?.setMode({ type: 'DELAYED', ms: Math.round(random() * 30) });
      if (turn % 4 === 1) proxy?.setMode({ type: 'SLICED', bytes: 1 + Math.floor(random() * 50) });
      if (turn % 4 === 2) proxy?.reset();
      if (turn % 4 === 3) proxy?.abandon();
      // The weather's own rhythm; what is waited for are the logs below.
      await delay(200 + random() * 400, undefined, { signal: done.signal }).catch(() => undefined);
      proxy?.setMode({ type: 'OPEN' });
    }
  })();
  const feeds = followers.slice(0, 5).map((client) => feedOf(client, cursor, 600));
  const [one = '', two = ''] = ids;
  const logs = await Promise.all(
    followers.map((client, i) => logOf(client, i % 2 === 0 ? one : two, () => onEvent(client))),
  );
  const lists = await Promise.all(feeds);
  done.abort();
  await weather;
  expectWholeLogs(logs.filter((_, i) => i % 2 === 0));
  expectWholeLogs(logs.filter((_, i) => i % 2 === 1));
  const stored = await sql.query(
    'select array_agg(id order by id) as ids from analyses where job_id is not null',
  );
  expect(stored.rows[0].ids.length).toBeGreaterThanOrEqual(600);
  for (const list of lists) {
    expect(new Set(list).size).toBe(600);
    expect(list).toEqual(lists[0]);
  }
  expect(retries.some(({ closeCode }) => closeCode === 1006)).toBe(true);
});

test('a node that is killed: its subscribers go on at the other', async () => {
  const followers = Array.from({ length: 20 }, () => clientOf());
  const id = await submit(clientOf([1]), 200);
  let killed: Promise<unknown> | null = null;
  const kill = async () => {
    const node = nodes[0];
    if (node === undefined) return;
    await node.process.stop('SIGKILL');
    node.proxy.aim(null);
  };
  const onEvent = () => {
    killed ??= kill();
  };
  const watched = (async () => {
    const states: string[] = [];
    for await (const { state } of watchJob(followers[0] ?? clientOf(), id)) states.push(state);
    return states;
  })();
  expectWholeLogs(await Promise.all(followers.map((client) => logOf(client, id, onEvent))));
  expect((await watched).at(-1)).toBe('COMPLETED');
  expect(killed).not.toBeNull();
  await killed;
  await revive(0);
});

test('a node that stops: its sockets are closed with 1012, it ends in good order, and nobody misses anything', async () => {
  const retries: Retry[] = [];
  // Patient: 60 clients in one process may not read a pong within a second, and give the node up before it says why it leaves.
  const patient = { pingMs: 5_000, pongLimitMs: 10_000, onRetry: (retry: Retry) => retries.push(retry) };
  const followers = Array.from({ length: 60 }, () => clientOf([0, 1], patient));
  const cursor = await feedCursor();
  await steer('pauseQueue', 1);
  const id = await submit(clientOf([1]), 400);
  let stopped: Promise<number | string> | null = null;
  const begun = new Set<Client>();
  const onEvent = (client: Client) => {
    begun.add(client);
    if (begun.size < followers.length || stopped !== null) return;
    stopped = nodes[0]?.process.stop('SIGTERM') ?? null;
    resumed = steer('resumeQueue', 1);
  };
  let resumed: Promise<void> | null = null;
  const feeds = followers.slice(0, 10).map((client) => feedOf(client, cursor, 400));
  expectWholeLogs(await Promise.all(followers.map((client) => logOf(client, id, () => onEvent(client)))));
  const lists = await Promise.all(feeds);
  for (const list of lists) expect(list).toEqual(lists[0]);
  expect(new Set(lists[0]).size).toBe(400);
  expect(await stopped).toBe(0);
  await resumed;
  // About half of them were there; all of these were told the reason.
  const first = retries.filter(({ failures }) => failures === 1).map(({ closeCode }) => closeCode);
  expect(first.length).toBeGreaterThan(10);
  expect(new Set(first)).toEqual(new Set([1012]));
  await revive(0);
});

async function revive(index: number): Promise<void> {
  const node = nodes[index];
  if (node === undefined) return;
  node.process = await startNode();
  node.proxy.aim(await portOf(node.process));
}
