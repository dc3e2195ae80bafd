import { setTimeout as delay } from 'node:timers/promises';
import { type Db, inTransaction } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { Change } from './advance.ts';
import { commitChanges } from './commit-changes.ts';
import { createExclusions, type Exclusions, inHalves } from './halves.ts';
import { lockJobs } from './job.store.ts';
import { CRASH_LIMIT } from './job.ts';
import { createLiveness, type Liveness } from './liveness.ts';
import { repairDueTimes, restoreDueTimes, restoreTurns } from './repair-jobs.ts';
import type { TickerStatus } from './watchlist-status.store.ts';
import {
  isBehindRows,
  listOrphanedJobs,
  listPulses,
  markLost,
  pruneWorkers,
  type ReturnedItem,
  takeOrphanedItems,
  tryRescueLock,
} from './worker.store.ts';

const TICK_MS = 250;
/** A worker whose connection broke may be connecting again: its lock must be free this long before it counts as dead. */
const UNLOCKED_MS = 500;
/** Another process may be the one that acts: no closer looks than this. */
const MIN_PAUSE_MS = 50;
const JOBS_PER_TICK = 100;
const PRUNE_AFTER_HOURS = 24;
const PRUNE_EVERY_MS = 3_600_000;
/** Pause between two searches for jobs without a due time. */
const REPAIR_EVERY_MS = 2_000;
const POISON = {
  code: 'POISON',
  message: `The item failed because ${CRASH_LIMIT} workers crashed while they ran it.`,
} as const;

type RescueMetrics = Pick<Metrics, 'itemsRescued' | 'workersLost'>;

export interface Rescuer {
  stop(): Promise<void>;
}

/**
 * Watches over the workers and gives the items of dead ones back to the queue. Every worker process runs one; an advisory
 * lock lets one of them act at a time. Running it twice, or dying in the middle, changes nothing: each pass is one transaction
 * that looks at what is so.
 */
export function rescueItems(deps: {
  readonly db: Db;
  readonly leaseMs: number;
  readonly log: Logger;
  readonly metrics?: RescueMetrics | undefined;
}): Rescuer {
  const { db, leaseMs, log, metrics } = deps;
  const stopping = new AbortController();
  const liveness = createLiveness({ leaseMs, unlockedMs: UNLOCKED_MS });
  const exclusions = createExclusions(() => performance.now());

  const repairs = createExclusions(() => performance.now());

  /** A fault of one duty stops none of the others. Returns whether it was done. */
  async function attempt(duty: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      log.warn({ err: error, duty }, 'a duty of the rescuer failed; trying again');
      return false;
    }
  }

  /** Returns false when the workers could not be observed, or another process is the rescuer. */
  async function observe(): Promise<boolean> {
    try {
      return await markDead(db, liveness, log, metrics);
    } catch (error) {
      liveness.forget();
      log.warn({ err: error }, 'the workers could not be observed; trying again');
      return false;
    }
  }

  async function watch(): Promise<void> {
    let pruneAt = 0;
    let repairAt = 0;
    /** The clock may have been set back while no process looked. */
    let begins = true;
    while (!stopping.signal.aborted) {
      if (await observe()) {
        // First of all duties: nothing that repairs may delay it.
        await attempt('rescue', async () => {
          while ((await returnOrphans(db, log, metrics, exclusions)) > 0);
        });
        const repairing = performance.now() >= repairAt;
        // Moved before the work: work that fails slowly must not fill the time in which workers are observed.
        if (repairing) repairAt = performance.now() + REPAIR_EVERY_MS;
        if (liveness.clockWasSetBack()) await restoreTimes();
        if (begins && repairing) begins = !(await restoreIfBehind());
        if (repairing) await attempt('repair of due times', () => repairDueTimes(db, log, repairs));
        if (performance.now() > pruneAt) {
          pruneAt = performance.now() + PRUNE_EVERY_MS;
          await attempt('pruning of workers', () =>
            db.transaction((tx) => pruneWorkers(tx, PRUNE_AFTER_HOURS)),
          );
        }
      }
      const pause = Math.min(
        TICK_MS * (0.8 + Math.random() * 0.4),
        Math.max(liveness.untilDead(performance.now()), MIN_PAUSE_MS),
      );
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  /** Returns false when something was left that may succeed later. */
  async function restoreTimes(): Promise<boolean> {
    const items = await attempt('repair of times of items', () => restoreDueTimes(db, log, repairs));
    const turns = await attempt('repair of turns', () => restoreTurns(db, log, repairs));
    return items && turns && repairs.ids().length === 0;
  }

  async function restoreIfBehind(): Promise<boolean> {
    let behind = false;
    const looked = await attempt('look at the clock', async () => {
      behind = await isBehindRows(db);
    });
    return looked && (!behind || (await restoreTimes()));
  }

  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** Declares workers lost whose connection or heartbeat is gone. Returns false when another process is the rescuer. */
async function markDead(db: Db, liveness: Liveness, log: Logger, metrics?: RescueMetrics): Promise<boolean> {
  return db.transaction(async (tx) => {
    // What is known of unlocked workers stays known: another process looks at the moment, for some milliseconds.
    const askedAt = performance.now();
    const clockMs = await tryRescueLock(tx);
    if (clockMs === null) return false;
    liveness.compareClock(clockMs, askedAt);
    const dead = liveness.observe(await listPulses(tx), performance.now());
    if (dead.length > 0) {
      await markLost(
        tx,
        dead.map(({ id }) => id),
      );
      for (const { id, name, unlocked } of dead) {
        const detectedBy = unlocked ? 'CONNECTION' : 'LEASE';
        log.warn({ workerId: id, name, detectedBy }, 'worker lost');
        metrics?.workersLost.inc({ detected_by: detectedBy });
      }
    }
    return true;
  });
}

/**
 * Gives the items of absent workers back, some jobs at a time. Returns how many items it took. A job on which this fails is left out for a while,
 * and the items of the others are returned.
 */
export async function returnOrphans(
  db: Db,
  log: Logger,
  metrics?: RescueMetrics,
  exclusions: Exclusions = createExclusions(() => performance.now()),
): Promise<number> {
  const jobIds = await db.transaction((tx) => listOrphanedJobs(tx, JOBS_PER_TICK, exclusions.ids()));
  const counts = await inHalves(
    jobIds,
    (ids) => returnOrphansOf(db, log, ids, metrics),
    (jobId, error) => {
      const pauseMs = exclusions.add(jobId);
      log.error(
        { err: error, jobId, pauseMs },
        'items of a job cannot be rescued; it is left out for a while',
      );
    },
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function returnOrphansOf(
  db: Db,
  log: Logger,
  jobIds: readonly string[],
  metrics?: RescueMetrics,
): Promise<number> {
  const taken = await inTransaction(db, async (tx) => {
    const jobs = await lockJobs(tx, jobIds);
    const items = await takeOrphanedItems(tx, jobIds, CRASH_LIMIT, POISON);
    const byJob = Map.groupBy(items, (item) => item.jobId);
    const committed = await commitChanges(tx, {
      jobs: jobs.map((job) => ({ job, changes: (byJob.get(job.id) ?? []).map(toChange) })),
      items: items.map(toStatus),
    });
    if (committed.jobs.length === 0) return null;
    const work = committed.jobs.map((job): Hint => ({ about: 'work', id: job.id, at: 0 }));
    const hints = [...committed.hints, ...work];
    return { items, hints };
  });
  if (taken === null) return 0;
  log.warn(
    { items: taken.items.length, jobs: new Set(taken.items.map((item) => item.jobId)).size },
    'items rescued',
  );
  for (const { poisoned } of taken.items)
    metrics?.itemsRescued.inc({ state: poisoned ? 'FAILED' : 'QUEUED' });
  await notifySubscribers(db, log, taken.hints);
  return taken.items.length;
}

function toChange(item: ReturnedItem): Change {
  const { ticker, attempt, phaseBefore: share } = item;
  return item.poisoned
    ? { type: 'FAILED', ticker, attempt, share, ...POISON }
    : { type: 'RETURNED', ticker, attempt, share, reason: 'WORKER_LOST' };
}

function toStatus({ workspaceId, ticker, jobId, poisoned }: ReturnedItem): TickerStatus {
  return { workspaceId, ticker, jobId, status: poisoned ? 'FAILED' : 'QUEUED', analysisId: null };
}
