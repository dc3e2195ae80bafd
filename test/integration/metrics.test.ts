import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { parseConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { ring } from '../../src/events/publish.ts';
import { observeQueue } from '../../src/jobs/observe-queue.ts';
import { queuesQuery } from '../../src/jobs/queue.store.ts';
import { createHealth } from '../../src/main/health.ts';
import { runWorker } from '../../src/main/run-worker.ts';
import { serveHealth } from '../../src/main/serve-health.ts';
import type { Shutdown } from '../../src/main/shutdown.ts';
import { createMetrics } from '../../src/metrics.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { injectCuts, statementName } from '../support/faults.ts';
import { authorized } from '../support/key.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let workerPages: string;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  const health = createHealth({ metrics: createMetrics(), log: silent });
  const shutdown = {
    onStop: (_name: string, stop: (signal: AbortSignal) => Promise<unknown>) =>
      void stops.push(() => stop(AbortSignal.timeout(5_000))),
  };
  const pages = await serveHealth(health, '127.0.0.1', { setting: 'WORKER_HEALTH_PORT', port: 0 });
  shutdown.onStop('pages', pages.close);
  workerPages = `http://127.0.0.1:${pages.port}`;
  expect(await (await fetch(`${workerPages}/readyz`)).json()).toMatchObject({
    ready: false,
    parts: { process: 'it is starting' },
  });
  await runWorker(parseConfig({}), database.url, silent, shutdown as unknown as Shutdown, health);
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await api.close();
  await database.close();
});

/** The samples of a page by name and labels, as the page writes them. */
async function scrape(page: string): Promise<Map<string, number>> {
  const response = await fetch(page, { headers: authorized });
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}
const ofWorker = () => scrape(`${workerPages}/metrics`);
const ofApi = () => scrape(new URL('/metrics', api.url).href);

async function analyse(tickers: string[]): Promise<string> {
  const { job } = await api.one<{ job: { uuid: string } }>(
    'mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) { ... on SubmitJobPayload { job { uuid } } } }',
    { input: { tickers, force: true, source: 'DEMO' } },
  );
  await eventually(() => endedJob(database.db, job.uuid));
  return job.uuid;
}

test('a worker counts what it claims, stores and ends, and is ready', async () => {
  const before = await ofWorker();
  await analyse(['A', 'B', 'C']);
  const after = await eventually(async () => {
    const samples = await ofWorker();
    const name = 'thetool_items_ended_total{state="COMPLETED"}';
    return (samples.get(name) ?? 0) - (before.get(name) ?? 0) === 3 && samples;
  });
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(grown('thetool_claimed_items_total')).toBe(3);
  expect(grown('thetool_claim_seconds_count')).toBeGreaterThan(0);
  expect(grown('thetool_flush_seconds_count')).toBeGreaterThan(0);
  // Four stored steps of each item.
  expect(grown('thetool_flush_steps_sum')).toBe(12);
  expect(after.get('thetool_listener_connected{process="worker"}')).toBe(1);
  expect(after.get('thetool_fenced_steps_total')).toBe(0);
  const ready = (await (await fetch(`${workerPages}/readyz`)).json()) as { parts: object };
  expect(ready.parts).toEqual({
    notifyQueue: 'ok',
    process: 'ok',
    database: 'ok',
    migrations: 'ok',
    workerListener: 'ok',
    lease: 'ok',
  });
  expect((await fetch(`${workerPages}/graphql`)).status).toBe(404);
});

test('an API measures the queue, its pool and what it is asked', async () => {
  const before = await ofApi();
  const runAt = new Date(Date.now() + 60_000);
  await submit(database.db, ['L1', 'L2'], { runAt });
  const unknown = await submit(database.db, ['U'], { kind: 'unknown' });
  await api.one('{ jobs(first: 1) { edges { cursor } } }');
  await api.post('{ nonsense }');
  await api.post('{ jobs(first: 1000) { edges { cursor } } }');
  const samples = await eventually(async () => {
    const now = await ofApi();
    return now.get('thetool_queue_items{state="QUEUED"}') === 3 && now;
  });
  expect(samples.get('thetool_queue_jobs{state="QUEUED"}')).toBe(2);
  expect(samples.get('thetool_queue_oldest_seconds{state="QUEUED"}')).toBeGreaterThan(0);
  expect(samples.get('thetool_queue_oldest_seconds{state="QUEUED"}')).toBeLessThan(30);
  expect(samples.get('thetool_workers{state="ALIVE"}')).toBe(1);
  expect(samples.get('thetool_worker_slots{state="free"}')).toBe(16);
  expect(samples.get('thetool_pool_connections{pool="api",state="idle"}')).toBeGreaterThan(0);
  const grown = (type: string, outcome: string) => {
    const name = `thetool_operations_total{type="${type}",outcome="${outcome}"}`;
    return (samples.get(name) ?? 0) - (before.get(name) ?? 0);
  };
  expect(grown('query', 'ok')).toBe(1);
  expect(grown('query', 'refused')).toBe(2);
  expect(samples.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  await database.db.execute(sql`delete from jobs where id = ${unknown} or run_at > now()`);
});

test('subscriptions are counted, with the lag of their events', async () => {
  const lag = async () => (await ofApi()).get('thetool_subscription_lag_seconds_count') ?? 0;
  const before = await lag();
  const id = await submit(database.db, ['S'], { kind: 'unknown' });
  const stream = api.follow('subscription($id: ID!) { jobEvents(jobId: $id) { cursor } }', {
    id: jobGid(id),
  });
  await stream.next();
  const samples = await ofApi();
  expect(samples.get('thetool_subscriptions{topic="job"}')).toBe(1);
  expect(samples.get('thetool_subscribers')).toBe(1);
  expect(samples.get('thetool_operations_total{type="subscription",outcome="ok"}')).toBe(1);
  expect(await lag()).toBe(before + 1);
  await stream.return();
  await eventually(async () => (await ofApi()).get('thetool_subscriptions{topic="job"}') === 0);
  expect((await ofApi()).get('thetool_subscribers')).toBe(0);
  // One that ends by itself is gone, too.
  const ended = await analyse(['Z']);
  for await (const _batch of api.follow('subscription($id: ID!) { jobEvents(jobId: $id) { cursor } }', {
    id: jobGid(ended),
  })) {
    // Read to the end.
  }
  await eventually(async () => (await ofApi()).get('thetool_subscribers') === 0);
  await database.db.execute(sql`delete from jobs where id = ${id}`);
});

test('a lost wake-up, other failed statements and a missing connection are heard by name', async () => {
  const failed: string[] = [];
  const onFailure = (name: string) => void failed.push(name);
  const fragile = openDatabase({
    url: database.url,
    max: 1,
    applicationName: 'fragile',
    log: silent,
    onFailure,
  });
  injectCuts(fragile.db, (text) => (statementName(text) === 'ring' ? 'BEFORE' : null));
  const hints = [{ about: 'work', id: DEFAULT_WORKSPACE_ID, at: 0 }] as const;
  await expect(ring(fragile.db, hints)).rejects.toThrow();
  await expect(fragile.db.execute(sql`select 1 / 0`)).rejects.toThrow();
  await expect(
    fragile.db.transaction((tx) => tx.execute(sql`/* nowhere */ select from nowhere`)),
  ).rejects.toThrow();
  expect(failed).toEqual(['ring', 'select', 'nowhere']);
  await fragile.close();
  const nobody = openDatabase({
    url: Object.assign(new URL(database.url), { port: '1' }).href,
    max: 1,
    applicationName: 'nobody',
    log: silent,
    onFailure,
  });
  await expect(nobody.db.transaction((tx) => tx.execute(sql`select 1`))).rejects.toThrow();
  expect(failed.at(-1)).toBe('connect');
  await nobody.close();
});

test('a fault of ours and a failed statement are counted', async () => {
  await database.db.execute(sql`alter table instruments rename to instruments_away`);
  try {
    await api.post('{ instrument(ticker: "AAPL") { name } }');
  } finally {
    await database.db.execute(sql`alter table instruments_away rename to instruments`);
  }
  const samples = await ofApi();
  expect([...samples.keys()].filter((name) => name.startsWith('thetool_statement_failures'))).toHaveLength(1);
  expect(samples.get('thetool_operations_total{type="query",outcome="internal"}')).toBe(1);
});

test('the statement behind the gauges looks at nothing that has ended, and runs once for all who ask together', async () => {
  await database.db.execute(sql`insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at,
      fingerprint, request_hash, total, queued, succeeded, progress_sum, last_seq, created_at, started_at, finished_at)
    select gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, 'test', 'COMPLETED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, now(), 'f', 'r', 1, 0, 1, 100, 1,
      now(), now(), now() from generate_series(1, 20000)`);
  await database.db.execute(sql`vacuum analyze jobs`);
  const { rows } = await database.db.execute<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    sql`explain (analyze, buffers, format json) ${queuesQuery(10_000)}`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
  expect((plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)).toBeLessThan(100);
  const metrics = createMetrics();
  observeQueue({ db: database.db, leaseMs: 10_000, metrics, log: silent });
  const before = database.statements.length;
  await Promise.all(Array.from({ length: 20 }, () => metrics.scrape()));
  expect(database.statements.length - before).toBe(1);
});
