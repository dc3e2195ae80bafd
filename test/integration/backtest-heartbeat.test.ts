import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BACKTEST_KIND } from '../../src/backtests/kind.ts';
import { resolveBacktest } from '../../src/backtests/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { strategyIds } from '../../src/quant/strategies/index.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, inconsistencies, startWorker, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

const HEARTBEAT_MS = 100;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** All bars since 2010 before and in the window: about 4,000, by five strategies, as many tickers as a job may have. */
test('the largest backtest that may be asked for holds up neither event loop nor heartbeat', async () => {
  const { db } = database;
  const worker = await startWorker(database.url, db, backtestTask(database), {
    capacity: 50,
    heartbeatMs: HEARTBEAT_MS,
  });
  const tickers = Array.from({ length: 50 }, (_, i) => `H${i}`);
  const options = resolveBacktest(strategyIds, { windowBars: 2_000, lookback: 'ALL' }, '2999-01-01');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const began = performance.now();
  delay.enable();
  const id = await submit(db, tickers, { kind: BACKTEST_KIND, origin: 'BACKTEST', options });
  let oldestMs = 0;
  await eventually(async () => {
    const { rows } = await db.execute<{ age: number }>(
      sql`select (extract(epoch from clock_timestamp() - heartbeat_at) * 1000)::float8 as age from workers where state = 'ALIVE'`,
    );
    oldestMs = Math.max(oldestMs, rows[0]?.age ?? 0);
    return endedJob(db, id);
  }, 90_000);
  delay.disable();
  const tookMs = performance.now() - began;
  await worker.stop();
  const [worstMs, p99Ms] = [delay.max / 1e6, delay.percentile(99) / 1e6];
  console.log(
    `50 tickers x 5 strategies in ${Math.round(tookMs)} ms; event loop held up ${p99Ms.toFixed(1)} ms (p99), ${worstMs.toFixed(1)} ms (worst); oldest heartbeat ${Math.round(oldestMs)} ms`,
  );
  const { rows } = await db.execute(sql`select count(*)::int as n from backtests where job_id = ${id}`);
  expect(rows).toEqual([{ n: 250 }]);
  expect(await inconsistencies(db)).toEqual([]);
  // In one piece 2.3 s of computing would have held it up; the machine may be busy with other tests.
  expect(worstMs).toBeLessThan(1_500);
  expect(oldestMs).toBeLessThan(2_000);
}, 120_000);
