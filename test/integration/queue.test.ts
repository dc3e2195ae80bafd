import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access/access.ts';
import type { Hint } from '../../src/events/hint.ts';
import { listen } from '../../src/events/listener.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { pauseQueue, resumeQueue } from '../../src/jobs/pause-queue.ts';
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
  expect(await inconsistencies(database.db)).toEqual([]);
  await database.db.execute(sql`delete from jobs`);
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
      await pauseQueue(database.db, DEFAULT_WORKSPACE_ID, null);
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
    await work(
      testTask(async (ticker) => {
        if (ticker === 'GATE') await gate.promise;
        order.push(ticker);
      }),
      { capacity: 2 },
    );
    const large = await submit(database.db, ['GATE', ...Array.from({ length: 40 }, (_, i) => `L${i}`)], {
      priority: 9,
    });
    await eventually(async () => (await jobRow(database.db, large)).processing === 1);
    const before = order.length;
    const small = await submit(database.db, ['SMALL'], { workspaceId: other, priority: 0 });
    await eventually(() => endedJob(database.db, small));
    const position = order.indexOf('SMALL');
    gate.resolve();
    await eventually(() => endedJob(database.db, large));
    expect(order).toHaveLength(42);
    // What ran when it came, and at most one claim that was under way.
    expect(position).toBeLessThanOrEqual(before + 3);
  });
});
