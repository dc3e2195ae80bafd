import { type Db, inLockedTransaction, type Tx } from '../db/client.ts';
import { isRowFault } from '../db/retry.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import {
  type Claimable,
  type ClaimedItem,
  claimItems as claim,
  lockChosenJobs,
  lockClaimableJobs,
  type Wanted,
} from './claim.store.ts';
import { commitChanges, type JobChanges } from './commit-changes.ts';
import { refreshDueTimes } from './due.store.ts';
import { createExclusions, type Exclusions, inHalves } from './halves.ts';
import { shareOut } from './turns.ts';
import type { TickerStatus } from './watchlist-status.store.ts';

/** How often to look again when nothing could be claimed of the jobs that were next. */
const ROUNDS = 5;

/** How a worker claims; what is left out has a default. */
export interface ClaimOptions {
  /** Called when nothing claimable was left behind. */
  readonly onEmptied: () => void;
  readonly exclusions: Exclusions;
  /** False: items that must run alone are not claimed, because such an item is here already. */
  readonly suspects: boolean;
}

/**
 * Claims up to `limit` items of the given kinds for a worker. The claim, the jobs' step to PROCESSING and its events
 * are one transaction: there is no moment in which work runs under a QUEUED job. A worker that dies before the commit
 * has claimed nothing; one whose reply is lost finds the items again when it compares what it holds. `onEmptied` hears that
 * nothing claimable was left behind. A job on which the claim fails is left out for a while (`exclusions`), and the claim of the others goes on.
 */
export async function claimItems(
  db: Db,
  log: Logger,
  workerId: string,
  kinds: readonly string[],
  limit: number,
  options: Partial<ClaimOptions> = {},
): Promise<ClaimedItem[]> {
  const { onEmptied, suspects = true } = options;
  const exclusions = options.exclusions ?? createExclusions(() => performance.now());
  /** Jobs of which nothing could be claimed: they must not keep the others from their places. */
  const passed: string[] = [];
  for (let round = 1; ; round += 1) {
    const claimed = await claimOnce(db, log, { workerId, kinds, limit, suspects }, exclusions, passed);
    if (claimed === 'NONE') {
      onEmptied?.();
      return [];
    }
    if (claimed === 'NOTHING_TAKEN') {
      // Other jobs may be claimable: the queue is not known to be empty.
      if (round === ROUNDS) return [];
      continue;
    }
    if (claimed.emptied && passed.length === 0) onEmptied?.();
    await notifySubscribers(db, log, claimed.hints);
    return claimed.items;
  }
}

/**
 * NONE: no job is claimable. NOTHING_TAKEN: no item of the picked jobs was claimed, because other workers were faster, the workspace is paused,
 * nothing is due, or the items must run alone. Items of other jobs may be claimable.
 */
type Claimed =
  | 'NONE'
  | 'NOTHING_TAKEN'
  | { readonly items: ClaimedItem[]; readonly hints: readonly Hint[]; readonly emptied: boolean };

async function claimOnce(
  db: Db,
  log: Logger,
  wanted: Wanted,
  exclusions: Exclusions,
  passed: string[],
): Promise<Claimed> {
  let picked: readonly string[] = [];
  const lock = async (tx: Tx) => {
    const claimable = await lockClaimableJobs(tx, wanted, [...exclusions.ids(), ...passed]);
    picked = claimable.jobs.map(({ id }) => id);
    return claimable;
  };
  try {
    const claimed = await claimOf(db, wanted, lock);
    if (claimed === 'NOTHING_TAKEN') passed.push(...picked);
    return claimed;
  } catch (error) {
    if (!isRowFault(error) || picked.length === 0) throw error;
    return claimApart(db, log, wanted, picked, exclusions);
  }
}

/** Claims of these jobs in smaller and smaller parts, until the job on which the claim fails stands alone. */
async function claimApart(
  db: Db,
  log: Logger,
  wanted: Wanted,
  jobIds: readonly string[],
  exclusions: Exclusions,
): Promise<Claimed> {
  const items: ClaimedItem[] = [];
  const hints: Hint[] = [];
  const claimPart = async (ids: readonly string[]) => {
    // An item that was held at a death is the last of a claim: each part would add as many as a whole claim may hold.
    if (items.length >= wanted.limit || items.some(({ crashes }) => crashes > 0)) return;
    const lock = (tx: Tx) => lockChosenJobs(tx, ids);
    const limit = wanted.limit - items.length;
    // An item that must run alone is not claimed beside those of an earlier part.
    const suspects = wanted.suspects && items.length === 0;
    const claimed = await claimOf(db, { ...wanted, limit, suspects }, lock);
    if (claimed === 'NONE' || claimed === 'NOTHING_TAKEN') return;
    items.push(...claimed.items);
    hints.push(...claimed.hints);
  };
  try {
    await inHalves(jobIds, claimPart, (jobId, error) => {
      const pauseMs = exclusions.add(jobId);
      log.error({ err: error, jobId, pauseMs }, 'a job cannot be claimed and is left out for a while');
    });
  } catch (error) {
    // What earlier parts claimed is committed: nobody but this caller runs it.
    if (items.length === 0) throw error;
    log.warn({ err: error, items: items.length }, 'claiming failed after some items were claimed');
  }
  return items.length === 0 ? 'NOTHING_TAKEN' : { items, hints, emptied: false };
}

function claimOf(db: Db, wanted: Wanted, lock: (tx: Tx) => Promise<Claimable>): Promise<Claimed> {
  return inLockedTransaction(db, lock, async (tx, { jobs, all }): Promise<Claimed> => {
    if (jobs.length === 0) return 'NONE';
    const open = jobs.filter((job) => job.claimable);
    if (open.length === 0) return 'NOTHING_TAKEN';
    const shares = new Map(shareOut(open, wanted.limit).map((share) => [share.id, share]));
    const { items, cut } = await claim(tx, open, [...shares.values()], wanted);
    const tickers = Map.groupBy(items, (item) => item.jobId);
    const without = [...shares.keys()].filter((id) => !tickers.has(id));
    if (without.length > 0) await refreshDueTimes(tx, without);
    if (items.length === 0) return 'NOTHING_TAKEN';
    const jobChanges = open.flatMap((job): JobChanges[] => {
      const started = tickers.get(job.id)?.map(({ ticker }) => ticker) ?? [];
      if (started.length === 0) return [];
      // Less than its share: no more of its items are due, or the claim was cut short. Its due time is read anew from its items.
      const exhausted = started.length < (shares.get(job.id)?.items ?? 0);
      return [{ job, changes: [{ type: 'STARTED', tickers: started.sort() }], claim: { exhausted } }];
    });
    const committed = await commitChanges(tx, { jobs: jobChanges, items: items.map(toStatus) });
    // A job that got less than it has queued, and less than its share, has nothing more that is due.
    const short = new Set(jobChanges.filter(({ claim }) => claim?.exhausted).map(({ job }) => job.id));
    const exhausted = committed.jobs.every((job) => job.queued === 0 || short.has(job.id));
    const emptied = all && !cut && shares.size === open.length && exhausted;
    return { items, hints: committed.hints, emptied };
  });
}

function toStatus({ workspaceId, ticker, jobId }: ClaimedItem): TickerStatus {
  return { workspaceId, ticker, jobId, status: 'PROCESSING', analysisId: null };
}
