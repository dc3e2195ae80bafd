import { setTimeout as delay } from 'node:timers/promises';
import { type Db, inTransaction } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { ring } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { advance, type Change } from './advance.ts';
import { insertEvents, lockJobs, updateJobs } from './job.store.ts';
import { CRASH_LIMIT, isFinal } from './job.ts';
import { logEnds } from './log-ends.ts';
import { type TickerStatus, updateWatchlistStatus } from './watchlist-status.store.ts';
import {
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
const POISON = {
  code: 'POISON',
  message: `The item was given up: ${CRASH_LIMIT} workers died while they ran it.`,
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
  const unlockedSince = new Map<string, number>();

  async function watch(): Promise<void> {
    let pruneAt = 0;
    while (!stopping.signal.aborted) {
      try {
        if (await markDead(db, leaseMs, unlockedSince, log, metrics)) {
          while ((await returnOrphans(db, log, metrics)) > 0);
          if (performance.now() > pruneAt) {
            await db.transaction((tx) => pruneWorkers(tx, PRUNE_AFTER_HOURS));
            pruneAt = performance.now() + 3_600_000;
          }
        }
      } catch (error) {
        unlockedSince.clear();
        log.warn({ err: error }, 'rescue pass failed; trying again');
      }
      const pause = Math.min(TICK_MS * (0.8 + Math.random() * 0.4), untilDead(unlockedSince));
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}

/** How long until a worker that is known to be unlocked counts as dead, ms. */
function untilDead(unlockedSince: ReadonlyMap<string, number>): number {
  const first = Math.min(...unlockedSince.values());
  return Math.max(first + UNLOCKED_MS - performance.now(), MIN_PAUSE_MS);
}

/** Declares workers lost whose connection or heartbeat is gone. Answers false when another process is the rescuer. */
async function markDead(
  db: Db,
  leaseMs: number,
  unlockedSince: Map<string, number>,
  log: Logger,
  metrics?: RescueMetrics,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // What is known of unlocked workers stays known: another process looks at the moment, for some milliseconds.
    if (!(await tryRescueLock(tx))) return false;
    const now = performance.now();
    const pulses = await listPulses(tx, leaseMs);
    for (const id of unlockedSince.keys()) {
      if (!pulses.some((pulse) => pulse.id === id && pulse.unlocked)) unlockedSince.delete(id);
    }
    const dead = pulses.filter(({ id, unlocked, silent }) => {
      if (!unlocked) return silent;
      const since = unlockedSince.get(id) ?? now;
      unlockedSince.set(id, since);
      return silent || now - since >= UNLOCKED_MS;
    });
    if (dead.length > 0) {
      await markLost(
        tx,
        dead.map(({ id }) => id),
      );
      for (const { id, name, unlocked } of dead) {
        const detectedBy = unlocked ? 'CONNECTION' : 'LEASE';
        log.warn({ workerId: id, name, detectedBy }, 'worker lost');
        metrics?.workersLost.inc({ detected_by: detectedBy });
        unlockedSince.delete(id);
      }
    }
    return true;
  });
}

/** Gives the items of absent workers back, some jobs at a time. Answers how many items it took. */
export async function returnOrphans(db: Db, log: Logger, metrics?: RescueMetrics): Promise<number> {
  const taken = await inTransaction(db, async (tx) => {
    const jobIds = await listOrphanedJobs(tx, JOBS_PER_TICK);
    if (jobIds.length === 0) return null;
    const jobs = await lockJobs(tx, jobIds);
    const items = await takeOrphanedItems(tx, jobIds, CRASH_LIMIT, POISON);
    const byJob = Map.groupBy(items, (item) => item.jobId);
    const advances = jobs
      .filter((job) => byJob.has(job.id) && !isFinal(job.state))
      .map((job) => advance(job, (byJob.get(job.id) ?? []).map(toChange)));
    if (advances.length === 0) return null;
    await insertEvents(
      tx,
      advances.map(({ job, events }) => ({ jobId: job.id, events })),
    );
    const advanced = advances.map(({ job }) => job);
    await updateJobs(tx, advanced);
    const lists = await updateWatchlistStatus(tx, items.map(toStatus));
    const hints: Hint[] = [
      ...advanced.map((job): Hint => ({ about: 'job', id: job.id, at: job.lastSeq })),
      ...advanced.map((job): Hint => ({ about: 'work', id: job.id, at: 0 })),
      ...lists.map(({ id, revision }): Hint => ({ about: 'watchlist', id, at: revision })),
      ...(await logEnds(tx, advanced)),
    ];
    return { items, hints };
  });
  if (taken === null) return 0;
  log.warn(
    { items: taken.items.length, jobs: new Set(taken.items.map((item) => item.jobId)).size },
    'items rescued',
  );
  for (const { poisoned } of taken.items)
    metrics?.itemsRescued.inc({ state: poisoned ? 'FAILED' : 'QUEUED' });
  await ring(db, taken.hints).catch((error: unknown) => log.warn({ err: error }, 'ring failed'));
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
