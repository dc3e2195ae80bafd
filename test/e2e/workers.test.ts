import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { clearJobs, endedJob, inconsistencies } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import {
  createProbeResults,
  endFleetWorker,
  type FleetWorker,
  holders,
  isRowOf,
  startFleetWorker,
  submitProbe,
} from '../support/fleet.ts';
import { openPool } from '../support/pool.ts';
import { temporaryDirectory } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: PostgresServer;
let database: Database;
let pool: pg.Pool;
const fleet = new Set<FleetWorker>();

/** A lease as short as the settings allow, so that what waits for its end does not take long. */
const short = { WORKER_LEASE_MS: '3000', WORKER_HEARTBEAT_MS: '900' };
const LEASE_MS = 3_000;

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startPostgres({ dataDir: directory.path, log: silent });
  await migrate(server.url, silent);
  database = openDatabase({ url: server.url, max: 4, applicationName: 'test', log: silent });
  pool = openPool(server.url);
  await pool.query(createProbeResults);
});
afterEach(async () => {
  await Promise.all([...fleet].map(endFleetWorker));
  fleet.clear();
  expect(await inconsistencies(database.db)).toEqual([]);
  const { rows } = await pool.query(
    'select job_id, ticker from probe_results group by job_id, ticker having count(*) > 1',
  );
  expect(rows).toEqual([]);
  // What a test leaves unfinished would be claimed by the workers of the next; an item held at two deaths keeps a worker to itself.
  await clearJobs(database.db);
});
afterAll(async () => {
  await database.close();
  await pool.end();
  await server.stop();
  await directory.remove();
});

async function worker(env: Record<string, string> = {}): Promise<FleetWorker> {
  const started = await startFleetWorker(server.url, { ...short, ...env });
  fleet.add(started);
  return started;
}

/** Keeps `count` workers alive, as a supervisor does, until it is stopped. Answers how many died. */
function supervise(count: number, env: Record<string, string>): { stop(): Promise<number> } {
  let deaths = 0;
  let stopped = false;
  const keep = async () => {
    while (!stopped) {
      const started = await worker(env);
      // It was on its way when the others were ended.
      if (stopped) await endFleetWorker(started);
      await started.process.exited;
      if (!stopped) deaths += 1;
    }
  };
  const keeping = Array.from({ length: count }, keep);
  return {
    async stop() {
      stopped = true;
      await Promise.all([...fleet].map(endFleetWorker));
      await Promise.all(keeping);
      return deaths;
    },
  };
}

const ended = (jobId: string, withinMs?: number) => eventually(() => endedJob(database.db, jobId), withinMs);
const untilHeld = (jobId: string, by: FleetWorker, ticker: string) =>
  eventually(async () =>
    [...(await holders(pool, jobId))].some(([name, held]) => isRowOf(by, name) && held.includes(ticker)),
  );
const item = async (jobId: string, ticker: string) => {
  const { rows } = await pool.query('select * from job_items where job_id = $1 and ticker = $2', [
    jobId,
    ticker,
  ]);
  return rows[0];
};

test.each([
  ['aborts its process', 'ABORT-1', {}],
  ['eats the memory of its process', 'HOARD-1', { NODE_OPTIONS: '--max-old-space-size=64' }],
])('an item that %s is given up after three crashes; its neighbours end well', async (_name, ticker, env) => {
  const supervisor = supervise(2, env);
  onTestFinished(async () => void (await supervisor.stop()));
  const poisoned = await submitProbe(database.db, [ticker, 'STEP-1', 'STEP-2', 'STEP-3']);
  const other = await submitProbe(database.db, ['STEP-1', 'STEP-2']);
  expect(await ended(poisoned, 60_000)).toMatchObject({ state: 'COMPLETED', succeeded: 3, failed: 1 });
  expect(await ended(other)).toMatchObject({ state: 'COMPLETED', succeeded: 2 });
  expect(await item(poisoned, ticker)).toMatchObject({
    state: 'FAILED',
    error_code: 'POISON',
    crashes: 3,
    failures: 0,
  });
  expect(await supervisor.stop()).toBe(3);
});

test('what was submitted while no worker ran ends when one comes', async () => {
  const jobs = await Promise.all(
    Array.from({ length: 30 }, (_, i) => submitProbe(database.db, [`QUICK-${i}`])),
  );
  await worker();
  for (const job of jobs) expect(await ended(job)).toMatchObject({ state: 'COMPLETED' });
});

test('a worker whose event loop is blocked past its lease loses the item once, and its late result counts for nothing', async () => {
  // A rescuer that has just started must watch the silent worker for a whole lease.
  const blocked = await worker({ BUSY_MS: '12000' });
  const job = await submitProbe(database.db, ['BUSY-1']);
  await untilHeld(job, blocked, 'BUSY-1');
  await worker();
  expect(await ended(job)).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
  expect(await item(job, 'BUSY-1')).toMatchObject({ attempt: 2, crashes: 1 });
  await blocked.process.said(/"FENCED"|lease lost/);
  const after = await submitProbe(database.db, ['QUICK-1']);
  expect(await ended(after)).toMatchObject({ state: 'COMPLETED' });
});

test('a worker frozen inside a transaction holds up the others of its job for 6 s at most, and stores nothing when it thaws', async () => {
  const frozen = await worker({ WORKER_CAPACITY: '1' });
  const job = await submitProbe(database.db, ['LINGER-1', 'STEP-1', 'STEP-2'], 9);
  await untilHeld(job, frozen, 'LINGER-1');
  await frozen.process.said(/in a transaction/);
  frozen.process.child.kill('SIGSTOP');
  const frozenAt = performance.now();
  await worker();
  await eventually(async () => (await item(job, 'STEP-2'))?.finished_at);
  const heldUpMs = performance.now() - frozenAt;
  console.log(`other items of the job ended ${Math.round(heldUpMs)} ms after the freeze`);
  // The session ends after 5 s of silence in its transaction; the two steps of an item take 600 ms.
  expect(heldUpMs).toBeLessThan(6_000 + 1_000);
  expect(await ended(job)).toMatchObject({ state: 'COMPLETED', succeeded: 3 });
  frozen.process.child.kill('SIGCONT');
  await frozen.process.said(/"FENCED"|lease lost/);
  expect(await item(job, 'LINGER-1')).toMatchObject({ attempt: 2 });
});

test('a worker that is cut off from the database stops acting before its lease ends, and another goes on', async () => {
  const cutOff = await worker();
  const job = await submitProbe(database.db, ['ACT-1']);
  await untilHeld(job, cutOff, 'ACT-1');
  const successor = await worker();
  cutOff.link.setMode({ type: 'STALLED' });
  const cutAt = Date.now();
  const last = (of: FleetWorker, which: (times: number[]) => number | undefined) =>
    which([...of.process.output().matchAll(/acts ACT-1 (\d+)/g)].map(([, time]) => Number(time)));
  await successor.process.said(/acts ACT-1/);
  const lastAct = last(cutOff, (times) => times.at(-1)) ?? 0;
  const firstAct = last(successor, (times) => times[0]) ?? 0;
  console.log(`acted for ${lastAct - cutAt} ms after the cut; the other began after ${firstAct - cutAt} ms`);
  expect(lastAct - cutAt).toBeLessThan(LEASE_MS);
  expect(lastAct).toBeLessThan(firstAct);
  expect(firstAct - cutAt).toBeLessThan(LEASE_MS + 1_000 + 500);
  cutOff.link.heal();
  await cutOff.process.said(/worker registered[\s\S]*worker registered/);
  expect(last(cutOff, (times) => times.at(-1))).toBe(lastAct);
  await pool.query('select 1');
});

test('steps whose replies are lost on the way are stored once', async () => {
  const deaf = await worker();
  const tickers = Array.from({ length: 12 }, (_, i) => `STEP-${i}`);
  const job = await submitProbe(database.db, tickers);
  await untilHeld(job, deaf, 'STEP-0');
  // Commits reach the server, their replies do not come back; then the connections end.
  deaf.link.setMode({ type: 'DEAF' });
  await delay(700);
  deaf.link.heal();
  expect(await ended(job)).toMatchObject({ state: 'COMPLETED', succeeded: tickers.length });
});
