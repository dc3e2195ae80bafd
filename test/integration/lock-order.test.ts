import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { UserError } from '../../src/errors.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import type { ClaimedItem } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import { flushSteps } from '../../src/jobs/flush-steps.ts';
import { pauseQueue, resumeQueue } from '../../src/jobs/pause-queue.ts';
import { pruneBatch } from '../../src/jobs/prune-history.ts';
import { returnOrphans } from '../../src/jobs/rescue-items.ts';
import { retryJob } from '../../src/jobs/retry-job.ts';
import {
  addToWatchlist,
  createWatchlist,
  deleteWatchlist,
  removeFromWatchlist,
  updateWatchlist,
  updateWatchlistItem,
} from '../../src/watchlists/edit-watchlist.ts';
import { listWatchlists } from '../../src/watchlists/watchlist.store.ts';
import { leaseWebhooks, releaseWebhook, skipEvents } from '../../src/webhooks/lease.store.ts';
import { analysisTask } from '../support/analysis-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { countDeadlocks } from '../support/deadlocks.ts';
import { deadWorker, inconsistencies, submit } from '../support/engine.ts';
import { newAnalysis } from '../support/feed.ts';
import { silent } from '../support/silent.ts';

const WORKSPACE = DEFAULT_WORKSPACE_ID;
const TICKERS = ['T1', 'T2', 'T3', 'T4'];
/** Tables whose statements are slowed down, so that transactions overlap. */
const SLOWED = ['jobs', 'job_items', 'latest_analyses', 'watchlist_items', 'watchlist_tickers', 'watchlists'];

const slots = { free: 10, quota: 10, quotaAlone: 10, underWay: [] };

let database: TestDatabase;
let serial = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(sql`create function dawdle() returns trigger language plpgsql as $$
    begin perform pg_sleep(random() * 0.003); return null; end $$`);
  for (const table of SLOWED)
    await database.db.execute(
      sql.raw(`create trigger dawdle after insert or update or delete on ${table} execute function dawdle()`),
    );
  await database.db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
    values (gen_random_uuid(), ${WORKSPACE}, 'https://example.com/', '', 'JOB_FINISHED', '{}', 'ACTIVE', 'whsec_x', 0)`);
});
afterAll(() => database.close());

/** What all steps of a pair work on. */
interface World {
  readonly list: string;
  /** Claimed by a worker that may be declared lost. */
  readonly held: readonly ClaimedItem[];
  readonly worker: string;
  /** Ended so long ago that retention removes it; `retried` is a queued retry of it. */
  readonly old: string;
  readonly retried: string;
  /** Queued, of the list. */
  readonly queued: string;
  /** Cancelled. */
  readonly ended: string;
}

async function makeWorld(db: Db): Promise<World> {
  serial += 1;
  const list = await createWatchlist({ db, log: silent }, WORKSPACE, {
    name: `List ${serial}`,
    tickers: TICKERS,
  });
  const ofList = () => submit(db, TICKERS, { kind: ANALYSIS_KIND, watchlistId: list, origin: 'WATCHLIST' });
  const [, ended, old] = [await ofList(), await ofList(), await ofList()];
  for (const id of [ended, old]) await cancelJob(db, silent, WORKSPACE, id);
  const retried = (await retryJob(db, silent, WORKSPACE, old, null)).job.id;
  await db.execute(sql`update jobs set created_at = created_at - interval '100 days', finished_at = finished_at - interval '100 days',
    log_pruned = true where id = ${old}`);
  const worker = await deadWorker(db);
  const held = await claimItems(db, silent, worker, [ANALYSIS_KIND], TICKERS.length);
  return { list, held, worker, old, retried, queued: await ofList(), ended };
}

async function removeWorld(db: Db): Promise<void> {
  await db.execute(sql`delete from jobs`);
  await db.execute(sql`delete from watchlists where not is_default`);
  await db.execute(sql`delete from watchlist_items`);
  await db.execute(sql`delete from workers`);
}

const nextKey = () => {
  serial += 1;
  return `key ${serial}`;
};

type Step = (db: Db, world: World) => Promise<unknown>;

const edit =
  <Input extends object>(
    verb: (deps: { db: Db; log: typeof silent }, workspaceId: string, input: Input) => Promise<unknown>,
    input: (world: World) => Input,
  ): Step =>
  (db, world) =>
    verb({ db, log: silent }, WORKSPACE, { ...input(world), idempotencyKey: nextKey() });

const steps: Readonly<Record<string, Step>> = {
  'submit by watchlist': (db, { list }) =>
    submit(db, TICKERS, { kind: ANALYSIS_KIND, watchlistId: list, origin: 'WATCHLIST' }),
  'submit by the default list': async (db) => {
    const home = (await listWatchlists(db, WORKSPACE)).find(({ isDefault }) => isDefault);
    return submit(db, TICKERS, { kind: ANALYSIS_KIND, watchlistId: home?.id ?? '', origin: 'WATCHLIST' });
  },
  'submit by tickers': (db) =>
    submit(db, TICKERS.toReversed(), { kind: ANALYSIS_KIND, idempotencyKey: nextKey() }),
  'raise the priority of a queued job': (db) =>
    submit(db, TICKERS, { kind: ANALYSIS_KIND, force: false, priority: 6 + (serial % 4) }),
  'create a list': edit(createWatchlist, () => ({ name: `New ${nextKey()}`, tickers: TICKERS.toReversed() })),
  'delete the list': edit(deleteWatchlist, ({ list }) => ({ id: list })),
  'rename the list': edit(updateWatchlist, ({ list }) => ({ id: list, name: `Other ${nextKey()}` })),
  'add items': edit(addToWatchlist, ({ list }) => ({ id: list, tickers: ['T9', 'T2'], note: '' })),
  'remove items': edit(removeFromWatchlist, ({ list }) => ({ id: list, tickers: ['T4', 'T1'] })),
  'note an item': edit(updateWatchlistItem, ({ list }) => ({ id: list, ticker: 'T3', note: 'Noted' })),
  'cancel the running job': (db, { held }) =>
    cancelJob(db, silent, WORKSPACE, held[0]?.jobId ?? '', nextKey()),
  'cancel the queued job': (db, { queued }) => cancelJob(db, silent, WORKSPACE, queued),
  'cancel the retry': (db, { retried }) => cancelJob(db, silent, WORKSPACE, retried),
  'retry the old job': (db, { old }) => retryJob(db, silent, WORKSPACE, old, nextKey()),
  'retry the cancelled job': (db, { ended }) => retryJob(db, silent, WORKSPACE, ended, null),
  'pause and resume': async (db) => {
    await pauseQueue(db, silent, WORKSPACE, null);
    await resumeQueue(db, silent, WORKSPACE, null);
  },
  retention: (db) => pruneBatch(db, { eventDays: 30, jobDays: 90, keyDays: 7, auditDays: 30 }),
  claim: (db, { worker }) => claimItems(db, silent, worker, [ANALYSIS_KIND], 8),
  flush: (db, { held }) => flush(db, held),
  'flush in the opposite order': (db, { held }) => flush(db, held.toReversed()),
  rescue: async (db, { worker }) => {
    await db.execute(
      sql`update workers set state = 'LOST', stopped_at = clock_timestamp() where id = ${worker}`,
    );
    await returnOrphans(db, silent);
  },
  'deliver webhooks': async (db) => {
    for (const hook of await leaseWebhooks(db, slots, 1_000)) {
      await skipEvents(db, hook, 1_000, hook.position);
      await releaseWebhook(db, hook);
    }
  },
};

async function flush(db: Db, held: readonly ClaimedItem[]): Promise<void> {
  const task = analysisTask(database);
  const batch = held.map((item) => {
    const result = newAnalysis();
    const finished = {
      result: [result],
      facts: { analysisId: result.id, verdict: result.verdict, score: result.score },
    };
    return { item, steps: [{ type: 'COMPLETED' as const, finished }] };
  });
  await flushSteps(db, new Map([[task.kind, task]]), batch);
}

/** Errors that a caller of the API would see as INTERNAL or UNAVAILABLE. */
async function faultsOf(runs: readonly Promise<unknown>[]): Promise<string[]> {
  const ends = await Promise.allSettled(runs);
  return ends.flatMap((end) => {
    if (end.status === 'fulfilled' || end.reason instanceof UserError) return [];
    return [String(end.reason?.cause ?? end.reason)];
  });
}

const names = Object.keys(steps);

/** Blocks of which any two run together: every pair of steps meets, at least once in each round. */
const BLOCKS = 5;
const blocks = Array.from({ length: BLOCKS }, (_, n) => names.filter((_name, i) => i % BLOCKS === n));
const meetings = blocks.flatMap((one, i) => blocks.slice(i + 1).map((other) => [...one, ...other]));
const ROUNDS = 2;

test(`every pair of ${names.length} mutations and engine steps runs at once on the same objects without a deadlock or a fault`, async () => {
  const faults: string[] = [];
  const run = async (db: Db) => {
    for (const together of Array.from({ length: ROUNDS }, () => meetings).flat()) {
      const world = await makeWorld(database.db);
      const twice = [...together, ...together.toReversed()];
      for (const fault of await faultsOf(twice.map((name) => (steps[name] as Step)(db, world))))
        faults.push(`${fault}, in: ${together.join(', ')}`);
      expect(await inconsistencies(database.db)).toEqual([]);
      await removeWorld(database.db);
    }
  };
  const deadlocks = await countDeadlocks(
    database,
    run,
    2 * Math.max(...meetings.map(({ length }) => length)),
  );
  expect({ deadlocks, faults }).toEqual({ deadlocks: 0, faults: [] });
}, 120_000);
