import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { apiLimits, type Db, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { LAST_CRASH } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { createRecorder } from '../../src/jobs/record-steps.ts';
import type { Logger } from '../../src/logger.ts';
import { createWatchlist, deleteWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  eventRows,
  inconsistencies,
  KIND,
  startWorker,
  submit,
  testTask,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { openSecondWorkspace } from '../support/second-workspace.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(() => database.close());

const forever = () => new Promise<void>(() => undefined);

test('an item that hangs ends with ITEM_TIMEOUT after its limit and is retried', async () => {
  const { db, url } = database;
  const task = testTask((ticker, attempt) =>
    ticker === 'HANGS' && attempt === 1 ? forever() : Promise.resolve(),
  );
  const worker = await startWorker(url, db, task, { itemTimeoutMs: 1_000 });
  const id = await submit(db, ['HANGS']);
  const beside = await openSecondWorkspace(db);
  await beside.complete();
  expect(await eventually(() => endedJob(db, id))).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
  const retries = (await eventRows(db, id)).filter(({ type }) => type === 'ITEM_RETRYING');
  expect(retries).toMatchObject([{ payload: { error: { code: 'ITEM_TIMEOUT' } } }]);
  await beside.expectUnchanged();
  await worker.stop();
});

test('items that were held at two crashes and an item that hangs stop no other item, and never run beside each other', async () => {
  const { db, url } = database;
  let running = 0;
  let together = 0;
  let last: Promise<string> | null = null;
  const task = testTask(async (ticker, _attempt, signal) => {
    if (ticker === 'HANGS')
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    if (!ticker.startsWith('SUSPECT')) return;
    running += 1;
    together = Math.max(together, running);
    // Hangs until what was submitted after it has ended, and until a claim has begun and ended after that: it would take the other one, too.
    await eventually(() => endedJob(db, later), 40_000);
    last ??= submit(db, ['GOOG']);
    const claimedLast = await last;
    await eventually(() => endedJob(db, claimedLast), 40_000);
    running -= 1;
  });
  const worker = await startWorker(url, db, task);
  const hangs = await submit(db, ['HANGS']);
  await eventually(async () => (await eventRows(db, hangs)).some(({ type }) => type === 'ITEM_PROGRESSED'));
  const suspects = await db.transaction(async () => {
    const id = await submit(db, ['SUSPECT-1', 'SUSPECT-2'], { runAt: new Date(Date.now() + 3_600_000) });
    await db.execute(
      sql`update job_items set crashes = ${LAST_CRASH}, run_at = clock_timestamp() where job_id = ${id}`,
    );
    await db.execute(sql`update jobs set due_at = clock_timestamp(), claimable = true where id = ${id}`);
    return id;
  });
  worker.runner.wake();
  const later: string = await submit(db, ['AAPL', 'MSFT']);
  expect(await eventually(() => endedJob(db, later), 40_000)).toMatchObject({ state: 'COMPLETED' });
  // HANGS is there to the end.
  const beside = await openSecondWorkspace(db);
  await beside.complete();
  expect(await eventually(() => endedJob(db, suspects), 40_000)).toMatchObject({ state: 'COMPLETED' });
  expect(together).toBe(1);
  await worker.stop();
  await beside.expectUnchanged();
}, 100_000);

test('a flush that takes longer than a statement may is halved until it fits', async () => {
  const { db, url } = database;
  const limited = openDatabase({
    url,
    max: 2,
    applicationName: 'limited',
    log: silent,
    limits: { statement_timeout: 400 },
  });
  // Ten milliseconds for each item of a statement: more than 40 at once do not fit.
  await db.execute(sql`create function slow_end() returns trigger language plpgsql as $$ begin
    if new.state = 'FAILED' then perform pg_sleep(0.01); end if; return new; end $$`);
  await db.execute(
    sql`create trigger slow_end before update on job_items for each row execute function slow_end()`,
  );
  const tickers = Array.from({ length: 100 }, (_, i) => `T${i}`);
  const id = await submit(db, tickers);
  const items = await claimItems(db, silent, await deadWorker(db), [KIND], 100);
  expect(items).toHaveLength(100);
  const recorder = createRecorder({ db: limited.db, tasks: new Map(), log: silent });
  const failed = { type: 'FAILED', code: 'NO_DATA', message: 'none' } as const;
  const stored = await Promise.all(items.map((item) => recorder.record(item, failed)));
  expect(new Set(stored)).toEqual(new Set(['STORED']));
  expect(await endedJob(db, id)).toMatchObject({ state: 'FAILED', failed: 100 });
  await db.execute(sql`drop trigger slow_end on job_items`);
  await recorder.close(AbortSignal.timeout(1_000));
  await limited.close();
});

const patient: Record<string, (db: Db, id: string, list: string) => Promise<unknown>> = {
  'a cancel': (db, id) => cancelJob(db, silent, DEFAULT_WORKSPACE_ID, id),
  'a submit that raises the priority': (db, _id, watchlistId) =>
    submit(db, ['AAPL'], { watchlistId, priority: 9, force: false }),
  'the deletion of its list': (db, _id, id) =>
    deleteWatchlist({ db, log: silent }, DEFAULT_WORKSPACE_ID, { id, idempotencyKey: null }),
};

test.each(Object.keys(patient))(
  '%s waits for its turn while a flush holds the job for longer than requests wait for a lock',
  async (name) => {
    const { db, url } = database;
    const api = openDatabase({ url, max: 2, applicationName: 'patient', log: silent, limits: apiLimits });
    const list = await createWatchlist({ db, log: silent }, DEFAULT_WORKSPACE_ID, {
      name,
      tickers: ['AAPL'],
    });
    const id = await submit(db, ['AAPL'], { watchlistId: list });
    const { asking } = await db.transaction(async (tx) => {
      await tx.execute(sql`select from jobs where id = ${id} for no key update`);
      const asking = patient[name]?.(api.db, id, list);
      asking?.catch(() => undefined);
      const waiting = sql`select from pg_stat_activity where application_name = 'patient' and wait_event_type = 'Lock'
      and query_start < clock_timestamp() - make_interval(secs => ${(apiLimits.lock_timeout + 200) / 1_000})`;
      await eventually(async () => (await db.execute(waiting)).rowCount === 1);
      return { asking };
    });
    await asking;
    await api.close();
  },
);

test('steps of a cancelled job are logged in one line, however many items and flushes they are of', async () => {
  const { db } = database;
  const lines: unknown[] = [];
  const log = { ...silent, warn: (...line: unknown[]) => lines.push(line) } as unknown as Logger;
  const id = await submit(db, ['A', 'B', 'C']);
  const items = await claimItems(db, silent, await deadWorker(db), [KIND], 3);
  await cancelJob(db, silent, DEFAULT_WORKSPACE_ID, id);
  const recorder = createRecorder({ db, tasks: new Map(), log });
  for (const phase of [25, 50, 75] as const) {
    const stored = await Promise.all(
      items.map((item) => recorder.record(item, { type: 'PROGRESSED', phase })),
    );
    expect(stored).toEqual(['FENCED', 'FENCED', 'FENCED']);
  }
  expect(lines).toMatchObject([[{ jobId: id, items: 3 }, 'FENCED']]);
  await recorder.close(AbortSignal.timeout(1_000));
});
