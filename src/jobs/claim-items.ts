import { type Db, inTransaction } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { ring } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { advance } from './advance.ts';
import { type ClaimedItem, claimItems as claim, lockClaimableJobs } from './claim.store.ts';
import { insertEvents, lockJobs, updateJobs } from './job.store.ts';
import { updateWatchlistStatus } from './watchlist-status.store.ts';

/**
 * Claims up to `limit` items of the given kinds for a worker. The claim, the jobs' step to PROCESSING and its events
 * are one transaction: there is no moment in which work runs under a QUEUED job. A worker that dies before the commit
 * has claimed nothing; one whose reply is lost finds the items again when it compares what it holds.
 */
export async function claimItems(
  db: Db,
  log: Logger,
  workerId: string,
  kinds: readonly string[],
  limit: number,
): Promise<ClaimedItem[]> {
  const claimed = await inTransaction(db, async (tx) => {
    const jobIds = await lockClaimableJobs(tx, kinds, limit);
    if (jobIds.length === 0) return null;
    const jobs = await lockJobs(tx, jobIds);
    const items = await claim(tx, workerId, jobIds, kinds, limit);
    const tickers = Map.groupBy(items, (item) => item.jobId);
    const advances = jobs.flatMap((job) => {
      const started = tickers.get(job.id);
      if (started === undefined) return [];
      return [advance(job, [{ type: 'STARTED', tickers: started.map(({ ticker }) => ticker).sort() }])];
    });
    if (advances.length === 0) return null;
    await insertEvents(
      tx,
      advances.map(({ job, events }) => ({ jobId: job.id, events })),
    );
    await updateJobs(
      tx,
      advances.map(({ job }) => job),
    );
    const lists = await updateWatchlistStatus(
      tx,
      items.map(({ workspaceId, ticker, jobId }) => ({
        workspaceId,
        ticker,
        jobId,
        status: 'PROCESSING',
        analysisId: null,
      })),
    );
    const hints: Hint[] = [
      ...advances.map(({ job }): Hint => ({ about: 'job', id: job.id, at: job.lastSeq })),
      ...lists.map(({ id, revision }): Hint => ({ about: 'watchlist', id, at: revision })),
    ];
    return { items, hints };
  });
  if (claimed === null) return [];
  await ring(db, claimed.hints).catch((error: unknown) => log.warn({ err: error }, 'ring failed'));
  return claimed.items;
}
