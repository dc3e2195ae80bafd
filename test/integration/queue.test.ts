import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { type SQL, sql } from '../../src/db/drizzle.ts';
import { ItemError } from '../../src/errors.ts';
import type { Hint } from '../../src/events/hint.ts';
import { listen } from '../../src/events/listener.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { pauseQueue, resumeQueue } from '../../src/jobs/pause-queue.ts';
import { backlogQuery } from '../../src/jobs/queue.store.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  endedJob,
  inconsistencies,
  jobRow,
  KIND,
  startWorker,
  submit,
  type TestWorker,
  testTask,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { randomOf } from '../support/series.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
const workers: TestWorker[] = [];
const other = crypto.randomUUID();

beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(sql`insert into workspaces (id, name) values (${other}, 'Other')`);
  api = await startApi(database.url);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await resumeQueue(database.db, silent, DEFAULT_WORKSPACE_ID, null);
  const wrong = await inconsistencies(database.db);
  await database.db.execute(sql`delete from jobs`);
  await database.db.execute(sql`delete from workers`);
  expect(wrong).toEqual([]);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

async function work(task = testTask(() => Promise.resolve()), options = {}): Promise<void> {
  workers.push(await startWorker(database.url, database.db, task, options));
}

interface Switch {
  readonly queue: { readonly paused: boolean; readonly pausedAt: string | null; readonly pauseNote: string };
}
const fields = '{ queue { paused pausedAt pauseNote } }';
const pause = (input: object = {}) =>
  api.one<Switch>(
    `mutation($input: PauseQueueInput!) { pauseQueue(input: $input) { ... on QueuePayload ${fields} ... on UserError { code } } }`,
    { input },
  );
const resume = (input: object = {}) =>
  api.one<Switch>(`mutation($input: ResumeQueueInput!) { resumeQueue(input: $input) ${fields} }`, { input });

describe('a paused queue', () => {
  test('lets running items end, starts none, and leaves other workspaces alone', async () => {
    const first = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await work(
      testTask(async (ticker) => {
        if (ticker !== 'A') return;
        first.resolve();
        await gate.promise;
      }),
      { capacity: 1 },
    );
    const id = await submit(database.db, ['A', 'B', 'C']);
    await first.promise;
    await pause({ note: 'provider is down' });
    gate.resolve();
    const theirs = await submit(database.db, ['X', 'Y'], { workspaceId: other });
    expect(await eventually(() => endedJob(database.db, theirs))).toMatchObject({ succeeded: 2 });
    expect(await jobRow(database.db, id)).toMatchObject({ succeeded: 1, processing: 0, queued: 2 });
    await resume();
    expect(await eventually(() => endedJob(database.db, id))).toMatchObject({ succeeded: 3 });
  });

  test('takes submits, and their items start when it is opened', async () => {
    await work();
    await pause();
    const id = await submit(database.db, ['A']);
    const theirs = await submit(database.db, ['X'], { workspaceId: other });
    await eventually(() => endedJob(database.db, theirs));
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'QUEUED' });
    await resume();
    await eventually(() => endedJob(database.db, id));
  });

  test('is paused once: a second pause keeps time and note; a resume of another pause changes nothing', async () => {
    const { queue } = await pause({ note: 'one' });
    expect(queue).toMatchObject({ paused: true, pauseNote: 'one' });
    expect((await pause({ note: 'two' })).queue).toEqual(queue);
    expect((await resume({ pausedAt: '2020-01-01T00:00:00Z' })).queue).toEqual(queue);
    const open = { paused: false, pausedAt: null, pauseNote: null };
    expect((await resume({ pausedAt: queue.pausedAt })).queue).toEqual(open);
    expect((await resume()).queue).toEqual(open);
    expect(await pause({ note: 'x'.repeat(201) })).toEqual({ code: 'INVALID_INPUT' });
  });

  test('does not stand in the way of a claim for others, however much it holds', async () => {
    const id = crypto.randomUUID();
    await database.db.execute(sql`insert into workers (id, name, version, state, capacity, lock_key)
      values (${id}, 'claimer', '0', 'ALIVE', 8, 1)`);
    for (let i = 0; i < 10; i += 1) await submit(database.db, ['A', 'B', 'C'], { priority: 9 });
    const tickers = Array.from({ length: 20 }, (_, i) => `T${i}`);
    await submit(database.db, tickers, { workspaceId: other, priority: 0 });
    await pause();
    const claimed: string[] = [];
    for (let i = 0; i < tickers.length; i += 1) {
      const items = await claimItems(database.db, silent, id, [KIND], 1);
      expect(items).toMatchObject([{ workspaceId: other }]);
      claimed.push(...items.map(({ ticker }) => ticker));
    }
    expect(claimed.sort()).toEqual([...tickers].sort());
    expect(await claimItems(database.db, silent, id, [KIND], 1)).toEqual([]);
  });

  test('wakes the workers when it is opened, and not when it was open', async () => {
    const heard: Hint[] = [];
    const listener = await listen({
      url: database.url,
      log: silent,
      onHints: (hints) => heard.push(...hints),
      onConnected: () => undefined,
    });
    await resume();
    await pause();
    await resume();
    await eventually(async () => heard.some(({ about }) => about === 'work'));
    expect(heard.filter(({ about }) => about === 'work')).toHaveLength(1);
    await listener.close();
  });

  test('starts nothing after the pause has answered, however claims race with it', async () => {
    const random = randomOf(7);
    const ids: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      const id = crypto.randomUUID();
      await database.db.execute(sql`insert into workers (id, name, version, state, capacity, lock_key)
        values (${id}, 'racer', '0', 'ALIVE', 8, ${i})`);
      ids.push(id);
    }
    const tickers = Array.from({ length: 2_000 }, (_, i) => `T${i}`);
    for (let i = 0; i < 4; i += 1) await submit(database.db, tickers.slice(i * 500, (i + 1) * 500));
    const held = async () => {
      const { rows } = await database.db.execute<{ n: number }>(
        sql`select count(*)::int as n from job_items where state = 'PROCESSING'`,
      );
      return rows[0]?.n ?? 0;
    };
    let claimed = 0;
    for (let round = 0; round < 40; round += 1) {
      let racing = true;
      const claims = ids.map(async (id) => {
        while (racing) {
          const items = await claimItems(database.db, silent, id, [KIND], 1);
          claimed += items.length;
        }
      });
      const enough = claimed + 1 + Math.floor(random() * 6);
      await eventually(async () => claimed >= enough);
      await pauseQueue(database.db, silent, DEFAULT_WORKSPACE_ID, null);
      const atAnswer = await held();
      racing = false;
      await Promise.all(claims);
      expect(await held()).toBe(atAnswer);
      await resumeQueue(database.db, silent, DEFAULT_WORKSPACE_ID, null);
    }
    expect(claimed).toBe(await held());
  });
});

describe('the order of claims', () => {
  test('goes by priority, then age, within a workspace, and not before runAt', async () => {
    const order: string[] = [];
    const submitted = async (ticker: string, extra: object = {}) =>
      api.one<{ job: { uuid: string } }>(
        'mutation($input: SubmitAnalysisInput!) { submitAnalysis(input: $input) { ... on SubmitJobPayload { job { uuid } } } }',
        { input: { tickers: [ticker], force: true, source: 'DEMO', ...extra } },
      );
    const late = new Date(Date.now() + 1_500);
    const jobs = [
      await submitted('LATE', { priority: 9, runAt: late.toISOString() }),
      await submitted('LOW', { priority: 1 }),
      await submitted('FIRST'),
      await submitted('SECOND'),
      await submitted('HIGH', { priority: 8 }),
    ];
    const task = {
      ...testTask(async (ticker) => {
        order.push(ticker);
      }),
      kind: 'analysis',
    };
    await work(task, { capacity: 1 });
    const rows = await Promise.all(jobs.map(({ job }) => eventually(() => endedJob(database.db, job.uuid))));
    expect(order.filter((ticker) => ticker !== 'LATE')).toEqual(['HIGH', 'FIRST', 'SECOND', 'LOW']);
    expect(new Date(String(rows[0]?.started_at)).getTime()).toBeGreaterThanOrEqual(late.getTime());
  });

  test('takes workspaces in turn: one ticker of another does not wait for a large job', async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const submitted = Promise.withResolvers<void>();
    await work(
      testTask(async (ticker) => {
        if (ticker === 'GATE') await gate.promise;
        else await submitted.promise;
        order.push(ticker);
      }),
      { capacity: 2 },
    );
    const large = await submit(database.db, ['GATE', ...Array.from({ length: 40 }, (_, i) => `L${i}`)], {
      priority: 9,
    });
    await eventually(async () => (await jobRow(database.db, large)).processing >= 2);
    const small = await submit(database.db, ['SMALL'], { workspaceId: other, priority: 0 });
    submitted.resolve();
    await eventually(() => endedJob(database.db, small));
    const position = order.indexOf('SMALL');
    gate.resolve();
    await eventually(() => endedJob(database.db, large));
    expect(order).toHaveLength(42);
    // What ran when it came, and at most one claim that was under way.
    expect(position).toBeLessThanOrEqual(3);
  });
});

interface QueueSeen {
  readonly paused: boolean;
  readonly workers: {
    name: string;
    state: string;
    capacity: number;
    running: number;
    kinds: string[];
    version: string;
    itemsPerMinute: number;
  }[];
  readonly depth: Record<string, number | boolean>;
  readonly oldestSince: string | null;
  readonly oldestAgeSeconds: number | null;
  readonly throughputPerMinute: number;
  readonly waiting: { reason: string; items: number }[];
}

const look = () =>
  api.one<QueueSeen>(`{ queue { paused workers { name state capacity running kinds version itemsPerMinute startedAt heartbeatAt }
    depth { jobsQueued jobsProcessing itemsQueued itemsProcessing complete }
    oldestSince oldestAgeSeconds throughputPerMinute waiting { reason items } } }`);

describe('Query.queue', () => {
  test('shows workers, depth, age, throughput and what items wait for', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    await work(
      testTask(async (ticker, attempt) => {
        if (ticker.startsWith('LIMITED') && attempt === 1)
          throw new ItemError('RATE_LIMITED', 'slow down', { retryAfterMs: 60_000 });
        if (ticker.startsWith('DOWN') && attempt === 1)
          throw new ItemError('SOURCE_UNAVAILABLE', 'down', { retryAfterMs: 60_000 });
        if (ticker.startsWith('RUN')) await gate;
      }),
      { capacity: 2, finishedPerMinute: () => 90 },
    );
    await submit(database.db, ['LIMITED', 'DOWN', 'RUN1', 'RUN2', 'WAIT1', 'WAIT2'], { priority: 9 });
    await submit(database.db, ['LATER1', 'LATER2', 'LATER3'], { runAt: new Date(Date.now() + 60_000) });
    await submit(database.db, ['UNKNOWN'], { kind: 'unknown' });
    await submit(database.db, ['THEIRS'], { workspaceId: other, kind: 'unknown' });
    const seen = await eventually(async () => {
      const queue = await look();
      return (
        queue.throughputPerMinute === 90 &&
        queue.waiting.length === 5 &&
        queue.depth.itemsProcessing === 2 &&
        queue.workers[0]?.running === 2 &&
        queue
      );
    });
    expect(seen.workers).toEqual([
      expect.objectContaining({
        name: 'test',
        state: 'ALIVE',
        capacity: 2,
        running: 2,
        kinds: [KIND],
        itemsPerMinute: 90,
      }),
    ]);
    expect(seen.depth).toEqual({
      jobsQueued: 2,
      jobsProcessing: 1,
      itemsQueued: 8,
      itemsProcessing: 2,
      complete: true,
    });
    const sorted = (counts: QueueSeen['waiting']) =>
      counts.map(({ reason, items }) => `${reason} ${items}`).sort();
    expect(sorted(seen.waiting)).toEqual([
      'NO_WORKER 1',
      'RATE_LIMITED 1',
      'RETRY_BACKOFF 1',
      'SCHEDULED 3',
      'WORKERS_BUSY 2',
    ]);
    expect(seen.oldestAgeSeconds).toBeGreaterThan(0);
    expect(seen.oldestAgeSeconds).toBeLessThan(30);
    await pause();
    expect(sorted((await look()).waiting)).toEqual(['PAUSED 8']);
    open();
  });

  test('shows a worker that was killed as gone, and an empty queue as empty', async () => {
    await database.db.execute(sql`insert into workers (id, name, version, state, capacity, kinds, lock_key, finished_per_minute)
      values (${crypto.randomUUID()}, 'killed', '0', 'ALIVE', 8, '{test}', 777, 50)`);
    expect(await look()).toMatchObject({
      workers: [{ name: 'killed', state: 'GONE' }],
      depth: { jobsQueued: 0, jobsProcessing: 0, itemsQueued: 0, itemsProcessing: 0, complete: true },
      oldestSince: null,
      oldestAgeSeconds: null,
      throughputPerMinute: 0,
      waiting: [],
    });
  });

  test('looks at nothing that has ended, however much that is', async () => {
    await database.db.execute(sql`insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at,
        fingerprint, request_hash, total, queued, succeeded, progress_sum, last_seq, created_at, started_at, finished_at)
      select gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, 'test', 'COMPLETED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, now(), 'f', 'r', 1, 0, 1, 100, 1,
        now(), now(), now() from generate_series(1, 20000)`);
    // Else the checks of the foreign keys below may be planned for the empty table of before: a scan of all jobs for every row.
    await database.db.execute(sql`analyze jobs`);
    await database.db.execute(sql`insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, phase, attempt, fence, started_at, finished_at)
      select id, 'T', workspace_id, kind, 'COMPLETED', 5, run_at, 100, 1, 1, now(), now() from jobs`);
    await database.db.execute(
      sql`insert into job_events (job_id, seq, type, progress) select id, 1, 'JOB_QUEUED', 0 from jobs`,
    );
    await database.db.execute(sql`vacuum analyze jobs, job_items`);
    const blocks = async (statement: SQL) => {
      const { rows } = await database.db.execute<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        sql`explain (analyze, buffers, format json) ${statement}`,
      );
      const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {};
      return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
    };
    expect(await blocks(backlogQuery(DEFAULT_WORKSPACE_ID))).toBeLessThan(100);
  });
});
