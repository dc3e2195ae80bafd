import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { ItemError } from '../../src/errors.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { rescueItems, returnOrphans } from '../../src/jobs/rescue-items.ts';
import { leasePoints } from '../../src/rates/rate.store.ts';
import { createWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  eventRows,
  inconsistencies,
  jobRow,
  KIND,
  startWorker,
  submit,
  testTask,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { setClock, steppableClock } from '../support/server-clock.ts';
import { silent } from '../support/silent.ts';

let plain: TestDatabase;
let stepped: Database;
/** How often a rescuer has looked at the workers. */
let looks = 0;
beforeAll(async () => {
  plain = await createTestDatabase();
  await plain.db.execute(sql.raw(steppableClock));
  const onStatement = (text: string) => {
    if (text.includes('listPulses')) looks += 1;
  };
  stepped = openDatabase({ url: plain.url, max: 10, applicationName: 'stepped', log: silent, onStatement });
});
beforeEach(() => step(0));
afterEach(async () => {
  expect(await inconsistencies(plain.db)).toEqual([]);
  await clearJobs(plain.db);
});
afterAll(async () => {
  await stepped.close();
  await plain.close();
});

const step = (ms: number) => plain.db.execute(sql.raw(setClock(ms)));
async function nextLook(): Promise<void> {
  const before = looks;
  await eventually(async () => looks > before + 1);
}
const tickers = Array.from({ length: 40 }, (_, i) => `T${i}`);

test.each([-3_000, -60_000, 3_000, 60_000])(
  'a step of the server’s clock by %i ms while forty items run: each is computed once, and no worker is lost',
  async (ms) => {
    let computed = 0;
    let lost = 0;
    const half = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    const task = testTask(async () => {
      computed += 1;
      if (computed === 8) half.resolve();
      await rest.promise;
    });
    const worker = await startWorker(plain.url, stepped.db, task, { leaseMs: 6_000, heartbeatMs: 2_000 });
    worker.presence.onLost(() => {
      lost += 1;
    });
    const rescuer = rescueItems({ db: stepped.db, leaseMs: 6_000, log: silent });
    const id = await submit(stepped.db, tickers);
    worker.runner.wake();
    await half.promise;
    await nextLook();
    await step(ms);
    await nextLook();
    rest.resolve();
    const row = await eventually(() => endedJob(plain.db, id));
    expect(row).toMatchObject({ state: 'COMPLETED', succeeded: 40 });
    await rescuer.stop();
    await worker.stop();
    expect({ computed, lost }).toEqual({ computed: 40, lost: 0 });
    expect((await eventRows(plain.db, id)).filter(({ type }) => type === 'ITEM_RETURNED')).toEqual([]);
  },
);

test('after a step back a running job can be cancelled, and its end is not before its start', async () => {
  const id = await submit(stepped.db, ['AAPL', 'MSFT']);
  await claimItems(stepped.db, silent, await deadWorker(stepped.db), [KIND], 1);
  await step(-60_000);
  expect(await cancelJob(stepped.db, silent, DEFAULT_WORKSPACE_ID, id)).toMatchObject({ state: 'CANCELLED' });
});

test('items that were due before a step back are claimed after it, and a pause before a retry keeps its length', async () => {
  const rescuer = rescueItems({ db: stepped.db, leaseMs: 6_000, log: silent });
  const scheduled = await submit(stepped.db, ['AAPL'], { runAt: new Date(Date.now() + 30_000) });
  let failed = false;
  const task = testTask(async (ticker) => {
    if (ticker !== 'FAILS' || failed) return;
    failed = true;
    throw new ItemError('SOURCE_TIMEOUT', 'The source did not respond.', { retryAfterMs: 1_500 });
  });
  const first = await startWorker(plain.url, stepped.db, task);
  const retried = await submit(stepped.db, ['FAILS']);
  first.runner.wake();
  await eventually(async () =>
    (await eventRows(plain.db, retried)).some(({ type }) => type === 'ITEM_RETRYING'),
  );
  await first.stop();
  const due = await submit(stepped.db, ['MSFT']);
  await nextLook();
  await step(-60_000);
  const second = await startWorker(plain.url, stepped.db, task);
  for (const id of [due, retried])
    expect(await eventually(() => endedJob(plain.db, id), 20_000)).toMatchObject({ state: 'COMPLETED' });
  expect(await jobRow(plain.db, scheduled)).toMatchObject({ state: 'QUEUED' });
  await second.stop();
  await rescuer.stop();
});

test('a job that makes a claim fail is left out, and the jobs of other workspaces are claimed in the same call', async () => {
  const { db } = stepped;
  const broken = await submit(db, ['BAD']);
  const good = [await submit(db, ['AAPL']), await submit(db, ['MSFT']), await submit(db, ['NVDA'])];
  await plain.db.execute(
    sql.raw(`
    create function refuse_job() returns trigger language plpgsql as $$ begin
      if new.id = '${broken}' then raise check_violation; end if; return new; end $$;
    create trigger refuse_job before update on jobs for each row execute function refuse_job()`),
  );
  const worker = await deadWorker(db);
  const items = await claimItems(db, silent, worker, [KIND], 10);
  expect(items.map(({ jobId }) => jobId).sort()).toEqual(good.sort());

  // The same for a rescue: the items of the good jobs return although the broken one is held by the same dead worker.
  await plain.db.execute(sql`alter table jobs disable trigger refuse_job`);
  expect(await claimItems(db, silent, worker, [KIND], 10)).toHaveLength(1);
  await plain.db.execute(sql`alter table jobs enable trigger refuse_job`);
  await plain.db.execute(sql`update workers set state = 'LOST' where id = ${worker}`);
  expect(await returnOrphans(db, silent)).toBe(3);
  await plain.db.execute(sql`drop trigger refuse_job on jobs`);
  await plain.db.execute(sql`drop function refuse_job`);
  expect(await returnOrphans(db, silent)).toBe(1);
});

test('points of a rate limit come back after a step back of the clock', async () => {
  const ask = { key: 'stepped', needed: 100, wanted: 100, limit: 100, perSecond: 100 };
  expect(await leasePoints(stepped.db, ask)).toMatchObject({ granted: 100 });
  await step(-60_000);
  expect(await leasePoints(stepped.db, ask)).toMatchObject({ granted: 0 });
  await step(-58_900);
  expect(await leasePoints(stepped.db, ask)).toMatchObject({ granted: 100 });
});

test('after a step back jobs that were claimed from before it get turns beside those that are submitted after it', async () => {
  const { db } = stepped;
  const names = (of: string) => Array.from({ length: 80 }, (_, i) => `${of}${i}`);
  const worker = await deadWorker(db);
  const early = await submit(db, names('A'));
  await claimItems(db, silent, worker, [KIND], 8);
  await step(-3_600_000);
  // The clock may have been set back before the first process looked.
  const rescuer = rescueItems({ db, leaseMs: 60_000, log: silent });
  await nextLook();
  await nextLook();
  await rescuer.stop();
  await plain.db.execute(sql`update workers set state = 'ALIVE', stopped_at = null where id = ${worker}`);
  const late = await submit(db, names('B'));
  const claimed = [];
  for (let i = 0; i < 6; i += 1) claimed.push(...(await claimItems(db, silent, worker, [KIND], 8)));
  const jobs = claimed.map(({ jobId }) => jobId);
  expect(jobs.filter((id) => id === early).length).toBeGreaterThanOrEqual(16);
  expect(jobs.filter((id) => id === late).length).toBeGreaterThanOrEqual(16);
});

test('after a step back a watchlist shows the run that was submitted after it', async () => {
  const { db } = stepped;
  const list = await createWatchlist({ db, log: silent }, DEFAULT_WORKSPACE_ID, {
    name: 'stepped',
    tickers: ['AAPL'],
  });
  const worker = await deadWorker(db);
  const shown = async () => {
    const { rows } = await plain.db.execute(
      sql`select last_job_id as job, last_status as status from watchlist_tickers where ticker = 'AAPL'`,
    );
    return rows;
  };
  await submit(db, ['AAPL'], { watchlistId: list });
  await claimItems(db, silent, worker, [KIND], 1);
  await step(-3_600_000);
  const late = await submit(db, ['AAPL'], { watchlistId: list, priority: 9 });
  expect(await shown()).toEqual([{ job: late, status: 'QUEUED' }]);
  await claimItems(db, silent, worker, [KIND], 1);
  expect(await shown()).toEqual([{ job: late, status: 'PROCESSING' }]);
});
