import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { LAST_CRASH } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  eventRows,
  inconsistencies,
  jobRow,
  KIND,
  startWorker,
  submit,
  type TestWorker,
  testTask,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let worker: TestWorker | null = null;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

const tickers = (count: number) => Array.from({ length: count }, (_, i) => `T${i}`);

test('what was claimed ahead and has not begun goes back at once when its worker stops, and costs nothing', async () => {
  const { db, url } = database;
  const begun = new Set<string>();
  const first = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  // Quick at first, so that the worker claims ahead; then two that hold its two places.
  const task = testTask(async (ticker) => {
    begun.add(ticker);
    if (begun.size <= 20) return;
    first.resolve();
    await held.promise;
  });
  const id = await submit(db, tickers(400));
  worker = await startWorker(url, db, task, { capacity: 2 });
  await first.promise;
  const stopping = worker.runner.stop(AbortSignal.timeout(10_000));
  await eventually(async () => (await jobRow(db, id)).processing <= 2);
  const waiting = await db.execute<{ ticker: string; n: number }>(
    sql`select ticker, failures + crashes as n from job_items where job_id = ${id} and state = 'QUEUED'`,
  );
  expect(waiting.rows.filter(({ ticker, n }) => begun.has(ticker) || n > 0)).toEqual([]);
  held.resolve();
  await stopping;
  const log = await eventRows(db, id);
  const claimed = log.flatMap(({ type, payload }) =>
    type === 'ITEMS_STARTED' ? (payload as { tickers: string[] }).tickers : [],
  );
  const returned = log.filter(({ type }) => type === 'ITEM_RETURNED');
  expect(claimed.length).toBeGreaterThan(begun.size);
  expect(returned.map(({ ticker }) => ticker).sort()).toEqual(
    claimed.filter((ticker) => !begun.has(ticker)).sort(),
  );
  expect(await jobRow(db, id)).toMatchObject({
    succeeded: begun.size,
    processing: 0,
    queued: 400 - begun.size,
  });
});

describe('items that were held when a worker died', () => {
  test('are claimed in lots of 16 after one death and alone after two', async () => {
    const { db } = database;
    const claim = async () => claimItems(db, silent, await deadWorker(db), [KIND], 100);
    const id = await submit(db, tickers(60));
    await db.execute(sql`update job_items set crashes = 1`);
    expect(await claim()).toHaveLength(16);
    await db.execute(sql`update job_items set crashes = ${LAST_CRASH}`);
    expect(await claim()).toHaveLength(1);
    expect(await claim()).toHaveLength(1);
    expect(await jobRow(db, id)).toMatchObject({ queued: 42 });
  });

  test('run while their worker holds nothing else once one more death would end them', async () => {
    const { db, url } = database;
    const suspects = new Set(['T5', 'T17', 'T30']);
    let running = 0;
    let most = 0;
    const beside: [string, number, number][] = [];
    const task = testTask(async (ticker) => {
      running += 1;
      most = Math.max(most, running);
      const { rows } = await db.execute<{ n: number }>(
        sql`select count(*)::int as n from job_items where state = 'PROCESSING'`,
      );
      if (suspects.has(ticker)) beside.push([ticker, running, rows[0]?.n ?? 0]);
      running -= 1;
    });
    const id = await submit(db, tickers(40));
    await db.execute(
      sql`update job_items set crashes = ${LAST_CRASH} where ticker = any(${sql.param([...suspects])}::text[])`,
    );
    worker = await startWorker(url, db, task, { capacity: 8 });
    await eventually(() => endedJob(db, id));
    expect(beside.sort()).toEqual([...suspects].sort().map((ticker) => [ticker, 1, 1]));
    expect(most).toBeGreaterThan(1);
  });
});
