import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { inconsistencies, submit } from '../support/engine.ts';

/*
 * The check of jobs, items and events that other suites run after each test must itself be able to fail.
 */

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** What the check finds when this statement has changed a queued job of two items, in a transaction that is then rolled back. */
async function foundAfter(change: (jobId: string) => ReturnType<typeof sql>): Promise<readonly unknown[]> {
  const jobId = await submit(database.db, ['A', 'B']);
  let found: readonly unknown[] = [];
  const end = new Error('roll back');
  const work = database.db.transaction(async (tx) => {
    await tx.execute(change(jobId));
    found = await inconsistencies(tx);
    throw end;
  });
  await expect(work).rejects.toBe(end);
  expect(await inconsistencies(database.db)).toEqual([]);
  return found.filter((row) => (row as { id: string }).id === jobId);
}

test.each([
  [
    'an item has another state than the counters',
    (id: string) => sql`delete from job_items where job_id = ${id} and ticker = 'A'`,
  ],
  ['a job has no items', (id: string) => sql`delete from job_items where job_id = ${id}`],
  ['an event is missing', (id: string) => sql`delete from job_events where job_id = ${id}`],
  [
    'an event has a number after the last one',
    (id: string) => sql`update job_events set seq = seq + 1 where job_id = ${id}`,
  ],
  [
    'a queued job is neither claimable nor due',
    (id: string) => sql`update jobs set claimable = false, due_at = null where id = ${id}`,
  ],
  [
    'a queued job is due after its first item',
    (id: string) =>
      sql`update jobs set claimable = false, due_at = (select min(run_at) from job_items where job_id = ${id}) + interval '1 s' where id = ${id}`,
  ],
])('%s: the check finds the job', async (_case, change) => {
  expect(await foundAfter(change)).toHaveLength(1);
});
