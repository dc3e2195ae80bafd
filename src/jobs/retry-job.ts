import type { Db } from '../db/client.ts';
import { InvalidStateError, NotFoundError } from '../errors.ts';
import { parseKey } from '../idempotency/key.ts';
import type { Logger } from '../logger.ts';
import { listTickers } from './item.store.ts';
import { findJob } from './job.store.ts';
import { isFinal } from './job.ts';
import { findSubmitted, type JobPlaces, type JobRequest, type Submitted, submitJob } from './submit-job.ts';

/**
 * Submits a new job with the tickers of an ended one that failed or were cancelled, with the same options. The ended
 * job stays as it is: a final state never changes. Retrying twice while the retry runs answers the same job.
 */
export async function retryJob(
  db: Db,
  log: Logger,
  workspaceId: string,
  id: string,
  idempotencyKey: string | null,
  places: JobPlaces | null = null,
): Promise<Submitted> {
  parseKey(idempotencyKey);
  const asked = { retryOf: id };
  const known = await findSubmitted(db, workspaceId, idempotencyKey, asked);
  if (known !== null) return known;
  const job = await findJob(db, workspaceId, id);
  if (job === null) throw new NotFoundError(`There is no job ${id}.`);
  if (!isFinal(job.state)) {
    throw new InvalidStateError(
      job.state,
      `The job is ${job.state}; cancel it or wait until it has finished, then retry it.`,
    );
  }
  const tickers = await listTickers(db, workspaceId, id, ['FAILED', 'CANCELLED']);
  if (tickers.length === 0) {
    throw new InvalidStateError(job.state, 'Every ticker of this job succeeded; there is nothing to retry.');
  }
  const { kind, origin, strategy, source, isDemo, options, watchlistId, priority } = job;
  const request: JobRequest = {
    workspaceId,
    kind,
    origin,
    strategy,
    source,
    isDemo,
    options,
    tickers,
    watchlistId,
    retryOf: id,
    priority,
    runAt: null,
    idempotencyKey,
    force: false,
    asked,
  };
  return submitJob(db, log, request, places);
}
