import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../../src/access.ts';
import { ANALYSIS_KIND } from '../../../src/analyses/kind.ts';
import { resolveOptions } from '../../../src/analyses/options.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { cancelJob } from '../../../src/jobs/cancel-job.ts';
import type { ClaimedItem } from '../../../src/jobs/claim.store.ts';
import { claimItems } from '../../../src/jobs/claim-items.ts';
import type { Finished } from '../../../src/jobs/define-task.ts';
import { flushSteps, type Step } from '../../../src/jobs/flush-steps.ts';
import { returnOrphans } from '../../../src/jobs/rescue-items.ts';
import { retryJob } from '../../../src/jobs/retry-job.ts';
import { submitJob } from '../../../src/jobs/submit-job.ts';
import { addToWatchlist, removeFromWatchlist } from '../../../src/watchlists/edit-watchlist.ts';
import { analysisTask } from '../../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { clearJobs, deadWorker, inconsistencies, jobRequest, loseWorker } from '../../support/engine.ts';
import { silent } from '../../support/silent.ts';
import { snapshot } from '../../support/snapshot.ts';

const DEFAULT_WATCHLIST = '00000000-0000-7000-8000-000000000002';
let database: TestDatabase;
let item: ClaimedItem;
let finished: Finished<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  // Takes the watchlists' items along: they refer to jobs.
  await clearJobs(database.db);
  await addToWatchlist({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, {
    id: DEFAULT_WATCHLIST,
    tickers: ['AAA', 'BBB'],
    note: '',
  });
  await submitAnalysis();
  item = await claim();
  finished = await compute(item);
});
afterAll(() => database.close());

const submitAnalysis = async (changes = {}) => {
  const options = resolveOptions({}, '2999-01-01');
  const request = jobRequest(['AAA', 'BBB'], { kind: ANALYSIS_KIND, options, ...changes });
  return (await submitJob(database.db, silent, request)).job.id;
};

async function claim(): Promise<ClaimedItem> {
  const [claimed] = await claimItems(database.db, silent, await deadWorker(database.db), [ANALYSIS_KIND], 1);
  if (claimed === undefined) throw new Error('nothing to claim');
  return claimed;
}

async function compute(of: ClaimedItem): Promise<Finished<unknown>> {
  const task = analysisTask(database);
  const steps = task.run(task.parse(of.options), { ...of, signal: new AbortController().signal });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

const flush = (steps: readonly Step[], of: ClaimedItem = item) =>
  flushSteps(database.db, new Map([[ANALYSIS_KIND, analysisTask(database)]]), [{ item: of, steps }]);

const progressed = (phase: 25 | 50 | 75): Step => ({ type: 'PROGRESSED', phase });
const completed = (): Step => ({ type: 'COMPLETED', finished });
const failed: Step = { type: 'FAILED', code: 'NO_DATA', message: 'none' };
const retrying: Step = { type: 'RETRYING', code: 'SOURCE_TIMEOUT', message: 'slow', delayMs: 0 };
const returned: Step = { type: 'RETURNED', reason: 'SHUTDOWN' };

/** Does it again and compares every row. */
async function replay(again: () => Promise<unknown>): Promise<void> {
  const before = await snapshot(database.db);
  await again();
  expect(await snapshot(database.db)).toEqual(before);
  expect(await inconsistencies(database.db)).toEqual([]);
}

describe('9: replaying a step of a worker changes nothing', () => {
  const lives: [string, () => Step[]][] = [
    ['COMPLETED', () => [progressed(25), progressed(50), progressed(75), completed()]],
    ['FAILED', () => [progressed(25), failed]],
    ['RETRYING', () => [progressed(25), progressed(50), retrying]],
    ['RETURNED', () => [progressed(25), progressed(50), progressed(75), returned]],
  ];

  test.each(lives)(
    'in a life that ends %s: after each step, every step so far again, in any order',
    async (_end, steps) => {
      const life = steps();
      for (let i = 0; i < life.length; i += 1) {
        const sofar = life.slice(0, i + 1);
        await flush(sofar.slice(-1));
        for (const step of [...sofar, ...sofar.toReversed()]) await replay(() => flush([step]));
        await replay(() => flush(sofar));
      }
    },
  );

  test.each(lives)('also when a life that ends %s was stored in one flush', async (_end, steps) => {
    await flush(steps());
    await replay(() => flush(steps()));
    for (const step of steps()) await replay(() => flush([step]));
  });

  test('whatever the item has become since: waiting, claimed by another, or ended by it', async () => {
    await flush([progressed(25)]);
    await loseWorker(database.db, item);
    await returnOrphans(database.db, silent);
    const all = [progressed(25), progressed(50), completed(), failed, retrying, returned];
    for (const step of all) await replay(() => flush([step]));
    let heir = await claim();
    while (heir.ticker !== item.ticker) heir = await claim();
    for (const step of all) await replay(() => flush([step]));
    await flush([progressed(25), progressed(50)], heir);
    for (const step of all) await replay(() => flush([step]));
    await flush([completed()], heir);
    for (const step of all) await replay(() => flush([step]));
  });

  test('of a job that was cancelled', async () => {
    await cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, item.jobId);
    for (const step of [progressed(25), completed(), failed, retrying, returned]) {
      await replay(() => flush([step]));
    }
    await replay(() => cancelJob(database.db, silent, DEFAULT_WORKSPACE_ID, item.jobId));
  });

  test('nor does a second rescue, nor a claim by a worker that was declared lost', async () => {
    const worker = await deadWorker(database.db);
    await loseWorker(database.db, item);
    expect(await returnOrphans(database.db, silent)).toBe(1);
    await replay(() => returnOrphans(database.db, silent));
    await database.db.execute(
      sql`update workers set state = 'LOST', stopped_at = now() where id = ${worker}`,
    );
    await replay(() => claimItems(database.db, silent, worker, [ANALYSIS_KIND], 8));
  });
});

describe('9: so does repeating what a client asked for', () => {
  test('a submit under its key, a retry, an edit of a watchlist', async () => {
    const { db } = database;
    const keyed = () => submitAnalysis({ idempotencyKey: 'again', asked: 1 });
    await keyed();
    await replay(keyed);
    await cancelJob(db, silent, DEFAULT_WORKSPACE_ID, item.jobId);
    const retry = () => retryJob(db, silent, DEFAULT_WORKSPACE_ID, item.jobId, null);
    await retry();
    await replay(retry);
    const edit = { id: DEFAULT_WATCHLIST, tickers: ['AAA', 'CCC'], note: '' };
    const deps = { db, log: silent };
    await addToWatchlist(deps, DEFAULT_WORKSPACE_ID, edit);
    await replay(() => addToWatchlist(deps, DEFAULT_WORKSPACE_ID, edit));
    const gone = { id: DEFAULT_WATCHLIST, tickers: ['CCC'] };
    await removeFromWatchlist(deps, DEFAULT_WORKSPACE_ID, gone);
    await replay(() => removeFromWatchlist(deps, DEFAULT_WORKSPACE_ID, gone));
  });
});

describe('9: the keys of the tables', () => {
  test('name their rows by themselves: no row of these can be there twice', async () => {
    await flush([completed()]);
    const tables = ['job_items', 'job_events', 'watchlist_items', 'watchlist_tickers'];
    const copies = tables.map((table) => [table, `insert into ${table} select * from ${table}`] as const);
    // A result is the latest of one key only, so the copies have ids of their own.
    const latest = `insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of)
      select workspace_id, ticker, strategy, gen_random_uuid(), is_demo, as_of from latest_analyses`;
    for (const [table, copy] of [...copies, ['latest_analyses', latest] as const]) {
      const again = database.db.execute(sql.raw(copy));
      expect(
        await again.then(
          () => null,
          (error: Error) => String(error.cause),
        ),
      ).toMatch(new RegExp(`duplicate key value violates unique constraint "${table}_pkey"`));
    }
  });
});
