import { graphql } from 'graphql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { ItemError } from '../../src/errors.ts';
import { createHub } from '../../src/events/hub.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { createWaitingJobs } from '../../src/jobs/explain-waiting.ts';
import { pauseQueue, resumeQueue } from '../../src/jobs/pause-queue.ts';
import { schema } from '../../src/main/schema.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { KIND, startWorker, submit, type TestWorker, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
const workers: TestWorker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterEach(async () => {
  await resumeQueue(database.db, silent, DEFAULT_WORKSPACE_ID, null);
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  await database.db.execute(sql`delete from jobs`);
  await database.db.execute(sql`delete from workers`);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

async function work(task = testTask(() => Promise.resolve()), options = {}): Promise<TestWorker> {
  const worker = await startWorker(database.url, database.db, task, options);
  workers.push(worker);
  return worker;
}

interface Seen {
  readonly state: string;
  readonly waiting: {
    readonly reason: string;
    readonly since: string;
    readonly estimatedStartAt: string | null;
  } | null;
}
const fields = '{ state waiting { reason since estimatedStartAt } }';
const ask = (id: string) => api.one<Seen>(`query($id: ID!) { job(id: $id) ${fields} }`, { id: jobGid(id) });

/** The messages of `jobProgress` up to one that passes, which is the answer; one that is forbidden must not come before it. */
async function seen(
  stream: AsyncGenerator<Seen>,
  passes: (seen: Seen) => boolean,
  forbidden?: string,
): Promise<Seen> {
  for (;;) {
    const { value } = await stream.next();
    if (value === undefined) throw new Error('the subscription ended before');
    if (passes(value)) return value;
    expect(value.waiting?.reason ?? 'NONE').not.toBe(forbidden);
  }
}
const because = (reason: string) => (message: Seen) => message.waiting?.reason === reason;
const ended = (message: Seen) => message.state === 'COMPLETED';
const progress = (id: string) =>
  api.follow<Seen>(`subscription($id: ID!) { jobProgress(id: $id) ${fields} }`, { id: jobGid(id) });
const millis = (text: string | null | undefined) => new Date(text ?? Number.NaN).getTime();

/** A gate that holds items until it is opened, and tells when the first has come. */
function gate() {
  const { promise, resolve: open } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const task = testTask(async () => {
    reach();
    await promise;
  });
  return { task, open, reached };
}

describe('a job tells why it waits, in a query and pushed to its subscribers:', () => {
  test('NO_WORKER, until one comes', async () => {
    const id = await submit(database.db, ['A']);
    const stream = progress(id);
    expect((await stream.next()).value).toMatchObject({ state: 'QUEUED', waiting: null });
    const { waiting } = await seen(stream, because('NO_WORKER'));
    expect(waiting?.estimatedStartAt).toBeNull();
    expect(await ask(id)).toMatchObject({ waiting });
    await work();
    expect(await seen(stream, ended)).toMatchObject({ waiting: null });
  });

  test('NO_WORKER, while there are only workers of other kinds, draining or killed ones', async () => {
    await work({ ...testTask(() => Promise.resolve()), kind: 'other' });
    await database.db.execute(sql`insert into workers (id, name, version, state, capacity, kinds, lock_key) values
      (${crypto.randomUUID()}, 'killed', '0', 'ALIVE', 8, ${`{${KIND}}`}, 12345), (${crypto.randomUUID()}, 'draining', '0', 'DRAINING', 8, ${`{${KIND}}`}, 12346)`);
    const id = await submit(database.db, ['A']);
    await seen(progress(id), because('NO_WORKER'), 'WORKERS_BUSY');
  });

  test('NO_WORKER, when the last worker was killed in the middle of an item', async () => {
    const id = await submit(database.db, ['A']);
    const killed = crypto.randomUUID();
    await database.db.execute(sql`insert into workers (id, name, version, state, capacity, kinds, lock_key, heartbeat_at)
      values (${killed}, 'killed', '0', 'ALIVE', 8, ${`{${KIND}}`}, 12345, clock_timestamp() - interval '2 seconds')`);
    expect(await claimItems(database.db, silent, killed, [KIND], 1)).toHaveLength(1);
    const message = await seen(progress(id), because('NO_WORKER'), 'WORKERS_BUSY');
    expect(message).toMatchObject({ state: 'PROCESSING' });
  });

  test('WORKERS_BUSY, of a running job whose rest waits, with an estimate by the measured pace', async () => {
    const { task, open, reached } = gate();
    await work(task, { capacity: 1, finishedPerMinute: () => 60 });
    const first = await submit(database.db, ['A', 'B', 'C'], { priority: 6 });
    await reached;
    const second = await submit(database.db, ['D']);
    // The pace is told with the next heartbeat.
    await eventually(async () => {
      const { rows } = await database.db.execute(sql`select from workers where finished_per_minute = 60`);
      return rows.length === 1;
    });
    const stream = progress(second);
    const { waiting } = await seen(stream, because('WORKERS_BUSY'));
    // B and C are ahead of D: a second for each of the three.
    const inMs = millis(waiting?.estimatedStartAt) - Date.now();
    expect(inMs).toBeGreaterThan(1_500);
    expect(inMs).toBeLessThan(3_100);
    expect(await seen(progress(first), because('WORKERS_BUSY'))).toMatchObject({ state: 'PROCESSING' });
    open();
    expect(await seen(stream, ended)).toMatchObject({ waiting: null });
  });

  test('SCHEDULED, until runAt', async () => {
    await work();
    const runAt = new Date(Date.now() + 2_500);
    const id = await submit(database.db, ['A'], { runAt });
    const stream = progress(id);
    const { waiting } = await seen(stream, because('SCHEDULED'));
    expect(millis(waiting?.estimatedStartAt)).toBe(runAt.getTime());
    expect(await seen(stream, ended)).toMatchObject({ waiting: null });
  });

  test('RETRY_BACKOFF, while the other items go on', async () => {
    const { promise, resolve: open } = Promise.withResolvers<void>();
    await work(
      testTask(async (ticker, attempt) => {
        if (ticker === 'SLOW') await promise;
        else if (attempt === 1) throw new ItemError('SOURCE_UNAVAILABLE', 'down', { retryAfterMs: 3_000 });
      }),
    );
    const id = await submit(database.db, ['A', 'SLOW']);
    const stream = progress(id);
    const { waiting, state } = await seen(stream, because('RETRY_BACKOFF'));
    const { rows } = await database.db.execute<{ started: string }>(
      sql`select started_at as started from job_items where job_id = ${id} and ticker = 'A'`,
    );
    // It waits since its try failed, not since it was submitted.
    expect(millis(waiting?.since)).toBeGreaterThanOrEqual(millis(rows[0]?.started));
    expect(state).toBe('PROCESSING');
    expect(millis(waiting?.estimatedStartAt) - millis(waiting?.since)).toBeGreaterThanOrEqual(2_900);
    // The end of the back-off is pushed although the item that runs moves no seq.
    await seen(stream, (message) => message.waiting === null);
    open();
    await seen(stream, ended);
  });

  test('RATE_LIMITED, when the source asked for a pause', async () => {
    await work(
      testTask((_ticker, attempt) =>
        attempt === 1
          ? Promise.reject(new ItemError('RATE_LIMITED', 'slow down', { retryAfterMs: 2_000 }))
          : Promise.resolve(),
      ),
    );
    const id = await submit(database.db, ['A']);
    const stream = progress(id);
    const { waiting } = await seen(stream, because('RATE_LIMITED'));
    expect(millis(waiting?.estimatedStartAt) - millis(waiting?.since)).toBeGreaterThanOrEqual(1_900);
    await seen(stream, ended);
  });

  test('PAUSED, which is pushed when the queue is paused and when it is opened', async () => {
    const id = await submit(database.db, ['A']);
    const stream = progress(id);
    await seen(stream, because('NO_WORKER'));
    const { pausedAt } = await pauseQueue(database.db, silent, DEFAULT_WORKSPACE_ID, null);
    const { waiting } = await seen(stream, because('PAUSED'));
    expect(waiting).toEqual({ reason: 'PAUSED', since: pausedAt?.toISOString(), estimatedStartAt: null });
    await resumeQueue(database.db, silent, DEFAULT_WORKSPACE_ID, null);
    await seen(stream, because('NO_WORKER'));
    await work();
    await seen(stream, ended);
  });
});

describe('the cost', () => {
  test('of a page of waiting jobs is one statement for all of them', async () => {
    for (let i = 0; i < 20; i += 1)
      await submit(database.db, [`T${i}`], { runAt: new Date(Date.now() + 60_000) });
    const hub = createHub({ db: database.db, log: silent });
    const waitingJobs = createWaitingJobs({ db: database.db, hub, log: silent, leaseMs: 10_000 });
    const before = database.statements.length;
    const { data, errors } = await graphql({
      schema,
      source: `{ jobs(first: 20) { edges { node ${fields} } } }`,
      contextValue: { db: database.db, waitingJobs, access: { workspaceId: DEFAULT_WORKSPACE_ID } },
    });
    expect(errors).toBeUndefined();
    const edges = (data as unknown as { jobs: { edges: { node: Seen }[] } }).jobs.edges;
    expect(edges.map(({ node }) => node.waiting?.reason)).toEqual(Array(20).fill('SCHEDULED'));
    const statements = database.statements.slice(before);
    expect(statements).toHaveLength(2);
    expect(statements[1]).toContain('listWaitingFacts');
    await waitingJobs.close();
    await hub.close();
  });

  test('is nothing for a job that has ended', async () => {
    const id = await submit(database.db, ['A']);
    await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id);
    expect(await ask(id)).toEqual({ state: 'CANCELLED', waiting: null });
  });
});
