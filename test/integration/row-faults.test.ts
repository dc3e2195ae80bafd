import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { LAST_CRASH } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { createExclusions, type Exclusions } from '../../src/jobs/halves.ts';
import { RETRY_LIMIT } from '../../src/jobs/job.ts';
import { promoteDueJobs } from '../../src/jobs/promote-jobs.ts';
import { repairDueTimes } from '../../src/jobs/repair-jobs.ts';
import { rescueItems } from '../../src/jobs/rescue-items.ts';
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
import { injectCuts } from '../support/faults.ts';
import { insertWorkspace } from '../support/insert-key.ts';
import { openSecondWorkspace } from '../support/second-workspace.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await restoreJobs();
  const found = await inconsistencies(database.db);
  await clearJobs(database.db);
  await database.db.execute(sql`delete from workers`);
  expect(found).toEqual([]);
});
afterAll(() => database.close());

const inAnHour = () => new Date(Date.now() + 3_600_000);

/** Makes updates of jobs fail on which `condition` is true. */
async function refuseJob(condition: string): Promise<void> {
  await database.db.execute(
    sql.raw(`create function refuse_job() returns trigger language plpgsql as $$ begin
      if ${condition} then raise check_violation; end if; return new; end $$;
      create trigger refuse_job before update on jobs for each row execute function refuse_job()`),
  );
}

/** The nth statement that updates jobs fails with the nth SQLSTATE; null: it succeeds, as do all after the last. */
async function refuseUpdates(codes: readonly (string | null)[]): Promise<void> {
  const cases = codes.map((code, i) => (code === null ? '' : `when ${i + 1} then '${code}'`)).join(' ');
  await database.db.execute(
    sql.raw(`create sequence job_updates;
      create function refuse_job() returns trigger language plpgsql as $$
      declare code text := case nextval('job_updates') ${cases} end; begin
      if code is not null then raise exception using errcode = code; end if; return null; end $$;
      create trigger refuse_job before update on jobs for each statement execute function refuse_job()`),
  );
}

const restoreJobs = () =>
  database.db.execute(
    sql.raw(`drop trigger if exists refuse_job on jobs; drop function if exists refuse_job;
      drop sequence if exists job_updates`),
  );

/** A job whose time has come and that nobody has promoted. */
async function dueJob(ticker: string): Promise<string> {
  const id = await submit(database.db, [ticker], { runAt: inAnHour() });
  await database.db.execute(sql`update job_items set run_at = clock_timestamp() where job_id = ${id}`);
  await database.db.execute(sql`update jobs set due_at = clock_timestamp() where id = ${id}`);
  return id;
}

test('a due job on which the promotion fails stops no claim, and the other due jobs run', async () => {
  const { db, url } = database;
  const broken = await dueJob('BROKEN');
  await refuseJob(`new.id = '${broken}' and new.claimable and not old.claimable`);
  const due = [await dueJob('DUE-1'), await dueJob('DUE-2')];
  const worker = await startWorker(
    url,
    db,
    testTask(() => Promise.resolve()),
  );
  try {
    const beside = await openSecondWorkspace(db);
    await beside.complete();
    const claimable = await submit(db, ['NOW']);
    for (const id of [claimable, ...due])
      expect(await eventually(() => endedJob(db, id))).toMatchObject({ state: 'COMPLETED' });
    expect(await jobRow(db, broken)).toMatchObject({ state: 'QUEUED', claimable: false });
    await restoreJobs();
    expect(await eventually(() => endedJob(db, broken), 30_000)).toMatchObject({ state: 'COMPLETED' });
    await beside.expectUnchanged();
  } finally {
    await worker.stop();
  }
}, 60_000);

test('an item whose kind has no task fails alone, and its worker goes on', async () => {
  const { db, url } = database;
  const odd = await submit(db, ['ODD', 'EVEN']);
  await db.execute(sql`update job_items set kind = 'NOPE', failures = ${RETRY_LIMIT} where ticker = 'ODD'`);
  const worker = await startWorker(
    url,
    db,
    testTask(() => Promise.resolve()),
  );
  try {
    const beside = await openSecondWorkspace(db);
    await beside.complete();
    expect(await eventually(() => endedJob(db, odd))).toMatchObject({ succeeded: 1, failed: 1 });
    const { rows } = await db.execute(
      sql`select state, error_code, crashes from job_items where ticker = 'ODD'`,
    );
    expect(rows).toEqual([{ state: 'FAILED', error_code: 'INTERNAL', crashes: 0 }]);
    const next = await submit(db, ['NEXT']);
    expect(await eventually(() => endedJob(db, next))).toMatchObject({ state: 'COMPLETED' });
    await beside.expectUnchanged();
  } finally {
    await worker.stop();
  }
}, 60_000);

test('a job that counts more queued items than it has is reported once and then left out for longer and longer', async () => {
  const { db } = database;
  const id = await submit(db, ['A']);
  await db.execute(
    sql`update job_items set state = 'COMPLETED', phase = 100, started_at = clock_timestamp(), finished_at = clock_timestamp()`,
  );
  await db.execute(sql`update jobs set claimable = false, due_at = null where id = ${id}`);
  let now = 0;
  const exclusions = createExclusions(() => now);
  const found = [];
  for (now = 0; now < 60_000; now += 2_000) found.push(await repairDueTimes(db, silent, exclusions));
  // At 0, 2, 6, 14 and 30 s.
  expect(found.flatMap((count, i) => (count > 0 ? [2 * i] : []))).toEqual([0, 2, 6, 14, 30]);
  // It stays inconsistent: nobody knows which of its numbers is wrong.
  await clearJobs(db);
});

const stored = (id: string) => sql`select state from workers where id = ${id}`;
const isQueued = (id: string) => eventually(async () => (await jobRow(database.db, id)).queued === 1, 20_000);

test('a job on which a repair fails stops neither the detection of lost workers, nor the rescue, nor other repairs', async () => {
  const { db } = database;
  const broken = await submit(db, ['BROKEN']);
  const undated = await submit(db, ['UNDATED']);
  await db.execute(sql`update jobs set claimable = false, due_at = null where id in (${broken}, ${undated})`);
  await refuseJob(`new.id = '${broken}'`);
  // Of another workspace, which the failing repair must not keep from its rescue.
  const held = await submit(db, ['HELD'], { workspaceId: await insertWorkspace(db) });
  const worker = await deadWorker(db);
  expect(await claimItems(db, silent, worker, [KIND], 1)).toHaveLength(1);
  const rescuer = rescueItems({ db, leaseMs: 10_000, log: silent });
  try {
    await isQueued(held);
    expect((await db.execute(stored(worker))).rows).toEqual([{ state: 'LOST' }]);
    await eventually(async () => (await jobRow(db, undated)).claimable, 20_000);
    await restoreJobs();
    await eventually(async () => (await jobRow(db, broken)).claimable, 20_000);
  } finally {
    await rescuer.stop();
  }
}, 60_000);

test.each(['listUndatedJobs', 'pruneWorkers', 'listOrphanedJobs'])(
  'a rescuer whose statement %s always fails still finds lost workers',
  async (statement) => {
    const { url, db } = database;
    const faulty = openDatabase({ url, max: 2, applicationName: 'faulty', log: silent });
    injectCuts(faulty.db, (text) => (text.includes(statement) ? 'BEFORE' : null));
    const worker = await deadWorker(db);
    const rescuer = rescueItems({ db: faulty.db, leaseMs: 10_000, log: silent });
    try {
      await eventually(async () => (await db.execute(stored(worker))).rows[0]?.state === 'LOST', 20_000);
    } finally {
      await rescuer.stop();
      await faulty.close();
    }
  },
  60_000,
);

test.each([
  [
    'a claim',
    (left: Exclusions) =>
      deadWorker(database.db).then((worker) =>
        claimItems(database.db, silent, worker, [KIND], 8, { exclusions: left }),
      ),
  ],
  ['a promotion', (left: Exclusions) => promoteDueJobs(database.db, silent, left)],
  ['a repair', (left: Exclusions) => repairDueTimes(database.db, silent, left)],
] as const)(
  '%s that meets the schema of another version fails as a whole and leaves no job out',
  async (_, step) => {
    const { db } = database;
    await submit(db, ['NOW']);
    const due = await dueJob('DUE');
    const undated = await submit(db, ['UNDATED']);
    await db.execute(sql`update jobs set claimable = false, due_at = null where id = ${undated}`);
    await refuseUpdates(Array.from({ length: 8 }, () => '42703'));
    const exclusions = createExclusions(() => performance.now());
    await expect(step(exclusions)).rejects.toThrow();
    expect(exclusions.ids()).toEqual([]);
    await restoreJobs();
    await repairDueTimes(db, silent, exclusions);
    await promoteDueJobs(db, silent, exclusions);
    for (const id of [due, undated]) expect(await jobRow(db, id)).toMatchObject({ claimable: true });
  },
);

test('items that a part of a claim has claimed are returned when a later part fails for a reason that passes', async () => {
  const { db } = database;
  const ids = [];
  for (const ticker of ['A', 'B', 'C', 'D']) ids.push(await submit(db, [ticker]));
  // All four fail twice for a reason that would come again, the first two succeed, and the last two fail for one that passes.
  await refuseUpdates(['23514', '23514', null, '55P03']);
  const items = await claimItems(db, silent, await deadWorker(db), [KIND], 8);
  expect(items.map(({ jobId }) => jobId).sort()).toEqual(ids.slice(0, 2));
});

test.each([
  { crashes: [LAST_CRASH, LAST_CRASH], claimed: [0] },
  { crashes: [0, LAST_CRASH, LAST_CRASH], claimed: [0] },
  { crashes: [1, 0], claimed: [0] },
  { crashes: [0, 1], claimed: [0, 1] },
])(
  'a claim in parts of items with $crashes deaths holds no more of them than a whole claim may',
  async ({ crashes, claimed }) => {
    const { db } = database;
    const ids: string[] = [];
    for (const [i, count] of crashes.entries()) {
      const id = await submit(db, [`T${i}`]);
      ids.push(id);
      await db.execute(sql`update job_items set crashes = ${count} where job_id = ${id}`);
    }
    await refuseUpdates(['23514', '23514']);
    try {
      const items = await claimItems(db, silent, await deadWorker(db), [KIND], 8);
      expect(items.map(({ jobId }) => ids.indexOf(jobId))).toEqual(claimed);
    } finally {
      await restoreJobs();
    }
  },
);

test('a claim reports an empty queue when no job is claimable, and not when it has given up looking', async () => {
  const { db } = database;
  let emptied = 0;
  const worker = await deadWorker(db);
  const onEmptied = () => {
    emptied += 1;
  };
  const claim = () => claimItems(db, silent, worker, [KIND], 1, { suspects: false, onEmptied });
  expect(await claim()).toEqual([]);
  expect(emptied).toBe(1);
  for (let i = 0; i < 6; i += 1) await submit(db, ['ALONE']);
  await db.execute(sql`update job_items set crashes = ${LAST_CRASH}`);
  await submit(db, ['AAPL']);
  expect(await claim()).toEqual([]);
  expect(emptied).toBe(1);
});
