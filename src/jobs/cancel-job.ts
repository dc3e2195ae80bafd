import type { Db } from '../db/client.ts';
import { waitForJobs } from '../db/wait-for-jobs.ts';
import { InvalidStateError, NotFoundError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { changeOnce } from '../idempotency/change-once.ts';
import type { Logger } from '../logger.ts';
import type { Places } from '../quotas/reserve-places.ts';
import { commitChanges } from './commit-changes.ts';
import { cancelItems, findJob, lockJob } from './job.store.ts';
import type { Job } from './job.ts';
import { isFinal } from './job.ts';
import type { TickerStatus } from './watchlist-status.store.ts';

/**
 * Ends every item that has not ended and with them the job. Results that are stored stay. Cancelling twice answers the
 * cancelled job again; a job that ended otherwise is an InvalidStateError. A worker in the middle of an item loses its
 * claim with the commit; the notification only reports it sooner.
 */
export async function cancelJob(
  db: Db,
  log: Logger,
  workspaceId: string,
  id: string,
  idempotencyKey: string | null = null,
  storedResponses?: Places,
): Promise<Job> {
  const asked = { workspaceId, operation: 'cancelJob', input: { id, idempotencyKey } };
  await changeOnce({ db, log, ...(storedResponses && { storedResponses }) }, asked, async (tx) => {
    const [, job] = await Promise.all([waitForJobs(tx), lockJob(tx, workspaceId, id)]);
    if (job === null) throw new NotFoundError(`There is no job ${id}.`);
    const target = { type: 'Job', ids: [id] };
    if (job.state === 'CANCELLED') return { answer: null, hints: [], target };
    if (isFinal(job.state)) {
      throw new InvalidStateError(
        job.state,
        `The job is ${job.state}; only an unfinished job can be cancelled.`,
      );
    }
    const items = await cancelItems(tx, workspaceId, id);
    const queued = items.filter((item) => item.wasQueued).length;
    const change = { type: 'CANCELLED', queued, processing: items.length - queued } as const;
    const statuses = items.map(
      ({ ticker }): TickerStatus => ({
        workspaceId,
        ticker,
        jobId: id,
        status: 'CANCELLED',
        analysisId: null,
      }),
    );
    const committed = await commitChanges(tx, { jobs: [{ job, changes: [change] }], items: statuses });
    const hints: Hint[] = [...committed.hints, { about: 'cancel', id, at: 0 }];
    return { answer: null, hints, target };
  });
  const job = await findJob(db, workspaceId, id);
  if (job === null) throw new NotFoundError(`There is no job ${id}.`);
  return job;
}
