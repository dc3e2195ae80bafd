import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../../src/access.ts';
import { ANALYSIS_KIND } from '../../../src/analyses/kind.ts';
import { resolveOptions } from '../../../src/analyses/options.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import { cancelJob } from '../../../src/jobs/cancel-job.ts';
import { claimItems } from '../../../src/jobs/claim-items.ts';
import { returnOrphans } from '../../../src/jobs/rescue-items.ts';
import { addToWatchlist } from '../../../src/watchlists/edit-watchlist.ts';
import { startAnalysisWorker } from '../../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  inconsistencies,
  jobRow,
  loseWorker,
  submit,
  type TestWorker,
} from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { refuseWrites } from '../../support/faults.ts';
import { silent } from '../../support/silent.ts';
import { countRows, snapshot } from '../../support/snapshot.ts';

const DEFAULT_WATCHLIST = '00000000-0000-7000-8000-000000000002';
const TICKERS = ['AAPL', 'MSFT', 'NOPE', 'NVDA'];
const options = resolveOptions({}, '2999-01-01');
let database: TestDatabase;
let worker: TestWorker | null = null;
let watching: { stop(): Promise<unknown[]> };

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await addToWatchlist({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, {
    id: DEFAULT_WATCHLIST,
    tickers: TICKERS,
    note: '',
  });
  watching = watch();
});
afterEach(async () => {
  await worker?.stop();
  worker = null;
  // Those of a test that failed before it lifted them.
  const left = await database.db.execute<{ statement: string }>(
    sql`select format('drop function %s cascade', oid::regprocedure) as statement from pg_proc where proname like 'refuse%'`,
  );
  for (const { statement } of left.rows) await database.db.execute(sql.raw(statement));
  expect(await watching.stop()).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

/** Looks all the time: at no moment may counters differ from items, or a job's state from what they say. */
function watch(): { stop(): Promise<unknown[]> } {
  let going = true;
  const looking = (async () => {
    const found: unknown[] = [];
    while (going) {
      found.push(...(await inconsistencies(database.db)));
      const { rows } = await database.db.execute(sql`
        select id, state from jobs where state <> case
          when queued = total and started_at is null then 'QUEUED' when queued + processing > 0 then 'PROCESSING'
          when cancelled > 0 then 'CANCELLED' when succeeded > 0 then 'COMPLETED' else 'FAILED' end`);
      found.push(...rows);
    }
    return [...found, ...(await inconsistencies(database.db))];
  })();
  return {
    stop() {
      going = false;
      return looking;
    },
  };
}

/** SAMPLE knows AAPL only: three items fail by themselves. */
const submitJob = (source = 'SAMPLE', tickers = TICKERS) =>
  submit(database.db, tickers, { kind: ANALYSIS_KIND, options, source, isDemo: source === 'DEMO' });

const tables = ['jobs', 'job_items', 'job_events', 'watchlist_tickers', 'watchlists'];
const results = ['analyses', 'analysis_details', 'latest_analyses'];

describe('12: a write that is refused for a while', () => {
  // Lock timeout, full disk, deadlock, a server that goes down.
  test.each(
    [...tables, ...results].map(
      (table, i) => [table, ['55P03', '53100', '40P01', '57P01'][i % 4] ?? ''] as const,
    ),
  )('of %s (SQLSTATE %s) is done again: the job ends as if nothing had been', async (table, sqlstate) => {
    const id = await submitJob();
    const fault = await refuseWrites(database.db, table, sqlstate, [1, 2, 4, 5, 7]);
    worker = await startAnalysisWorker(database);
    const job = await eventually(() => endedJob(database.db, id));
    expect(await fault.refused()).toBeGreaterThan(1);
    await fault.lift();
    expect(job).toMatchObject({ state: 'COMPLETED', succeeded: 1, failed: 3, progress_sum: 400 });
    expect(await countRows(database.db)).toMatchObject({
      analyses: 1,
      analysis_details: 1,
      latest_analyses: 1,
    });
    const { rows } = await database.db.execute(
      sql`select ticker, last_status from watchlist_tickers where last_job_id = ${id} order by ticker`,
    );
    expect(rows.map((row) => row.last_status)).toEqual(['COMPLETED', 'FAILED', 'FAILED', 'FAILED']);
  });
});

describe('12: a write that is refused for good', () => {
  test.each(results)('of %s fails the item that needs it, and says so', async (table) => {
    const id = await submitJob();
    const fault = await refuseWrites(database.db, table, '22003');
    worker = await startAnalysisWorker(database);
    const job = await eventually(() => endedJob(database.db, id));
    await fault.lift();
    expect(job).toMatchObject({ state: 'FAILED', succeeded: 0, failed: 4, progress_sum: 400 });
    const { rows } = await database.db.execute(
      sql`select error_code, error_message from job_items where job_id = ${id} and ticker = 'AAPL'`,
    );
    expect(rows).toEqual([
      { error_code: 'INTERNAL', error_message: expect.stringContaining('could not be stored') },
    ]);
    expect(await countRows(database.db)).toMatchObject({
      analyses: 0,
      analysis_details: 0,
      latest_analyses: 0,
    });
  });

  test('for one row fails that row’s item and none of those stored with it', async () => {
    await database.db.execute(sql`
      create function refuse_msft() returns trigger language plpgsql as $$ begin
        if new.ticker = 'MSFT' then raise exception 'injected fault' using errcode = '22003'; end if; return new; end $$`);
    await database.db.execute(
      sql`create trigger refuse_msft before insert on analyses for each row execute function refuse_msft()`,
    );
    // So many that its result is not stored alone, however slowly they come.
    const tickers = ['MSFT', ...Array.from({ length: 60 }, (_, i) => `T${i}`)].sort();
    const id = await submitJob('DEMO', tickers);
    worker = await startAnalysisWorker(database);
    const job = await eventually(() => endedJob(database.db, id));
    await database.db.execute(sql`drop trigger refuse_msft on analyses`);
    await database.db.execute(sql`drop function refuse_msft`);
    expect(job).toMatchObject({ state: 'COMPLETED', succeeded: 60, failed: 1 });
    const { rows } = await database.db.execute(sql`
      select i.ticker, i.state, a.ticker as result from job_items i left join analyses a on a.job_id = i.job_id and a.ticker = i.ticker
      where i.job_id = ${id} order by i.ticker`);
    expect(rows).toEqual(
      tickers.map((ticker) =>
        ticker === 'MSFT'
          ? { ticker, state: 'FAILED', result: null }
          : { ticker, state: 'COMPLETED', result: ticker },
      ),
    );
  });

  test.each(tables)(
    'of %s lets no job end wrongly; once it is taken back the job ends well',
    async (table) => {
      const id = await submitJob('DEMO');
      const fault = await refuseWrites(database.db, table, '22003');
      worker = await startAnalysisWorker(database);
      await eventually(async () => (await fault.refused()) > 2);
      expect(await jobRow(database.db, id)).toMatchObject({ succeeded: 0 });
      await fault.lift();
      const job = await eventually(() => endedJob(database.db, id));
      expect(job).toMatchObject({ state: 'COMPLETED', succeeded: 4 });
    },
  );

  test('of every event of an item lets none end while it lasts, not even badly; afterwards all do', async () => {
    await database.db.execute(sql`
      create function refuse_ends() returns trigger language plpgsql as $$ begin
        if starts_with(new.type, 'ITEM_') or new.type in ('JOB_COMPLETED', 'JOB_FAILED') then raise exception 'injected fault' using errcode = '22003'; end if; return new; end $$`);
    await database.db.execute(
      sql`create trigger refuse_ends before insert on job_events for each row execute function refuse_ends()`,
    );
    const id = await submitJob('DEMO');
    const began = database.statements.length;
    worker = await startAnalysisWorker(database);
    // Held, and its worker has given up saying anything of it: the next comparison gives it back.
    await eventually(async () => (await jobRow(database.db, id)).processing === 4);
    await eventually(
      async () =>
        database.statements.slice(began).filter((text) => text.includes('insertEvents')).length > 30,
    );
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'PROCESSING', succeeded: 0, failed: 0 });
    await database.db.execute(sql`drop trigger refuse_ends on job_events`);
    await database.db.execute(sql`drop function refuse_ends`);
    const job = await eventually(() => endedJob(database.db, id));
    const { rows } = await database.db.execute(
      sql`select distinct error_code from job_items where job_id = ${id} and state = 'FAILED'`,
    );
    // Whose result was refused in the last moment has failed by right.
    expect(rows.every((row) => row.error_code === 'INTERNAL')).toBe(true);
    expect(await countRows(database.db)).toMatchObject({
      analyses: job.succeeded,
      latest_analyses: job.succeeded,
    });
  });
});

describe('12: what is asked for between the steps is whole, too', () => {
  test.each(tables)(
    'a refused write of %s leaves a cancel and a rescue undone, and they can be repeated',
    async (table) => {
      const id = await submitJob();
      const [item] = await claimItems(database.db, silent, await deadWorker(database.db), [ANALYSIS_KIND], 1);
      if (item === undefined) throw new Error('nothing to claim');
      await loseWorker(database.db, item);
      const before = await snapshot(database.db);
      const fault = await refuseWrites(database.db, table, '22003');
      const cancel = () => cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, id);
      await expect(cancel()).rejects.toThrow();
      expect(await returnOrphans(database.db, silent)).toBe(0);
      expect(await fault.refused()).toBe(2);
      await fault.lift();
      expect(await snapshot(database.db)).toEqual(before);
      expect(await returnOrphans(database.db, silent)).toBe(1);
      expect(await cancel()).toMatchObject({ state: 'CANCELLED', cancelled: 4 });
    },
  );
});

describe('12: the table refuses', () => {
  test.each([
    ['counters that do not add up', 'update jobs set queued = queued - 1', 'jobs_counters_check'],
    [
      'an end while items wait',
      `update jobs set state = 'COMPLETED', started_at = clock_timestamp(), finished_at = clock_timestamp()`,
      'jobs_state_machine_check',
    ],
    [
      'an item that ended well without its phases',
      `update job_items set state = 'COMPLETED', started_at = clock_timestamp(), finished_at = clock_timestamp()`,
      'job_items_state_machine_check',
    ],
  ])('%s', async (_name, statement, constraint) => {
    await submitJob();
    expect(await database.db.execute(sql.raw(statement)).then(() => null, violatedConstraint)).toBe(
      constraint,
    );
  });
});
