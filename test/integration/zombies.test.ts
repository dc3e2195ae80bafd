import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import type { ClaimedItem } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import type { Finished } from '../../src/jobs/define-task.ts';
import { flushSteps, type Step } from '../../src/jobs/flush-steps.ts';
import { markDraining, markStopped, renewLease } from '../../src/jobs/presence.store.ts';
import { createRecorder } from '../../src/jobs/record-steps.ts';
import { returnOrphans } from '../../src/jobs/rescue-items.ts';
import { addToWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { analysisTask } from '../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearJobs, deadWorker, endedJob, inconsistencies, loseWorker, submit } from '../support/engine.ts';
import { insertWorkspace } from '../support/insert-key.ts';
import { silent } from '../support/silent.ts';
import { countRows } from '../support/snapshot.ts';
import { createRowDigest } from '../support/workspace-rows.ts';

const DEFAULT_WATCHLIST = '00000000-0000-7000-8000-000000000002';
const TICKERS = Array.from({ length: 16 }, (_, i) => `Z${i}`);
const options = resolveOptions({}, '2999-01-01');
let database: TestDatabase;
let tasks: ReadonlyMap<string, ReturnType<typeof analysisTask>>;

beforeAll(async () => {
  database = await createTestDatabase();
  tasks = new Map([[ANALYSIS_KIND, analysisTask(database)]]);
  const lists = { db: database.db, log: silent };
  await addToWatchlist(lists, DEFAULT_WORKSPACE_ID, { id: DEFAULT_WATCHLIST, tickers: TICKERS, note: '' });
  await database.db.execute(sql`create sequence row_writes`);
  await database.db.execute(sql`
    create function count_row() returns trigger language plpgsql security definer as $$ begin perform nextval('row_writes'); return null; end $$`);
  const { rows } = await database.db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public'`,
  );
  for (const { name } of rows) {
    await database.db.execute(
      sql.raw(`create trigger count_rows after insert or update or delete on ${name} for each row
        execute function count_row()`),
    );
  }
});
beforeEach(() => clearJobs(database.db));
afterAll(() => database.close());

/** Rows that were written since the database was made, whether or not they changed; also those that were rolled back. */
async function rowWrites(): Promise<number> {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select case when is_called then last_value else 0 end::int as n from row_writes`,
  );
  return rows[0]?.n ?? Number.NaN;
}

async function claimAll(): Promise<ClaimedItem[]> {
  const worker = await deadWorker(database.db);
  const items = await claimItems(database.db, silent, worker, [ANALYSIS_KIND], TICKERS.length);
  expect(items).toHaveLength(TICKERS.length);
  return items;
}

/** Runs the real task to its result, which a worker would store next. */
async function compute(item: ClaimedItem): Promise<Finished<unknown>> {
  const task = analysisTask(database);
  const steps = task.run(task.parse(item.options), { ...item, signal: new AbortController().signal });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

/** Everything that a worker writes of an item it runs. */
const kinds: Readonly<Record<string, (finished: Finished<unknown>) => Step[]>> = {
  'the first phase': () => [{ type: 'PROGRESSED', phase: 25 }],
  'a later phase': () => [{ type: 'PROGRESSED', phase: 75 }],
  'a result': (finished) => [{ type: 'COMPLETED', finished }],
  'all its steps': (finished) => [
    { type: 'PROGRESSED', phase: 25 },
    { type: 'PROGRESSED', phase: 50 },
    { type: 'PROGRESSED', phase: 75 },
    { type: 'COMPLETED', finished },
  ],
  'a failure': () => [{ type: 'FAILED', code: 'UNKNOWN_SYMBOL', message: 'Nobody knows it.' }],
  'another try': () => [{ type: 'RETRYING', code: 'SOURCE_UNAVAILABLE', message: 'Away.', delayMs: 10 }],
  'its return': () => [{ type: 'RETURNED', reason: 'SHUTDOWN' }],
  'the return of what it never began': () => [{ type: 'RETURNED', reason: 'CLAIM_LOST' }],
};

const flush = (item: ClaimedItem, steps: Step[]) => flushSteps(database.db, tasks, [{ item, steps }]);

async function rescue(items: readonly ClaimedItem[]): Promise<void> {
  for (const item of items.slice(0, 1)) await loseWorker(database.db, item);
  expect(await returnOrphans(database.db, silent)).toBe(items.length);
}

/** What happened to the items while their worker was frozen. */
const fates: Readonly<Record<string, (items: readonly ClaimedItem[]) => Promise<unknown>>> = {
  'are in the queue again': rescue,
  async 'run at another worker'(items) {
    await rescue(items);
    await claimAll();
  },
  async 'ended well at another worker'(items) {
    await rescue(items);
    for (const item of await claimAll())
      await flush(item, [{ type: 'COMPLETED', finished: await compute(item) }]);
  },
  async 'failed at another worker'(items) {
    await rescue(items);
    for (const item of await claimAll()) await flush(item, [{ type: 'FAILED', code: 'X', message: 'x' }]);
  },
  async 'wait for another worker’s next try'(items) {
    await rescue(items);
    for (const item of await claimAll())
      await flush(item, [{ type: 'RETRYING', code: 'X', message: 'x', delayMs: 3_600_000 }]);
  },
  async 'were given up as poison'(items) {
    await database.db.execute(sql`update job_items set crashes = 2`);
    await rescue(items);
  },
  'were cancelled': ([item]) => cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, item?.jobId ?? ''),
  'were deleted with their job': () => database.db.execute(sql`delete from jobs`),
};

describe('of a worker whose items were taken away while it was frozen, none of 1,024 writes changes a row:', () => {
  test.each(Object.entries(fates))('the items %s', async (_name, befall) => {
    await submit(database.db, TICKERS, { kind: ANALYSIS_KIND, options, source: 'DEMO' });
    const zombies = await claimAll();
    const results = await Promise.all(zombies.map(compute));
    await befall(zombies);
    const before = await rowWrites();
    let tries = 0;
    for (const [kind, steps] of Object.entries(kinds)) {
      for (const [i, item] of zombies.entries()) {
        const { hints } = await flush(item, steps(results[i] as Finished<unknown>));
        tries += 1;
        expect({ kind, hints, writes: (await rowWrites()) - before }).toEqual({ kind, hints: [], writes: 0 });
      }
    }
    expect(tries).toBe(128);
    // All at once, as a recorder sends what has gathered.
    for (const steps of Object.values(kinds)) {
      const batch = zombies.map((item, i) => ({ item, steps: steps(results[i] as Finished<unknown>) }));
      await flushSteps(database.db, tasks, batch);
    }
    expect((await rowWrites()) - before).toBe(0);
    expect(await inconsistencies(database.db)).toEqual([]);
  });
});

test('the counter of row writes sees a write: the same flush of a worker that holds its item', async () => {
  await submit(database.db, TICKERS, { kind: ANALYSIS_KIND, options, source: 'DEMO' });
  const [item] = await claimAll();
  if (item === undefined) throw new Error('nothing claimed');
  const before = await rowWrites();
  await flush(item, [{ type: 'COMPLETED', finished: await compute(item) }]);
  // Item, job, event, result, details, newest result, place in the feed, and the two rows of the watchlist.
  expect((await rowWrites()) - before).toBeGreaterThanOrEqual(7);
});

test('a zombie hears FENCED for each item, and what its process rightly holds is stored in the same flush', async () => {
  await submit(database.db, TICKERS, { kind: ANALYSIS_KIND, options, source: 'DEMO' });
  const zombies = await claimAll();
  const results = await Promise.all(zombies.map(compute));
  await rescue(zombies);
  const held = await claimAll();
  const own = held.filter((_, i) => i % 2 === 0);
  const recorder = createRecorder({ db: database.db, tasks, log: silent });
  const [late, rightful] = await Promise.all([
    Promise.all(
      zombies.map((item, i) =>
        recorder.record(item, { type: 'COMPLETED', finished: results[i] as Finished<unknown> }),
      ),
    ),
    Promise.all(
      own.map(async (item) => recorder.record(item, { type: 'COMPLETED', finished: await compute(item) })),
    ),
  ]);
  await recorder.close(AbortSignal.timeout(5_000));
  expect(new Set(late)).toEqual(new Set(['FENCED']));
  expect(new Set(rightful)).toEqual(new Set(['STORED']));
  expect(await countRows(database.db)).toMatchObject({ analyses: own.length });
  expect(await inconsistencies(database.db)).toEqual([]);
});

test('a zombie hears FENCED of an item that was given up as poison, and of its own earlier step that it is stored', async () => {
  await submit(database.db, TICKERS, { kind: ANALYSIS_KIND, options, source: 'DEMO' });
  const zombies = await claimAll();
  const results = await Promise.all(zombies.map(compute));
  const [done, broken, ...poisoned] = zombies;
  if (done === undefined || broken === undefined) throw new Error('nothing claimed');
  const completed: Step = { type: 'COMPLETED', finished: results[0] as Finished<unknown> };
  const failed: Step = { type: 'FAILED', code: 'UNKNOWN_SYMBOL', message: 'Nobody knows it.' };
  await flush(done, [completed]);
  await flush(broken, [failed]);
  // A second workspace, whose item runs at another worker and is stored in the same flush.
  const workspaceId = await insertWorkspace(database.db);
  const job = await submit(database.db, ['BESIDE'], {
    kind: ANALYSIS_KIND,
    options,
    source: 'DEMO',
    workspaceId,
  });
  const other = await deadWorker(database.db);
  const [beside] = await claimItems(database.db, silent, other, [ANALYSIS_KIND], 1);
  if (beside?.jobId !== job) throw new Error('not claimed');
  const besideCompleted: Step = { type: 'COMPLETED', finished: await compute(beside) };
  const digest = await createRowDigest(database.db, workspaceId);
  const rows = await digest();
  await database.db.execute(
    sql`update job_items set crashes = 2 where state = 'PROCESSING' and job_id <> ${job}`,
  );
  await loseWorker(database.db, poisoned[0] as ClaimedItem);
  expect(await returnOrphans(database.db, silent)).toBe(poisoned.length);
  expect(await digest()).toEqual(rows);
  let ended = 0;
  const onEnded = (items: number) => {
    ended += items;
  };
  const recorder = createRecorder({ db: database.db, tasks, log: silent, onEnded });
  const heard = await Promise.all([
    recorder.record(done, completed),
    recorder.record(broken, failed),
    ...poisoned.map((item, i) => recorder.record(item, i % 2 === 0 ? completed : failed)),
    recorder.record(beside, besideCompleted),
  ]);
  await recorder.close(AbortSignal.timeout(5_000));
  expect(heard).toEqual(['STORED', 'STORED', ...poisoned.map(() => 'FENCED'), 'STORED']);
  expect(ended).toBe(3);
  expect(await endedJob(database.db, job)).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
});

test('a worker that was declared lost claims nothing, and neither renews its lease nor signs off', async () => {
  await submit(database.db, TICKERS, { kind: ANALYSIS_KIND, options, source: 'DEMO' });
  const worker = await deadWorker(database.db);
  await database.db.execute(
    sql`update workers set state = 'LOST', stopped_at = clock_timestamp() where id = ${worker}`,
  );
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const before = await rowWrites();
  expect(await claimItems(database.db, silent, worker, [ANALYSIS_KIND], 16)).toEqual([]);
  expect(await renewLease(client, worker, 1, 0)).toBe(false);
  await markDraining(client, worker);
  await markStopped(client, worker);
  expect((await rowWrites()) - before).toBe(0);
  await client.end();
});
