import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { createProbeResults, endFleetWorker, startFleetWorker, submitProbe } from '../support/fleet.ts';

const LEASE_MS = 3_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(sql.raw(createProbeResults));
});
afterAll(() => database.close());

async function rowsOf(query: ReturnType<typeof sql>): Promise<Record<string, unknown>[]> {
  return (await database.db.execute(query)).rows;
}

test('a worker process that was stopped for longer than its lease goes on under a new row, which ends the old one: its items are claimed again, and no crash is counted', async () => {
  const worker = await startFleetWorker(database.url, {
    WORKER_LEASE_MS: String(LEASE_MS),
    WORKER_HEARTBEAT_MS: '900',
  });
  const job = await submitProbe(database.db, ['HOLD-1']);
  const item = () => rowsOf(sql`select attempt, crashes, worker_id from job_items where job_id = ${job}`);
  await eventually(async () => (await item())[0]?.attempt === 1);
  const [first] = await item();
  worker.process.child.kill('SIGSTOP');
  const old = sql`select state, heartbeat_at < clock_timestamp() - make_interval(secs => ${(1.2 * LEASE_MS) / 1_000}) as silent
    from workers where id = ${first?.worker_id}`;
  await eventually(async () => (await rowsOf(old))[0]?.silent);
  worker.process.child.kill('SIGCONT');
  await eventually(async () => (await item())[0]?.attempt === 2);
  expect(await item()).toMatchObject([{ attempt: 2, crashes: 0 }]);
  expect(await rowsOf(old)).toMatchObject([{ state: 'STOPPED' }]);
  expect(await rowsOf(sql`select state from workers order by state`)).toEqual([
    { state: 'ALIVE' },
    { state: 'STOPPED' },
  ]);
  await endFleetWorker(worker);
}, 90_000);
