import { type Db, inLockedTransaction, type Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { ring } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { advance } from './advance.ts';
import { type ClaimedItem, claimItems as claim, lockClaimableJobs } from './claim.store.ts';
import { insertEvents, updateJobs } from './job.store.ts';
import { type TickerStatus, updateWatchlistStatus } from './watchlist-status.store.ts';

/** How often to look again when others were faster. */
const ROUNDS = 3;

/**
 * Claims up to `limit` items of the given kinds for a worker. The claim, the jobs' step to PROCESSING and its events
 * are one transaction: there is no moment in which work runs under a QUEUED job. A worker that dies before the commit
 * has claimed nothing; one whose reply is lost finds the items again when it compares what it holds. `onEmptied` hears that
 * nothing claimable was left behind.
 */
export async function claimItems(
  db: Db,
  log: Logger,
  workerId: string,
  kinds: readonly string[],
  limit: number,
  onEmptied: () => void = () => undefined,
): Promise<ClaimedItem[]> {
  for (let round = 1; ; round += 1) {
    const claimed = await claimOnce(db, workerId, kinds, limit);
    if (claimed === 'NONE' || (claimed === 'RACED' && round === ROUNDS)) return [];
    if (claimed === 'RACED') continue;
    if (claimed.emptied) onEmptied();
    await ring(db, claimed.hints).catch((error: unknown) => log.warn({ err: error }, 'ring failed'));
    return claimed.items;
  }
}

/** RACED: others took what there was of the jobs that were picked; there may be more elsewhere. */
type Claimed =
  | 'NONE'
  | 'RACED'
  | { readonly items: ClaimedItem[]; readonly hints: readonly Hint[]; readonly emptied: boolean };

function claimOnce(db: Db, workerId: string, kinds: readonly string[], limit: number): Promise<Claimed> {
  const lock = (tx: Tx) => lockClaimableJobs(tx, kinds, limit);
  return inLockedTransaction(db, lock, async (tx, { jobs, found }): Promise<Claimed> => {
    if (jobs.length === 0) return 'NONE';
    const items = await claim(tx, workerId, jobs, kinds, limit);
    if (items.length === 0) return 'RACED';
    const tickers = Map.groupBy(items, (item) => item.jobId);
    const advances = jobs.flatMap((job) => {
      const started = tickers.get(job.id);
      if (started === undefined) return [];
      return [advance(job, [{ type: 'STARTED', tickers: started.map(({ ticker }) => ticker).sort() }])];
    });
    const changed = advances.map(({ job }) => job);
    const [, , lists] = await Promise.all([
      insertEvents(
        tx,
        advances.map(({ job, events }) => ({ jobId: job.id, events })),
      ),
      updateJobs(tx, changed),
      updateWatchlistStatus(tx, items.map(toStatus)),
    ]);
    const hints: Hint[] = [
      ...advances.map(({ job }): Hint => ({ about: 'job', id: job.id, at: job.lastSeq })),
      ...lists.map(({ id, revision }): Hint => ({ about: 'watchlist', id, at: revision })),
    ];
    // Fewer than were found: others took them, or deaths have made the lot small.
    return { items, hints, emptied: found < limit && items.length >= found };
  });
}

function toStatus({ workspaceId, ticker, jobId }: ClaimedItem): TickerStatus {
  return { workspaceId, ticker, jobId, status: 'PROCESSING', analysisId: null };
}
