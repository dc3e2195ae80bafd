import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { IdempotencyConflictError } from '../../src/errors.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { submitJob } from '../../src/jobs/submit-job.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { deadWorker, inconsistencies, jobRequest, jobRow, KIND } from '../support/engine.ts';
import { silent } from '../support/silent.ts';

/** Rows of the workspace that the tests submit in. */
const isOwn = sql`workspace_id = ${DEFAULT_WORKSPACE_ID}`;
let database: TestDatabase;
/** Two pools, as two API processes have them. */
let pools: [Database, Database];
let api: TestApi;

const HOUR = 3_600_000;
const start = Date.now();
/** Times to ask for. The future ones are far from the clock, so that none passes while the tests run. */
const times = {
  NOW: null,
  PAST: new Date(start - HOUR),
  SOON: new Date(start + HOUR),
  LATER: new Date(start + 48 * HOUR),
} as const;
type Time = keyof typeof times;
const isDue = (time: Time) => time === 'NOW' || time === 'PAST';

beforeAll(async () => {
  database = await createTestDatabase();
  const pool = () => openDatabase({ url: database.url, max: 5, applicationName: 'shared', log: silent });
  pools = [pool(), pool()];
  api = await startApi(database.url);
});
beforeEach(async () => {
  await database.db.execute(sql`delete from jobs where ${isOwn}`);
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
});
afterAll(async () => {
  await api.close();
  for (const pool of pools) await pool.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

function submit(time: Time, changes: Parameters<typeof jobRequest>[1] = {}, node: 0 | 1 = 0) {
  const request = jobRequest(['AAPL', 'MSFT'], { force: false, runAt: times[time], ...changes });
  return submitJob(pools[node].db, silent, request);
}

const names = Object.keys(times) as Time[];
const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

describe('without an idempotency key', () => {
  test.each(pairs)(
    'a job for %s is shared by a request for %s only when it is due at the same time',
    async (first, second) => {
      const stored = await submit(first);
      const asked = await submit(second, {}, 1);
      const same = isDue(first) ? isDue(second) : first === second;
      expect(asked.deduplicated).toBe(same);
      expect(asked.job.id === stored.job.id).toBe(same);
      // Whatever is returned, the request does not wait longer than it asked for.
      expect(asked.job.runAt.getTime()).toBeLessThanOrEqual(
        Math.max(times[second]?.getTime() ?? 0, Date.now()),
      );
    },
  );

  test('a scheduled job whose time has come is shared by a request for now', async () => {
    const scheduled = await submit('SOON');
    await database.db.execute(
      sql`update jobs set run_at = clock_timestamp() - interval '1 minute' where ${isOwn}`,
    );
    expect(await submit('NOW')).toMatchObject({ deduplicated: true, job: { id: scheduled.job.id } });
  });

  test('a running job is shared by a request for now, and not by one for later', async () => {
    const running = await submit('NOW');
    await database.db.execute(
      sql`update job_items set state = 'PROCESSING', worker_id = gen_random_uuid(), fence = 1, started_at = clock_timestamp() where ${isOwn}`,
    );
    await database.db.execute(
      sql`update jobs set state = 'PROCESSING', queued = 0, processing = 2, started_at = clock_timestamp(), claimable = false, due_at = null where ${isOwn}`,
    );
    expect(await submit('NOW')).toMatchObject({ deduplicated: true, job: { id: running.job.id } });
    expect(await submit('SOON')).toMatchObject({ deduplicated: false });
  });

  test('every request of two processes at once gets a job of its time, and each time has one job', async () => {
    const asked = Array.from({ length: 80 }, (_, i) => names[i % names.length] ?? 'NOW');
    const found = await Promise.all(asked.map((time, i) => submit(time, {}, i % 8 < 4 ? 0 : 1)));
    const jobsOf = (wanted: (time: Time) => boolean) =>
      new Set(found.flatMap(({ job }, i) => (wanted(asked[i] ?? 'NOW') ? [job.id] : [])));
    expect(jobsOf(isDue).size).toBe(1);
    expect(jobsOf((time) => time === 'SOON').size).toBe(1);
    expect(jobsOf((time) => time === 'LATER').size).toBe(1);
    expect(new Set(found.map(({ job }) => job.id)).size).toBe(3);
    expect(found.filter(({ deduplicated }) => !deduplicated)).toHaveLength(3);
  });
});

const priorityOf = async (id: string) => (await jobRow(database.db, id)).priority;

describe('the priority of a shared job', () => {
  test('is raised by a request of a higher one, so that its items are claimed first', async () => {
    // More jobs than a claim looks at.
    for (let i = 0; i < 8; i += 1) await submit('NOW', { priority: 4, tickers: [`LOW${i}`] });
    const { job } = await submit('NOW', { priority: 2 });
    const other = await submit('NOW', { priority: 5, tickers: ['OTHER'] });
    const raised = await submit('NOW', { priority: 8 });
    expect(raised).toMatchObject({ deduplicated: true, job: { id: job.id, priority: 8 } });
    const claim = async () => claimItems(database.db, silent, await deadWorker(database.db), [KIND], 2);
    expect((await claim()).map(({ jobId }) => jobId)).toEqual([job.id, job.id]);
    const low = expect.not.stringMatching(other.job.id);
    expect((await claim()).map(({ jobId }) => jobId)).toEqual([other.job.id, low]);
  });

  test('is not lowered by a request of a lower one', async () => {
    const { job } = await submit('NOW', { priority: 8 });
    expect(await submit('NOW', { priority: 2 })).toMatchObject({ deduplicated: true, job: { priority: 8 } });
    expect(await priorityOf(job.id)).toBe(8);
  });

  test('ends at the highest that was asked for, of 60 requests at once on two processes', async () => {
    const found = await Promise.all(
      Array.from({ length: 60 }, (_, i) => submit('NOW', { priority: i % 10 }, i % 2 === 0 ? 0 : 1)),
    );
    const ids = new Set(found.map(({ job }) => job.id));
    expect(ids.size).toBe(1);
    for (const [i, { job }] of found.entries()) expect(job.priority).toBeGreaterThanOrEqual(i % 10);
    const [id = ''] = ids;
    expect(await priorityOf(id)).toBe(9);
  });

  test('is left as it is when the job has ended meanwhile', async () => {
    const { job } = await submit('NOW', { priority: 2 });
    await database.db.execute(sql`update job_items set state = 'FAILED', error_code = 'NO_DATA', error_message = 'none',
      started_at = clock_timestamp(), finished_at = clock_timestamp() where ${isOwn}`);
    await database.db.execute(sql`update jobs set state = 'FAILED', queued = 0, failed = total, claimable = false, due_at = null,
      started_at = clock_timestamp(), finished_at = clock_timestamp() where ${isOwn}`);
    expect(await submit('NOW', { priority: 9 })).toMatchObject({ deduplicated: false });
    expect(await priorityOf(job.id)).toBe(2);
  });
});

describe('under an idempotency key', () => {
  test.each([
    ['another runAt', { runAt: times.LATER.toISOString() }],
    ['no runAt', { runAt: null }],
    ['another priority', { priority: 9 }],
  ])('a request with %s is a conflict', async (name, change) => {
    const request = { tickers: ['AAPL'], idempotencyKey: name, runAt: times.SOON.toISOString(), priority: 3 };
    const first = await api.submit(request);
    const other = await api.submit({ ...request, ...change });
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', jobId: first.job.uuid });
    expect(await api.submit(request)).toMatchObject({ deduplicated: true, job: { uuid: first.job.uuid } });
  });

  test('a repeat does not raise the priority of its job', async () => {
    const request = { idempotencyKey: 'raise', asked: 'the same' };
    await submit('NOW', { ...request, priority: 2 });
    expect(await submit('NOW', { ...request, priority: 9 })).toMatchObject({ job: { priority: 2 } });
  });

  test('a request of another time is a conflict also when both are sent at once', async () => {
    const request = { idempotencyKey: 'at once' };
    const outcomes = await Promise.allSettled([submit('SOON', request, 0), submit('LATER', request, 1)]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ reason: expect.any(IdempotencyConflictError) });
  });
});
