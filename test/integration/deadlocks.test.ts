import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { inTransaction, type Tx } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import type { AnyTask } from '../../src/jobs/define-task.ts';
import { flushSteps } from '../../src/jobs/flush-steps.ts';
import { createWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { countDeadlocks } from '../support/deadlocks.ts';
import { clearJobs, deadWorker, inconsistencies, jobRow, KIND, submit, testTask } from '../support/engine.ts';
import { silent } from '../support/silent.ts';

const ROUNDS = 200;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

test(`${ROUNDS} real deadlocks between transactions that want two jobs in opposite orders are nobody’s error`, async () => {
  const ids = [await submit(database.db, ['A']), await submit(database.db, ['B'])];
  const lock = (tx: Tx, id: string | undefined) =>
    tx.execute(sql`select from jobs where id = ${id} for no key update`);
  let attempts = 0;
  const found = await countDeadlocks(database, async (db) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      // Both hold their first job before either asks for its second: one of them must fail.
      const holding = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const both = [0, 1].map((side) =>
        inTransaction(db, async (tx) => {
          attempts += 1;
          await tx.execute(sql`set local deadlock_timeout = '2ms'`);
          await lock(tx, ids[side]);
          holding[side]?.resolve();
          await holding[1 - side]?.promise;
          await lock(tx, ids[1 - side]);
          await tx.execute(sql`update jobs set progress_sum = progress_sum where id = ${ids[side]}`);
        }),
      );
      await Promise.all(both);
    }
  });
  console.log(`${found} deadlocks in ${attempts} attempts`);
  expect(found).toBeGreaterThanOrEqual(ROUNDS);
  expect(attempts).toBe(2 * ROUNDS + found);
});

test(`${ROUNDS} flushes of two workers over the same two jobs, their items in opposite orders, run into none`, async () => {
  const task: AnyTask = testTask(() => Promise.resolve());
  const tasks = new Map([[task.kind, task]]);
  const tickers = Array.from({ length: ROUNDS / 2 }, (_, i) => `T${i}`);
  const jobs = [await submit(database.db, tickers), await submit(database.db, tickers)];
  const worker = await deadWorker(database.db);
  const items = await claimItems(database.db, silent, worker, [KIND], ROUNDS);
  expect(items).toHaveLength(ROUNDS);
  const of = (job: number) => items.filter(({ jobId }) => jobId === jobs[job]);
  const [first, second] = [of(0), of(1).toReversed()];
  const found = await countDeadlocks(database, async (db) => {
    const flush = (batch: typeof items, phase: 25 | 50) =>
      flushSteps(
        db,
        tasks,
        batch.map((item) => ({ item, steps: [{ type: 'PROGRESSED', phase }] })),
      );
    for (let round = 0; round < ROUNDS / 2; round += 1) {
      const pair = [first[round], second[round]].filter((item) => item !== undefined);
      const other = [second[round - 1], first[round - 1]].filter((item) => item !== undefined);
      await Promise.all([flush(pair, 25), ...(other.length === 0 ? [] : [flush(other, 50)])]);
    }
  });
  expect(found).toBe(0);
  for (const job of jobs) {
    const { last_seq: lastSeq } = await jobRow(database.db, job);
    expect(lastSeq).toBeGreaterThan(ROUNDS / 2);
  }
});

test('40 submits of one watchlist, four at a time, run into none', async () => {
  const tickers = Array.from({ length: 20 }, (_, i) => `L${i}`);
  const input = { name: 'Submitted together', tickers };
  const list = await createWatchlist({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, input);
  const found = await countDeadlocks(database, async (db) => {
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 4 }, () => submit(db, tickers, { watchlistId: list, origin: 'WATCHLIST' })),
      );
    }
  });
  expect(found).toBe(0);
});
