import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { ClaimedItem } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, deadWorker, inconsistencies, KIND, submit } from '../support/engine.ts';
import { silent } from '../support/silent.ts';

const WORKERS = 50;
let database: TestDatabase;
/** A connection for each worker. */
let crowd: Database;
let workers: readonly string[];

beforeAll(async () => {
  database = await createTestDatabase();
  crowd = openDatabase({ url: database.url, max: WORKERS, applicationName: 'crowd', log: silent });
  workers = await Promise.all(Array.from({ length: WORKERS }, () => deadWorker(database.db)));
  // All connected before the race.
  await Promise.all(workers.map(() => crowd.db.execute(sql`select pg_sleep(0.2)`)));
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(async () => {
  await crowd.close();
  await database.close();
});

const claim = (worker: string, limit: number) => claimItems(crowd.db, silent, worker, [KIND], limit);

test('of 50 workers that race for one item, one gets it; 20 times', async () => {
  for (let round = 0; round < 20; round += 1) {
    const id = await submit(database.db, ['A']);
    const claims = await Promise.all(workers.map((worker) => claim(worker, 8)));
    expect(claims.flat().map(({ jobId }) => jobId)).toEqual([id]);
  }
});

test('50 workers share 10,000 jobs: each is claimed once, by whom the row says, under a fence of its own', async () => {
  await database.db.execute(sql`
    insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint, request_hash,
      total, queued, last_seq)
    select gen_random_uuid(), j.workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint,
      request_hash, total, queued, last_seq
    from (select * from jobs where id = ${await submit(database.db, ['A'])}) as j, generate_series(2, 10000)`);
  await database.db.execute(sql`
    insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at)
    select id, 'A', workspace_id, kind, 'QUEUED', priority, run_at from jobs j
    where not exists (select from job_items i where i.job_id = j.id)`);
  await database.db.execute(sql`
    insert into job_events (job_id, seq, type, progress) select id, 1, 'JOB_QUEUED', 0 from jobs j
    where not exists (select from job_events e where e.job_id = j.id)`);
  await database.db.execute(sql`analyze jobs, job_items`);
  const times: number[] = [];
  const claims = await Promise.all(
    workers.map(async (worker) => {
      const own: ClaimedItem[] = [];
      for (let empty = 0; empty < 3; ) {
        const began = performance.now();
        const items = await claim(worker, 20);
        times.push(performance.now() - began);
        own.push(...items);
        // An empty claim may have lost a race; three in a row have not.
        empty = items.length === 0 ? empty + 1 : 0;
      }
      return { worker, own };
    }),
  );
  const all = claims.flatMap(({ own }) => own);
  expect(all).toHaveLength(10_000);
  expect(new Set(all.map(({ jobId }) => jobId)).size).toBe(10_000);
  expect(new Set(all.map(({ fence }) => fence)).size).toBe(10_000);
  const { rows } = await database.db.execute<{ job_id: string; worker_id: string; fence: string }>(
    sql`select job_id, worker_id, fence from job_items where state = 'PROCESSING' and attempt = 1`,
  );
  const stored = rows.map((row) => `${row.job_id} ${row.worker_id} ${row.fence}`);
  const held = claims.flatMap(({ worker, own }) =>
    own.map((item) => `${item.jobId} ${worker} ${item.fence}`),
  );
  expect(stored.sort()).toEqual(held.sort());
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN);
  console.log(`${times.length} claims by ${WORKERS} at once: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}, 60_000);
