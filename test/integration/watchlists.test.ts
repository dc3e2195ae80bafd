import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import type { Tx } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { LimitExceededError, NotFoundError } from '../../src/errors.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { listJobsByIds } from '../../src/jobs/job.store.ts';
import { retryJob } from '../../src/jobs/retry-job.ts';
import { updateWatchlists } from '../../src/jobs/update-watchlists.ts';
import { type TickerStatus, updateTickers } from '../../src/jobs/watchlist-status.store.ts';
import {
  addToWatchlist,
  createWatchlist,
  deleteWatchlist,
  removeFromWatchlist,
} from '../../src/watchlists/edit-watchlist.ts';
import { listItemsOfLists, listWatchlists } from '../../src/watchlists/watchlist.store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, deadWorker, KIND, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

const WORKSPACE = DEFAULT_WORKSPACE_ID;
const HOME = '00000000-0000-7000-8000-000000000002';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  await clearJobs(database.db);
  await database.db.execute(sql`delete from watchlists where not is_default`);
});
afterAll(() => database.close());

const deps = () => ({ db: database.db, log: silent });
const tickersFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => `T${first + i}`);
const create = (name: string, tickers: readonly string[]) =>
  createWatchlist(deps(), WORKSPACE, { name, tickers });
const statusesOf = (jobId: string, tickers: readonly string[]): TickerStatus[] =>
  tickers.map((ticker) => ({
    workspaceId: WORKSPACE,
    ticker,
    jobId,
    status: 'PROCESSING',
    analysisId: null,
  }));

async function statusesIn(list: string): Promise<Record<string, string | null>> {
  const items = await listItemsOfLists(database.db, WORKSPACE, [list]);
  return Object.fromEntries(items.map((item) => [item.ticker, item.lastStatus]));
}

async function revisionOf(list: string): Promise<number> {
  const lists = await listWatchlists(database.db, WORKSPACE);
  return lists.find(({ id }) => id === list)?.revision ?? 0;
}

describe('the status of tickers', () => {
  test('costs one row per ticker and one per list, not one per list and ticker', async () => {
    const tickers = tickersFrom(1, 50);
    for (let i = 1; i <= 20; i += 1) await create(`List ${i}`, tickers);
    const job = await submit(database.db, ['OTHER']);
    // The counts also hold what earlier transactions of the connection have not reported yet.
    const updatesOf = async (tx: Tx) => {
      const { rows } = await tx.execute<{ name: string; n: number }>(
        sql`select relname as name, n_tup_upd::int as n from pg_stat_xact_user_tables order by 1`,
      );
      return rows;
    };
    const written = await database.db.transaction(async (tx) => {
      const before = new Map((await updatesOf(tx)).map(({ name, n }) => [name, n]));
      expect(await updateWatchlists(tx, statusesOf(job, tickers))).toHaveLength(20);
      const after = await updatesOf(tx);
      return after.map(({ name, n }) => ({ name, n: n - (before.get(name) ?? 0) })).filter(({ n }) => n > 0);
    });
    expect(written).toEqual([
      { name: 'watchlist_tickers', n: 50 },
      { name: 'watchlists', n: 20 },
    ]);
  });

  test('is kept while any list of the workspace holds the ticker, and no longer', async () => {
    const [one, other] = [await create('One', ['AAA', 'BBB']), await create('Other', ['BBB'])];
    await submit(database.db, ['AAA', 'BBB', 'CCC']);
    expect(await statusesIn(one)).toEqual({ AAA: 'QUEUED', BBB: 'QUEUED' });
    await addToWatchlist(deps(), WORKSPACE, { id: other, tickers: ['AAA', 'CCC'], note: '' });
    expect(await statusesIn(other)).toEqual({ AAA: 'QUEUED', BBB: 'QUEUED', CCC: null });
    await removeFromWatchlist(deps(), WORKSPACE, { id: other, tickers: ['AAA', 'CCC'] });
    const { rows } = await database.db.execute(sql`select ticker from watchlist_tickers order by ticker`);
    expect(rows).toEqual([{ ticker: 'AAA' }, { ticker: 'BBB' }]);
    await removeFromWatchlist(deps(), WORKSPACE, { id: one, tickers: ['AAA'] });
    await addToWatchlist(deps(), WORKSPACE, { id: one, tickers: ['AAA'], note: '' });
    expect(await statusesIn(one)).toEqual({ AAA: null, BBB: 'QUEUED' });
  });

  test('that is stored while the list is deleted reaches the default list and moves its revision on', async () => {
    const list = await create('Moves', ['AAA']);
    const job = await submit(database.db, ['OTHER']);
    const changed = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const flush = database.db.transaction(async (tx) => {
      await updateTickers(tx, statusesOf(job, ['AAA']));
      changed.resolve();
      await goOn.promise;
    });
    await changed.promise;
    const deleting = deleteWatchlist(deps(), WORKSPACE, { id: list });
    await eventually(async () => {
      const { rows } = await database.db.execute(
        sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    });
    // This one waits for the deletion, and must find the item where it is then.
    const next = database.db.transaction((tx) =>
      updateWatchlists(tx, [{ ...statusesOf(job, ['AAA'])[0], status: 'COMPLETED' } as TickerStatus]),
    );
    goOn.resolve();
    await flush;
    await deleting;
    expect(await next).toEqual([{ id: HOME, revision: await revisionOf(HOME) }]);
    expect(await statusesIn(HOME)).toEqual({ AAA: 'COMPLETED' });
  });
});

/** A scheduled job whose time has come, with all that the engine keeps of it. */
async function makeDue(job: string): Promise<void> {
  const { db } = database;
  await db.execute(sql`update job_items set run_at = clock_timestamp() where job_id = ${job}`);
  await db.execute(sql`update jobs set run_at = i.run_at, due_at = i.run_at, claimable = true
    from (select max(run_at) as run_at from job_items where job_id = ${job}) i where id = ${job}`);
}

/** Claims what is due, with a worker that leaves it as it is. */
const start = async () => claimItems(database.db, silent, await deadWorker(database.db), [KIND], 100);

async function runIn(list: string): Promise<(string | null | undefined)[]> {
  const [item] = await listItemsOfLists(database.db, WORKSPACE, [list]);
  return [item?.lastStatus, item?.lastJobId];
}

describe('the latest run of a ticker', () => {
  const nextWeek = () => new Date(Date.now() + 7 * 86_400_000);
  const cancel = (job: string) => cancelJob(database.db, silent, WORKSPACE, job);
  let list: string;
  beforeEach(async () => {
    list = await create('Runs', ['AAA']);
  });

  test('is the one that started last: a scheduled job that ran after a job that was submitted later', async () => {
    const scheduled = await submit(database.db, ['AAA'], { runAt: nextWeek() });
    expect(await runIn(list)).toEqual(['QUEUED', scheduled]);
    const later = await submit(database.db, ['AAA']);
    await start();
    expect(await runIn(list)).toEqual(['PROCESSING', later]);
    await makeDue(scheduled);
    await start();
    expect(await runIn(list)).toEqual(['PROCESSING', scheduled]);
    // The older run ends afterwards and is not shown.
    await cancel(later);
    expect(await runIn(list)).toEqual(['PROCESSING', scheduled]);
    await cancel(scheduled);
    expect(await runIn(list)).toEqual(['CANCELLED', scheduled]);
  });

  test('is not a job that is only scheduled, and not one that was cancelled before it was due', async () => {
    const now = await submit(database.db, ['AAA']);
    const scheduled = await submit(database.db, ['AAA'], { runAt: nextWeek() });
    expect(await runIn(list)).toEqual(['QUEUED', now]);
    await start();
    await cancel(scheduled);
    expect(await runIn(list)).toEqual(['PROCESSING', now]);
  });

  test('is a scheduled one while there is no other, and the one that was submitted last of several', async () => {
    await submit(database.db, ['AAA'], { runAt: nextWeek() });
    const second = await submit(database.db, ['AAA'], { runAt: nextWeek() });
    expect(await runIn(list)).toEqual(['QUEUED', second]);
    await cancel(second);
    expect(await runIn(list)).toEqual(['CANCELLED', second]);
  });

  test('is the retry of an older job', async () => {
    const older = await submit(database.db, ['AAA']);
    await start();
    await cancel(older);
    // Of other work than the retry, which would share it.
    const newer = await submit(database.db, ['AAA'], { options: { other: true } });
    await start();
    expect(await runIn(list)).toEqual(['PROCESSING', newer]);
    const { job } = await retryJob(database.db, silent, WORKSPACE, older, null);
    expect(await runIn(list)).toEqual(['QUEUED', job.id]);
    await start();
    expect(await runIn(list)).toEqual(['PROCESSING', job.id]);
  });

  /** Starts all jobs, this one last, and forgets what the list shows. */
  async function startLater(job: string): Promise<void> {
    await start();
    await database.db.execute(
      sql`update job_items set started_at = started_at + interval '1 s' where job_id = ${job}`,
    );
    // All of it in the past: a start that lies ahead would be one from before a step back of the clock.
    await database.db.execute(sql`update job_items set started_at = started_at - interval '1 minute',
      queued_at = queued_at - interval '1 minute', run_at = run_at - interval '1 minute'`);
    await database.db.execute(sql`update watchlist_tickers set last_job_id = null, last_started_at = null`);
  }

  test('is the later one of several runs in one statement, in any order', async () => {
    const [first, second] = [await submit(database.db, ['AAA']), await submit(database.db, ['AAA'])];
    await startLater(first);
    const news = [...statusesOf(first, ['AAA']), ...statusesOf(second, ['AAA'])];
    for (const statuses of [news, news.toReversed()]) {
      await database.db.execute(sql`update watchlist_tickers set last_job_id = null, last_started_at = null`);
      await database.db.transaction((tx) => updateTickers(tx, statuses));
      expect(await runIn(list)).toEqual(['PROCESSING', first]);
    }
  });

  test.each([
    ['first', true],
    ['last', false],
  ])('is the later one of two transactions at once when it commits %s', async (_when, laterFirst) => {
    const [first, second] = [await submit(database.db, ['AAA']), await submit(database.db, ['AAA'])];
    await startLater(first);
    const [holding, waiting] = laterFirst ? [first, second] : [second, first];
    const goOn = Promise.withResolvers<void>();
    const changed = Promise.withResolvers<void>();
    const held = database.db.transaction(async (tx) => {
      await updateTickers(tx, statusesOf(holding, ['AAA']));
      changed.resolve();
      await goOn.promise;
    });
    await changed.promise;
    const other = database.db.transaction((tx) => updateTickers(tx, statusesOf(waiting, ['AAA'])));
    await eventually(async () => {
      const { rows } = await database.db.execute(
        sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length === 1;
    });
    goOn.resolve();
    await held;
    expect(await other).toHaveLength(laterFirst ? 0 : 1);
    expect(await runIn(list)).toEqual(['PROCESSING', first]);
  });

  test('stays when its job was removed, until a run starts later', async () => {
    const older = await submit(database.db, ['AAA']);
    await start();
    const removed = await submit(database.db, ['AAA']);
    await start();
    await cancel(removed);
    await database.db.execute(sql`delete from jobs where id = ${removed}`);
    await cancel(older);
    expect(await runIn(list)).toEqual(['CANCELLED', null]);
    const { rows } = await database.db.execute(
      sql`select 1 from watchlist_tickers where last_started_at > (select started_at from job_items where job_id = ${older})`,
    );
    expect(rows).toHaveLength(1);
    const next = await submit(database.db, ['AAA']);
    expect(await runIn(list)).toEqual(['QUEUED', next]);
  });
});

describe('the deletion of a list', () => {
  test('does not wait for a submit of the default list, which may wait for tickers that the deletion holds', async () => {
    const id = await createWatchlist(deps(), WORKSPACE, { name: 'Merged', tickers: ['AAA', 'BBB'] });
    await database.db.transaction(async (submitting) => {
      // What the foreign key of a new job takes.
      await submitting.execute(sql`select from watchlists where id = ${HOME} for key share`);
      expect(await deleteWatchlist(deps(), WORKSPACE, { id })).toBe(HOME);
    });
  });

  test('moves its items with their notes, keeps those of the default list, and leaves its jobs', async () => {
    await addToWatchlist(deps(), WORKSPACE, { id: HOME, tickers: ['AAA'], note: 'mine' });
    const list = await create('Goes', []);
    await addToWatchlist(deps(), WORKSPACE, { id: list, tickers: ['AAA', 'BBB'], note: 'other' });
    const job = await submit(database.db, ['BBB'], { watchlistId: list, origin: 'WATCHLIST' });
    expect(await deleteWatchlist(deps(), WORKSPACE, { id: list })).toBe(HOME);
    const items = await listItemsOfLists(database.db, WORKSPACE, [HOME]);
    expect(items).toMatchObject([
      { ticker: 'AAA', note: 'mine', lastStatus: null },
      { ticker: 'BBB', note: 'other', lastStatus: 'QUEUED' },
    ]);
    expect(await listJobsByIds(database.db, WORKSPACE, [job])).toMatchObject([
      { id: job, watchlistId: null },
    ]);
  });

  test.each([
    ['jobs', 'jobs where watchlist_id is not null', ['watchlist_tickers', 'watchlists']],
    ['status of tickers', 'watchlist_tickers', ['watchlists']],
  ])('waits for the %s of the list before it locks what comes behind', async (_what, held, free) => {
    const list = await create('Waits', ['AAA']);
    await submit(database.db, ['AAA'], { watchlistId: list, origin: 'WATCHLIST' });
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    await holder.query(`begin; select from ${held} for no key update`);
    const deleting = deleteWatchlist(deps(), WORKSPACE, { id: list });
    await eventually(async () => {
      const waiting = await holder.query(
        'select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))',
      );
      return waiting.rowCount === 1;
    });
    for (const table of free) await holder.query(`select from ${table} for no key update nowait`);
    await holder.query('commit');
    await holder.end();
    await deleting;
  });

  test('is refused when the default list would hold more than 1,000 tickers, and changes nothing', async () => {
    await addToWatchlist(deps(), WORKSPACE, { id: HOME, tickers: tickersFrom(1, 999), note: '' });
    const list = await create('Too many', tickersFrom(998, 4));
    const job = await submit(database.db, ['T998'], { watchlistId: list, origin: 'WATCHLIST' });
    await cancelJob(database.db, silent, WORKSPACE, job);
    await expect(deleteWatchlist(deps(), WORKSPACE, { id: list })).rejects.toThrow(LimitExceededError);
    expect(Object.keys(await statusesIn(HOME))).toHaveLength(999);
    expect(Object.keys(await statusesIn(list))).toHaveLength(4);
    expect(await listJobsByIds(database.db, WORKSPACE, [job])).toMatchObject([{ watchlistId: list }]);
    await removeFromWatchlist(deps(), WORKSPACE, { id: list, tickers: ['T1001'] });
    await deleteWatchlist(deps(), WORKSPACE, { id: list });
    expect(Object.keys(await statusesIn(HOME))).toHaveLength(1_000);
  });

  /** A list with so many ended jobs and one that has not ended. */
  async function createWithHistory(name: string, ended: number): Promise<string> {
    const { db } = database;
    const list = await create(name, ['AAA']);
    const id = await submit(db, ['AAA'], { watchlistId: list, origin: 'WATCHLIST' });
    await db.execute(sql`
      insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, watchlist_id, priority, run_at, claimable,
        fingerprint, request_hash, total, cancelled, queued, last_seq, finished_at)
      select gen_random_uuid(), workspace_id, kind, 'CANCELLED', origin, strategy, source, is_demo, options, watchlist_id, priority, run_at, false,
        fingerprint, request_hash, total, total, 0, last_seq, now() + interval '1 minute' from jobs, generate_series(1, ${ended}) where id = ${id}`);
    return list;
  }
  const jobsOf = async (list: string) => {
    const { rows } = await database.db.execute<{ n: number }>(
      sql`select count(*)::int as n from jobs where watchlist_id = ${list}`,
    );
    return rows[0]?.n;
  };

  test('changes at most 1,000 jobs in one transaction, however many have ended', async () => {
    const { db } = database;
    const list = await createWithHistory('Long history', 2_500);
    await db.execute(
      sql.raw(`create table forgotten (jobs int);
      create function count_jobs() returns trigger language plpgsql as
        $$ begin insert into forgotten select count(*) from changed; return null; end $$;
      create trigger count_jobs after update on jobs referencing new table as changed for each statement execute function count_jobs()`),
    );
    try {
      expect(await deleteWatchlist(deps(), WORKSPACE, { id: list })).toBe(HOME);
      const { rows } = await db.execute<{ jobs: number }>(sql`select jobs from forgotten where jobs > 0`);
      expect(rows.map(({ jobs }) => jobs)).toEqual([1_000, 1_000, 500, 1]);
      expect(await jobsOf(list)).toBe(0);
    } finally {
      await db.execute(sql`drop trigger count_jobs on jobs`);
      await db.execute(sql.raw('drop function count_jobs; drop table forgotten'));
    }
  });

  test('can be asked for again when its process died after some jobs forgot the list', async () => {
    const { db } = database;
    const list = await createWithHistory('Half', 1_500);
    const dies = new Error('the process died');
    let batches = 0;
    const dying = Object.assign(Object.create(db), {
      transaction: (work: (tx: Tx) => Promise<unknown>) =>
        ++batches === 2 ? Promise.reject(dies) : db.transaction(work),
    });
    await expect(deleteWatchlist({ db: dying, log: silent }, WORKSPACE, { id: list })).rejects.toThrow(dies);
    expect(await jobsOf(list)).toBe(501);
    expect(await statusesIn(list)).toHaveProperty('AAA');
    const input = { id: list, idempotencyKey: 'delete the list' };
    expect(await deleteWatchlist(deps(), WORKSPACE, input)).toBe(HOME);
    expect(await deleteWatchlist(deps(), WORKSPACE, input)).toBe(HOME);
    expect(await jobsOf(list)).toBe(0);
  });

  test('makes a submit of the list NOT_FOUND, and a retry of its jobs go without a list', async () => {
    const list = await create('Gone', ['AAA']);
    const ofList = { watchlistId: list, origin: 'WATCHLIST' } as const;
    const job = await submit(database.db, ['AAA'], ofList);
    await cancelJob(database.db, silent, WORKSPACE, job);
    await deleteWatchlist(deps(), WORKSPACE, { id: list });
    await expect(submit(database.db, ['AAA'], ofList)).rejects.toThrow(NotFoundError);
    expect((await submit(database.db, ['AAA'], { ...ofList, retryOf: job })).length).toBeGreaterThan(0);
    expect((await retryJob(database.db, silent, WORKSPACE, job, null)).job.watchlistId).toBeNull();
  });
});
