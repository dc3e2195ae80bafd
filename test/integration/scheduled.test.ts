import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import type { Executor, Tx } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import {
  type ClaimedItem,
  claimItems as claimStatement,
  lockClaimableJobs,
} from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { promoteDueOfEach, promoteFirstDue } from '../../src/jobs/due.store.ts';
import { flushSteps, type Step } from '../../src/jobs/flush-steps.ts';
import { promoteDueJobs } from '../../src/jobs/promote-jobs.ts';
import { awaitClaims, measureBacklog, measureQueues } from '../../src/jobs/queue.store.ts';
import { rescueItems } from '../../src/jobs/rescue-items.ts';
import { TURN } from '../../src/jobs/turns.ts';
import { listPlaces, listWaitingFacts } from '../../src/jobs/waiting.store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  inconsistencies,
  jobRow,
  KIND,
  startWorker,
  submit,
  testTask,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
const other = crypto.randomUUID();

beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(sql`insert into workspaces (id, name) values (${other}, 'other')`);
});
afterEach(async () => {
  const found = await inconsistencies(database.db);
  await clearJobs(database.db);
  expect(found).toEqual([]);
});
afterAll(() => database.close());

const inMs = (ms: number) => new Date(Date.now() + ms);
const claim = async (places: number, worker?: string) =>
  claimItems(database.db, silent, worker ?? (await deadWorker(database.db)), [KIND], places);
const tasks = new Map([[KIND, testTask(() => Promise.resolve())]]);
const record = (item: ClaimedItem, step: Step) => flushSteps(database.db, tasks, [{ item, steps: [step] }]);
const failed = (delayMs: number): Step => ({
  type: 'RETRYING',
  code: 'SOURCE_TIMEOUT',
  message: 'slow',
  delayMs,
});
const done: Step = { type: 'COMPLETED', finished: { result: null, facts: {} } };

/** Copies a job and its items this often. */
async function copy(id: string, times: number): Promise<void> {
  await database.db.execute(sql`
    with copies as (
      insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, claimable, due_at, turn_at,
        fingerprint, request_hash, total, queued, last_seq)
      select gen_random_uuid(), workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, claimable, due_at, turn_at,
        fingerprint, request_hash, total, queued, last_seq from jobs, generate_series(1, ${times}) where id = ${id} returning id
    ), log as (insert into job_events (job_id, seq, type, progress) select id, 1, 'JOB_QUEUED', 0 from copies)
    insert into job_items (job_id, ticker, workspace_id, kind, priority, run_at)
    select c.id, i.ticker, i.workspace_id, i.kind, i.priority, i.run_at from copies c, job_items i where i.job_id = ${id}`);
}

describe('a job whose time has not come', () => {
  test('is outside the index of claims until it is promoted', async () => {
    const id = await submit(database.db, ['A', 'B'], { runAt: inMs(3_600_000) });
    expect(await jobRow(database.db, id)).toMatchObject({ claimable: false });
    expect(await claim(8)).toEqual([]);
    await database.db.execute(sql`update jobs set run_at = now(), due_at = now() where id = ${id}`);
    await database.db.execute(sql`update job_items set run_at = now() where job_id = ${id}`);
    expect(await claim(8)).toEqual([]);
    await promoteDueJobs(database.db, silent);
    expect(await jobRow(database.db, id)).toMatchObject({ claimable: true });
    expect(await claim(8)).toHaveLength(2);
    expect(await jobRow(database.db, id)).toMatchObject({ claimable: false, due_at: null });
  });

  test('is started at its time by a worker that knows of it, long before the next poll', async () => {
    const known = await submit(database.db, ['A'], { runAt: inMs(1_000) });
    const worker = await startWorker(
      database.url,
      database.db,
      testTask(() => Promise.resolve()),
      {
        pollMs: 3_600_000,
      },
    );
    try {
      await eventually(() => endedJob(database.db, known));
      const submitted = await submit(database.db, ['B'], { runAt: inMs(500) });
      worker.runner.hear([{ about: 'work', id: submitted, at: 500 }]);
      const ended = await eventually(() => endedJob(database.db, submitted));
      expect(Number(new Date(String(ended.started_at)))).toBeGreaterThanOrEqual(
        Number(new Date(String(ended.run_at))),
      );
    } finally {
      await worker.stop();
    }
  });

  test('makes its workers wait for the first due item, also when items are retried or returned', async () => {
    const id = await submit(database.db, ['A', 'B', 'C']);
    const [a, b, c] = await claim(3);
    if (a === undefined || b === undefined || c === undefined) throw new Error('three items were queued');
    await record(a, failed(7_200_000));
    await record(b, failed(3_600_000));
    const waiting = await jobRow(database.db, id);
    const { rows } = await database.db.execute<{ first: string }>(
      sql`select run_at as first from job_items where job_id = ${id} and ticker = ${b.ticker}`,
    );
    expect(waiting).toMatchObject({ state: 'PROCESSING', claimable: false, due_at: rows[0]?.first });
    expect(await claim(8)).toEqual([]);
    await record(c, { type: 'RETURNED', reason: 'SHUTDOWN' });
    expect(await jobRow(database.db, id)).toMatchObject({ claimable: true });
    expect((await claim(8)).map(({ ticker }) => ticker)).toEqual([c.ticker]);
    expect(await jobRow(database.db, id)).toMatchObject({ claimable: false, due_at: rows[0]?.first });
  });

  test('and a job for a time that has passed stand behind the jobs that were submitted before them', async () => {
    const first = await submit(database.db, ['A']);
    const past = await submit(database.db, ['B'], { runAt: inMs(-365 * 86_400_000) });
    await submit(database.db, ['C'], { runAt: inMs(3_600_000) });
    const { now, oldestSince } = await measureBacklog(database.db, DEFAULT_WORKSPACE_ID);
    expect(now.getTime() - (oldestSince?.getTime() ?? 0)).toBeLessThan(60_000);
    expect((await claim(1)).map(({ jobId }) => jobId)).toEqual([first]);
    expect((await claim(1)).map(({ jobId }) => jobId)).toEqual([past]);
  });

  test('is promoted by the next flush of its other items when its row was locked', async () => {
    const id = await submit(database.db, ['A', 'B']);
    const [a, b] = await claim(2);
    if (a === undefined || b === undefined) throw new Error('two items were queued');
    await record(a, failed(3_600_000));
    await database.db.execute(sql`update job_items set run_at = now() where job_id = ${id}`);
    await database.db.execute(sql`update jobs set due_at = now() where id = ${id}`);
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`select from jobs where id = ${id} for update`);
      expect(await promoteFirstDue(database.db, 10)).toEqual({ count: 0, jobId: null, nextInMs: 0 });
    });
    await record(b, done);
    expect(await jobRow(database.db, id)).toMatchObject({ claimable: true });
    expect(await claim(8)).toHaveLength(1);
  });

  test('does not wait behind the due jobs of another workspace, which are promoted in batches', async () => {
    const first = await submit(database.db, ['A'], { runAt: inMs(3_600_000) });
    await copy(first, 1_200);
    await database.db.execute(sql`update job_items set run_at = now() - interval '1 hour'`);
    await database.db.execute(
      sql`update jobs set run_at = now() - interval '1 hour', due_at = now() - interval '1 hour'`,
    );
    const theirs = await submit(database.db, ['B'], { workspaceId: other, runAt: inMs(1) });
    await eventually(async () => {
      const { rows } = await database.db.execute(
        sql`select from jobs where id = ${theirs} and due_at < now()`,
      );
      return rows.length === 1;
    });
    await database.db.execute(sql`update jobs set claimable = false where id = ${theirs}`);
    expect(await promoteDueJobs(database.db, silent)).toBe(0);
    expect(await jobRow(database.db, theirs)).toMatchObject({ claimable: true });
    const left = async () =>
      (await database.db.execute(sql`select from jobs where not claimable`)).rows.length;
    expect(await left()).toBeGreaterThan(500);
    while ((await promoteDueJobs(database.db, silent)) === 0);
    expect(await left()).toBe(0);
  });
});

/** How many rows of tables the statements of `work` read. The transaction is rolled back. */
async function rowsRead(work: (tx: Tx) => Promise<unknown>): Promise<number> {
  const count = async (tx: Executor) => {
    const { rows } = await tx.execute<{ n: number }>(
      sql`select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int as n from pg_stat_xact_user_tables`,
    );
    return rows[0]?.n ?? 0;
  };
  const read = { rows: Number.NaN };
  const undo = new Error('undo');
  await database.db
    .transaction(async (tx) => {
      const before = await count(tx);
      await work(tx);
      read.rows = (await count(tx)) - before;
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return read.rows;
}

test('claims, promotion, depth and reasons do not read what is not due, however much that is', async () => {
  const later = await submit(database.db, ['A', 'B'], { runAt: inMs(3_600_000) });
  await copy(later, 3_000);
  // A job that has started and whose items wait for their next attempt.
  const retried = await submit(database.db, ['RUNS', ...Array.from({ length: 4_000 }, (_, i) => `R${i}`)]);
  await database.db.execute(sql`update job_items set run_at = now() + interval '1 hour', failures = 1, error_code = 'SOURCE_TIMEOUT',
    error_message = 'slow' where job_id = ${retried} and ticker <> 'RUNS'`);
  await database.db.execute(sql`vacuum analyze jobs, job_items`);
  const worker = await deadWorker(database.db);
  const wanted = { workerId: worker, kinds: [KIND], limit: 16, suspects: true };
  const claimedIn = (id: string) => async (tx: Tx) => {
    const { jobs } = await lockClaimableJobs(tx, wanted);
    expect(jobs.map((job) => job.id)).toEqual([id]);
    const shares = jobs.map(({ workspaceId }) => ({ id, workspaceId, items: 16 }));
    expect((await claimStatement(tx, jobs, shares, wanted)).items).toHaveLength(1);
  };
  expect(await rowsRead(claimedIn(retried))).toBeLessThan(30);
  expect(await claim(16, worker)).toHaveLength(1);
  expect(await jobRow(database.db, retried)).toMatchObject({
    state: 'PROCESSING',
    claimable: false,
    queued: 4_000,
  });
  const theirs = await submit(database.db, ['T'], { workspaceId: other });
  await database.db.execute(sql`vacuum analyze jobs, job_items`);
  expect(await rowsRead(claimedIn(theirs))).toBeLessThan(30);
  expect(await rowsRead((tx) => promoteFirstDue(tx, 500))).toBeLessThan(10);
  expect(await rowsRead((tx) => promoteDueOfEach(tx, 50))).toBeLessThan(10);
  expect(await rowsRead((tx) => measureQueues(tx, 10_000))).toBeLessThan(3_050);
  expect(await rowsRead((tx) => listPlaces(tx, [theirs, later]))).toBeLessThan(20);
  expect(await rowsRead((tx) => listWaitingFacts(tx, [retried, later, theirs], 10_000))).toBeLessThan(50);
  const backlog = await measureBacklog(database.db, DEFAULT_WORKSPACE_ID);
  expect(backlog).toMatchObject({ oldestSince: null, itemsQueued: 6_002 + 4_000, complete: true });
  expect(backlog.later.toSorted((a, b) => a.items - b.items)).toEqual([
    { kind: KIND, failures: 1, errorCode: 'SOURCE_TIMEOUT', items: 4_000 },
    { kind: KIND, failures: 0, errorCode: null, items: 6_002 },
  ]);
}, 60_000);

describe('jobs of one workspace and priority', () => {
  const many = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  const countsOf = (items: readonly ClaimedItem[]) =>
    Object.fromEntries([...Map.groupBy(items, ({ jobId }) => jobId)].map(([id, own]) => [id, own.length]));

  test('one ticker behind a running job of 2,000 is in the next claim', async () => {
    const large = await submit(database.db, many('L', 2_000));
    expect(await claim(16)).toHaveLength(16);
    const small = await submit(database.db, ['S']);
    expect(countsOf(await claim(16))).toEqual({ [large]: 15, [small]: 1 });
  });

  test('one ticker behind forty running jobs of 100 is in the next claim', async () => {
    for (let i = 0; i < 40; i += 1) await submit(database.db, many('L', 100));
    await claim(16);
    const small = await submit(database.db, ['S']);
    expect(countsOf(await claim(16))).toMatchObject({ [small]: 1 });
  });

  test('forty jobs of 100 have each been claimed from after twenty claims of 16', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 40; i += 1) ids.push(await submit(database.db, many('L', 100)));
    const worker = await deadWorker(database.db);
    const claimed: ClaimedItem[] = [];
    for (let i = 0; i < 20; i += 1) claimed.push(...(await claim(16, worker)));
    expect(countsOf(claimed)).toEqual(Object.fromEntries(ids.map((id) => [id, TURN])));
  });

  test('a large job is claimed from while small ones come in without end', async () => {
    const large = await submit(database.db, many('L', 2_000));
    const worker = await deadWorker(database.db);
    const counts: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      for (let i = 0; i < 20; i += 1) await submit(database.db, [`S${i}`]);
      counts.push(countsOf(await claim(16, worker))[large] ?? 0);
      // As though the rounds were four seconds apart.
      await database.db.execute(sql`update jobs set turn_at = turn_at - interval '4 seconds'`);
    }
    // The small ones have a head start of ten seconds.
    expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(1);
    expect(counts.slice(0, 2)).toEqual([0, 0]);
  });
});

test('the migration finds which jobs are due, of rows of the version before', async () => {
  const migrated = await createTestDatabase();
  try {
    const now = await submit(migrated.db, ['A', 'B']);
    const later = await submit(migrated.db, ['A'], { runAt: inMs(3_600_000) });
    const retried = await submit(migrated.db, ['A', 'B']);
    const worker = await deadWorker(migrated.db);
    const started = await submit(migrated.db, ['A'], { priority: 9 });
    expect(await claimItems(migrated.db, silent, worker, [KIND], 1)).toMatchObject([{ jobId: started }]);
    await migrated.db.execute(
      sql`update job_items set run_at = now() + interval '1 hour' where job_id = ${retried} and ticker = 'A'`,
    );
    await migrated.db.execute(
      sql`update job_items set run_at = now() + interval '2 hours' where job_id = ${retried} and ticker = 'B'`,
    );
    await migrated.db.execute(
      sql`alter table jobs drop column claimable, drop column due_at, drop column turn_at`,
    );
    await migrated.db.execute(
      sql`create index job_items_claim_idx on job_items (workspace_id) where state = 'QUEUED'`,
    );
    for (const name of ['0026_promote_due_jobs', '0027_index_due_jobs']) {
      const text = readFileSync(new URL(`../../drizzle/${name}.sql`, import.meta.url), 'utf8');
      for (const statement of text.split('--> statement-breakpoint'))
        await migrated.db.execute(sql.raw(statement));
    }
    expect(await inconsistencies(migrated.db)).toEqual([]);
    const { rows } = await migrated.db.execute<{ id: string; claimable: boolean; exact: boolean }>(sql`
      select id, claimable, due_at is not distinct from (select min(run_at) from job_items where job_id = jobs.id and state = 'QUEUED') as exact
      from jobs`);
    expect(Object.fromEntries(rows.map(({ id, claimable }) => [id, claimable]))).toEqual({
      [now]: true,
      [later]: false,
      [retried]: false,
      [started]: false,
    });
    expect(rows.every(({ exact }) => exact)).toBe(true);
    expect(await claimItems(migrated.db, silent, worker, [KIND], 8)).toHaveLength(2);
  } finally {
    await migrated.close();
  }
});

test('a pause locks the jobs that have due items, and none of 5,000 scheduled ones', async () => {
  const { db } = database;
  const due = await submit(db, ['A']);
  await copy(await submit(db, ['A'], { runAt: inMs(3_600_000) }), 4_999);
  const locked = await db.transaction(async (tx) => {
    await awaitClaims(tx, DEFAULT_WORKSPACE_ID);
    const { rows } = await tx.execute<{ id: string }>(
      sql`select id from jobs where xmax = pg_current_xact_id()::xid`,
    );
    return rows.map(({ id }) => id);
  });
  expect(locked).toEqual([due]);
});

test('a job with queued items that is in no index of claims or due times is repaired and run', async () => {
  const { db } = database;
  const rescuer = rescueItems({ db, leaseMs: 6_000, log: silent });
  const worker = await startWorker(
    database.url,
    db,
    testTask(() => Promise.resolve()),
  );
  const started = await submit(db, ['A', 'B'], { runAt: inMs(3_600_000) });
  const later = await submit(db, ['C'], { runAt: inMs(3_600_000) });
  // What a process of the version before 0026 writes when it returns items: it does not know these columns.
  await db.execute(sql`update job_items set run_at = clock_timestamp() where job_id = ${started}`);
  await db.execute(sql`update jobs set claimable = false, due_at = null where id in (${started}, ${later})`);
  expect(await eventually(() => endedJob(db, started))).toMatchObject({ state: 'COMPLETED' });
  expect(await jobRow(db, later)).toMatchObject({ state: 'QUEUED', claimable: false });
  expect((await jobRow(db, later)).due_at).not.toBeNull();
  await rescuer.stop();
  await worker.stop();
});

test('the repair of jobs without a due time reads what it repairs, not the jobs that have one', async () => {
  const { db } = database;
  await copy(await submit(db, ['A'], { runAt: inMs(3_600_000) }), 2_000);
  await db.execute(sql`analyze jobs`);
  const { rows } = await db.execute<{ 'QUERY PLAN': string }>(sql`explain select j.id from jobs j
    where j.queued > 0 and not j.claimable and j.due_at is null and j.state in ('QUEUED', 'PROCESSING') order by j.id limit 100`);
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('jobs_undated_idx');
});
