import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { IdempotencyConflictError, InvalidStateError, ItemError } from '../../src/errors.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { createRecorder } from '../../src/jobs/record-steps.ts';
import { rescueItems, returnOrphans } from '../../src/jobs/rescue-items.ts';
import { retryJob } from '../../src/jobs/retry-job.ts';
import { submitJob } from '../../src/jobs/submit-job.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  endedJob,
  eventRows,
  inconsistencies,
  jobRequest,
  jobRow,
  KIND,
  deadWorker as newDeadWorker,
  startWorker,
  submit,
  type TestWorker,
  testTask,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
const workers: TestWorker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  expect(await inconsistencies(database.db)).toEqual([]);
  await database.db.execute(sql`delete from jobs`);
});
afterAll(() => database.close());

async function work(task = testTask(() => Promise.resolve()), options = {}): Promise<TestWorker> {
  const worker = await startWorker(database.url, database.db, task, options);
  workers.push(worker);
  return worker;
}

const deadWorker = () => newDeadWorker(database.db);

const types = async (id: string) => (await eventRows(database.db, id)).map((event) => event.type);

describe('a job', () => {
  test('runs to its end and its log tells every step once, in order', async () => {
    await work();
    const id = await submit(database.db, ['AAPL']);
    const job = await eventually(() => endedJob(database.db, id));
    expect(job).toMatchObject({ state: 'COMPLETED', succeeded: 1, failed: 0, progress_sum: 100 });
    const events = await eventRows(database.db, id);
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(events.map((event) => [event.type, event.progress])).toEqual([
      ['JOB_QUEUED', 0],
      ['JOB_STARTED', 0],
      ['ITEMS_STARTED', 0],
      ['ITEM_PROGRESSED', 25],
      ['ITEM_PROGRESSED', 50],
      ['ITEM_PROGRESSED', 75],
      ['ITEM_COMPLETED', 100],
      ['JOB_COMPLETED', 100],
    ]);
  });

  test('with one failing item is COMPLETED and names it; with all failing it is FAILED', async () => {
    await work(
      testTask((ticker) =>
        ticker.startsWith('BAD')
          ? Promise.reject(new ItemError('UNKNOWN_SYMBOL', 'unknown'))
          : Promise.resolve(),
      ),
    );
    const mixed = await submit(database.db, ['AAPL', 'BAD']);
    const bad = await submit(database.db, ['BAD', 'BAD2']);
    expect(await eventually(() => endedJob(database.db, mixed))).toMatchObject({
      state: 'COMPLETED',
      succeeded: 1,
      failed: 1,
    });
    expect(await eventually(() => endedJob(database.db, bad))).toMatchObject({ state: 'FAILED', failed: 2 });
    const { rows } = await database.db.execute(
      sql`select error_code, error_message, attempt from job_items where job_id = ${mixed} and ticker = 'BAD'`,
    );
    expect(rows).toEqual([{ error_code: 'UNKNOWN_SYMBOL', error_message: 'unknown', attempt: 1 }]);
  });

  test('tries a transient error again, three times at most, and says so in its log', async () => {
    const attempts: number[] = [];
    await work(
      testTask((_ticker, attempt) => {
        attempts.push(attempt);
        return attempt < 3 ? Promise.reject(new ItemError('SOURCE_TIMEOUT', 'slow')) : Promise.resolve();
      }),
    );
    const id = await submit(database.db, ['AAPL']);
    expect(await eventually(() => endedJob(database.db, id))).toMatchObject({ state: 'COMPLETED' });
    expect(attempts).toEqual([1, 2, 3]);
    expect((await types(id)).filter((type) => type === 'ITEM_RETRYING')).toHaveLength(2);
  });

  test('gives up after the retry limit with the last error', async () => {
    await work(testTask(() => Promise.reject(new ItemError('SOURCE_TIMEOUT', 'slow'))));
    const id = await submit(database.db, ['AAPL']);
    expect(await eventually(() => endedJob(database.db, id), 25_000)).toMatchObject({ state: 'FAILED' });
    const { rows } = await database.db.execute(
      sql`select attempt, failures, error_code from job_items where job_id = ${id}`,
    );
    expect(rows).toEqual([{ attempt: 4, failures: 3, error_code: 'SOURCE_TIMEOUT' }]);
  });

  test('masks an unexpected error behind a correlation id', async () => {
    await work(testTask(() => Promise.reject(new Error('secret detail'))));
    const id = await submit(database.db, ['AAPL']);
    await eventually(() => endedJob(database.db, id), 25_000);
    const { rows } = await database.db.execute<{ error_message: string }>(
      sql`select error_message from job_items where job_id = ${id}`,
    );
    expect(rows[0]?.error_message).toMatch(/^Unexpected error \(correlation id [\w-]{36}\)\.$/);
  });
});

describe('submitting', () => {
  test('200 times at once with one idempotency key makes one job, and every answer carries it', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () =>
        submitJob(database.db, silent, jobRequest(['AAPL'], { idempotencyKey: 'k1', asked: 1 })),
      ),
    );
    expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
    expect(answers.filter(({ deduplicated }) => !deduplicated)).toHaveLength(1);
  });

  test('another request under a used key is a conflict that names the job', async () => {
    const first = await submitJob(database.db, silent, jobRequest(['AAPL'], { idempotencyKey: 'k2' }));
    const again = submitJob(database.db, silent, jobRequest(['MSFT'], { idempotencyKey: 'k2' }));
    await expect(again).rejects.toThrow(IdempotencyConflictError);
    await expect(again).rejects.toMatchObject({ jobId: first.job.id });
  });

  test('200 identical requests at once without a key make one job while it has not ended', async () => {
    const request = jobRequest(['AAPL', 'MSFT'], { force: false });
    const reordered = { ...request, tickers: ['MSFT', 'AAPL'] };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        submitJob(database.db, silent, i % 2 === 0 ? request : reordered),
      ),
    );
    expect(new Set(answers.map(({ job }) => job.id)).size).toBe(1);
    const forced = await submitJob(database.db, silent, { ...request, force: true });
    expect(forced.deduplicated).toBe(false);
  });

  test('leaves nothing behind when the database refuses a row', async () => {
    await expect(submit(database.db, ['AAPL'], { priority: 99 })).rejects.toThrow();
    const { rows } = await database.db.execute(
      sql`select (select count(*) from jobs)::int as jobs, (select count(*) from job_items)::int as items`,
    );
    expect(rows).toEqual([{ jobs: 0, items: 0 }]);
  });
});

describe('cancelling', () => {
  test('ends what waits and what runs, stops the work, and can be repeated', async () => {
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const worker = await work(
      testTask(async (_ticker, _attempt, signal) => {
        started.resolve();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        aborted.resolve();
      }),
      { capacity: 1 },
    );
    const id = await submit(database.db, ['A', 'B', 'C']);
    await started.promise;
    const job = await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id);
    expect(job).toMatchObject({ state: 'CANCELLED', cancelled: 3 });
    worker.runner.hear([{ about: 'cancel', id, at: 0 }]);
    await aborted.promise;
    expect((await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id)).state).toBe('CANCELLED');
    expect((await types(id)).at(-1)).toBe('JOB_CANCELLED');
  });

  test('a job that has ended is refused', async () => {
    await work();
    const id = await submit(database.db, ['A']);
    await eventually(() => endedJob(database.db, id));
    await expect(cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id)).rejects.toThrow(InvalidStateError);
  });

  test('races with the end of the job: one of them wins, the log has one last event', async () => {
    await work();
    for (let round = 0; round < 20; round += 1) {
      const id = await submit(database.db, ['A', 'B']);
      await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id).catch((error: unknown) => {
        if (!(error instanceof InvalidStateError)) throw error;
      });
      await eventually(() => endedJob(database.db, id));
      const last = (await types(id)).filter((type) => /^JOB_(COMPLETED|FAILED|CANCELLED)$/.test(type));
      expect(last).toHaveLength(1);
    }
  });
});

test('a retry is a new job of the tickers that failed, and a second click answers the same', async () => {
  await work(
    testTask((ticker) =>
      ticker === 'BAD' ? Promise.reject(new ItemError('NO_DATA', 'none')) : Promise.resolve(),
    ),
  );
  const id = await submit(database.db, ['AAPL', 'BAD']);
  await eventually(() => endedJob(database.db, id));
  await workers.pop()?.stop();
  const first = await retryJob(database.db, silent, DEFAULT_WORKSPACE_ID, id, null);
  const second = await retryJob(database.db, silent, DEFAULT_WORKSPACE_ID, id, null);
  expect(first.job).toMatchObject({ total: 1, retryOf: id, state: 'QUEUED' });
  expect(second).toMatchObject({ deduplicated: true, job: { id: first.job.id } });
  expect(await jobRow(database.db, id)).toMatchObject({ state: 'COMPLETED', failed: 1 });
});

describe('claiming', () => {
  test('by 20 workers at once gives each item to one of them, under a fence of its own', async () => {
    const id = await submit(
      database.db,
      Array.from({ length: 100 }, (_, i) => `T${i}`),
    );
    const ids = await Promise.all(Array.from({ length: 20 }, deadWorker));
    const claims = await Promise.all(
      ids.map((worker) => claimItems(database.db, silent, worker, [KIND], 10)),
    );
    const items = claims.flat();
    expect(items).toHaveLength(100);
    expect(new Set(items.map((item) => item.ticker)).size).toBe(100);
    expect(new Set(items.map((item) => item.fence)).size).toBe(100);
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'PROCESSING', processing: 100 });
    await database.db.execute(sql`delete from workers where name = 'dead'`);
    await returnOrphans(database.db, silent);
  });

  test('goes by priority within a workspace, never before runAt, and never for a kind that is not known', async () => {
    await submit(database.db, ['LOW'], { priority: 1 });
    await submit(database.db, ['HIGH'], { priority: 9 });
    await submit(database.db, ['LATER'], { priority: 9, runAt: new Date(Date.now() + 3_600_000) });
    await submit(database.db, ['OTHER'], { priority: 9, kind: 'unknown' });
    const worker = await deadWorker();
    const order: string[] = [];
    for (;;) {
      const [item] = await claimItems(database.db, silent, worker, [KIND], 1);
      if (item === undefined) break;
      order.push(item.ticker);
    }
    expect(order).toEqual(['HIGH', 'LOW']);
  });

  test('is fair: a large job of one workspace does not hold up a small one of another', async () => {
    const other = crypto.randomUUID();
    await database.db.execute(sql`insert into workspaces (id, name) values (${other}, 'other')`);
    await submit(
      database.db,
      Array.from({ length: 50 }, (_, i) => `BIG${i}`),
    );
    await submit(database.db, ['SMALL'], { workspaceId: other });
    const items = await claimItems(database.db, silent, await deadWorker(), [KIND], 4);
    expect(items.map((item) => item.ticker)).toContain('SMALL');
  });

  test('is refused to a worker that was declared lost', async () => {
    await submit(database.db, ['AAPL']);
    const worker = await deadWorker();
    await database.db.execute(sql`update workers set state = 'LOST' where id = ${worker}`);
    expect(await claimItems(database.db, silent, worker, [KIND], 1)).toEqual([]);
  });
});

describe('a worker that dies', () => {
  test('loses its items to the queue within a second and a half, and they end elsewhere', async () => {
    const id = await submit(database.db, ['A', 'B']);
    const dead = await deadWorker();
    await claimItems(database.db, silent, dead, [KIND], 2);
    const rescuer = rescueItems({ db: database.db, leaseMs: 10_000, log: silent });
    try {
      await work();
      expect(await eventually(() => endedJob(database.db, id))).toMatchObject({
        state: 'COMPLETED',
        succeeded: 2,
      });
    } finally {
      await rescuer.stop();
    }
    expect((await types(id)).filter((type) => type === 'ITEM_RETURNED')).toHaveLength(2);
    const { rows } = await database.db.execute(
      sql`select attempt, failures, crashes from job_items where job_id = ${id}`,
    );
    expect(rows).toEqual(Array(2).fill({ attempt: 2, failures: 0, crashes: 1 }));
  });

  test('three times over one item leaves it FAILED as POISON', async () => {
    const id = await submit(database.db, ['POISON']);
    for (let crash = 0; crash < 3; crash += 1) {
      const dead = await deadWorker();
      expect(await claimItems(database.db, silent, dead, [KIND], 1)).toHaveLength(1);
      await database.db.execute(
        sql`update workers set state = 'LOST', stopped_at = now() where id = ${dead}`,
      );
      expect(await returnOrphans(database.db, silent)).toBe(1);
    }
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'FAILED', failed: 1 });
    const { rows } = await database.db.execute(sql`select error_code from job_items where job_id = ${id}`);
    expect(rows).toEqual([{ error_code: 'POISON' }]);
  });

  test('and comes back writes nothing: its fence is old', async () => {
    const id = await submit(database.db, ['A']);
    const zombie = await deadWorker();
    const [item] = await claimItems(database.db, silent, zombie, [KIND], 1);
    if (item === undefined) throw new Error('no item');
    await database.db.execute(
      sql`update workers set state = 'LOST', stopped_at = now() where id = ${zombie}`,
    );
    await returnOrphans(database.db, silent);
    const task = testTask(() => Promise.resolve());
    const recorder = createRecorder({ db: database.db, tasks: new Map([[KIND, task]]), log: silent });
    const finished = { result: null, facts: {} };
    expect(await recorder.record(item, { type: 'COMPLETED', finished })).toBe('FENCED');
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'PROCESSING', queued: 1, succeeded: 0 });
    const [again] = await claimItems(database.db, silent, await deadWorker(), [KIND], 1);
    if (again === undefined) throw new Error('no item');
    expect(again.fence).toBeGreaterThan(item.fence);
    expect(await recorder.record(item, { type: 'PROGRESSED', phase: 25 })).toBe('FENCED');
    expect(await recorder.record(again, { type: 'COMPLETED', finished })).toBe('STORED');
    expect(await recorder.record(again, { type: 'COMPLETED', finished })).toBe('STORED');
    expect((await types(id)).filter((type) => type === 'ITEM_COMPLETED')).toHaveLength(1);
  });
});

test('a worker that stops gives its items back without spending a retry', async () => {
  const started = Promise.withResolvers<void>();
  await work(
    testTask(async (_ticker, _attempt, signal) => {
      started.resolve();
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    }),
  );
  const id = await submit(database.db, ['A']);
  await started.promise;
  await workers.pop()?.stop();
  expect(await jobRow(database.db, id)).toMatchObject({ state: 'PROCESSING', queued: 1, processing: 0 });
  const { rows } = await database.db.execute(
    sql`select state, failures, crashes from job_items where job_id = ${id}`,
  );
  expect(rows).toEqual([{ state: 'QUEUED', failures: 0, crashes: 0 }]);
});

test('a step that the database refuses fails its item alone, not its neighbours in the flush', async () => {
  const task = testTask(() => Promise.resolve());
  const choosy = {
    ...task,
    save: (_tx: unknown, saved: readonly { ticker: string }[]) =>
      saved.some(({ ticker }) => ticker === 'BAD') ? Promise.reject(new Error('refused')) : Promise.resolve(),
  };
  await work(choosy as typeof task);
  const id = await submit(database.db, ['A', 'B', 'BAD', 'C', 'D']);
  expect(await eventually(() => endedJob(database.db, id))).toMatchObject({
    state: 'COMPLETED',
    succeeded: 4,
    failed: 1,
  });
});

test('every connection may be cut at any time: the job still ends, each item once', async () => {
  await work(
    testTask(() => Promise.resolve()),
    { capacity: 4 },
  );
  const id = await submit(
    database.db,
    Array.from({ length: 60 }, (_, i) => `T${i}`),
  );
  for (let round = 0; round < 8; round += 1) {
    await database.db
      .execute(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      .catch(() => undefined);
    await eventually(async () => database.db.execute(sql`select 1`).catch(() => null));
  }
  const rescuer = rescueItems({ db: database.db, leaseMs: 10_000, log: silent });
  expect(await eventually(() => endedJob(database.db, id), 25_000)).toMatchObject({
    state: 'COMPLETED',
    succeeded: 60,
  });
  await rescuer.stop();
  expect((await types(id)).filter((type) => type === 'ITEM_COMPLETED')).toHaveLength(60);
});
