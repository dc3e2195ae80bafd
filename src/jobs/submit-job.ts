import { recordChange } from '../audit/record-change.ts';
import { type Db, inLockedTransaction, type Tx } from '../db/client.ts';
import { waitForJobs } from '../db/wait-for-jobs.ts';
import { IdempotencyConflictError, type LimitExceededError, NotFoundError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import { reserveKey } from '../idempotency/change-once.ts';
import { fingerprintOf, hashOf } from '../idempotency/fingerprint.ts';
import type { Logger } from '../logger.ts';
import { type Need, type Places, queuePlaces, reserveAll, responsePlace } from '../quotas/reserve-places.ts';
import { commitNewJob } from './commit-changes.ts';
import {
  findActiveJob,
  findJobByKey,
  holdWatchlist,
  lockSubmission,
  makeJobId,
  type NewJob,
} from './job.store.ts';
import type { Job } from './job.ts';
import { raiseJobPriority } from './priority.store.ts';

/**
 * What is asked for: `options` are the resolved ones, defaults written out, and `tickers` are normalised, without
 * duplicates, at least one.
 */
export interface JobRequest extends Omit<NewJob, 'fingerprint' | 'requestHash'> {
  /** Store a new job even when an active job does the same work. */
  readonly force: boolean;
  /** The request as the client asked it: what a repeat under the same idempotency key must equal. */
  readonly asked: unknown;
}

/** Of the workspace's quotas. */
export interface JobPlaces {
  readonly queuedItems: Places;
  readonly storedResponses: Places;
}

export interface Submitted {
  readonly job: Job;
  /** True when the job existed: nothing new was stored. */
  readonly deduplicated: boolean;
}

/**
 * Stores a job, its items and its first event in one transaction, or returns the job that already stands for this
 * request: the one with the same idempotency key, or without a key an active job that does the same work at the requested time
 * (`findActiveJob`, unless `force`). A request of a higher priority raises the priority of that job.
 * Throws IdempotencyConflictError when the key belongs to a different request, and LimitExceededError when the workspace has no place for a new job.
 *
 * If the process dies before the commit nothing exists; if the reply is lost, repeating the request answers the job.
 */
export async function submitJob(
  db: Db,
  log: Logger,
  request: JobRequest,
  places: JobPlaces | null = null,
): Promise<Submitted> {
  const reserved = await reserveAll(request.workspaceId, needsOf(request, places));
  let outcome: 'STORED' | 'NOTHING' = 'NOTHING';
  try {
    const submitted = await submitInPlaces(db, log, request, reserved.refusal);
    if (!submitted.deduplicated) outcome = 'STORED';
    return submitted;
  } finally {
    reserved.end(outcome);
  }
}

function needsOf({ tickers, idempotencyKey }: JobRequest, places: JobPlaces | null): readonly Need[] {
  if (places === null) return [];
  const { queuedItems, storedResponses } = places;
  const queue = queuePlaces(queuedItems, tickers.length);
  return idempotencyKey === null ? [queue] : [queue, responsePlace(storedResponses)];
}

/** `refusal`: why nothing new may be stored, or null. */
async function submitInPlaces(
  db: Db,
  log: Logger,
  request: JobRequest,
  refusal: LimitExceededError | null,
): Promise<Submitted> {
  const fingerprint = fingerprintOf(request);
  const requestHash = hashOf(request.asked);
  const { submitted, hints } = await inLockedTransaction(
    db,
    (tx) => Promise.all([findKnown(tx, request, fingerprint, requestHash), makeJobId(tx)]),
    async (tx, [known, id]) => {
      if (known !== null) {
        const job = await raisePriority(tx, known, request);
        const hints: Hint[] = job.priority === known.priority ? [] : [{ about: 'row', id: job.id, at: 0 }];
        return { submitted: { job, deduplicated: true }, hints };
      }
      if (refusal !== null) throw refusal;
      const { workspaceId, idempotencyKey } = request;
      if (idempotencyKey !== null) await reserveKey(tx, workspaceId, idempotencyKey, requestHash);
      const watchlistId = await keepWatchlist(tx, request);
      const { job, hints } = await storeJob(tx, id, { ...request, watchlistId, fingerprint, requestHash });
      return { submitted: { job, deduplicated: false }, hints };
    },
  );
  await notifySubscribers(db, log, hints);
  return submitted;
}

/** The job that a key already stands for, for callers that must not resolve the request a second time. */
export async function findSubmitted(
  db: Db,
  workspaceId: string,
  idempotencyKey: string | null,
  asked: unknown,
): Promise<Submitted | null> {
  if (idempotencyKey === null) return null;
  const known = await findJobByKey(db, workspaceId, idempotencyKey);
  if (known === null) return null;
  if (known.requestHash !== hashOf(asked)) throw new IdempotencyConflictError(known.job.id);
  return { job: known.job, deduplicated: true };
}

/** Statements run in the order of the calls: who looks has the lock. */
async function findKnown(
  tx: Tx,
  request: JobRequest,
  fingerprint: string,
  requestHash: string,
): Promise<Job | null> {
  const { workspaceId, idempotencyKey, force } = request;
  if (idempotencyKey !== null) {
    const [, known] = await Promise.all([
      lockSubmission(tx, `${workspaceId} key ${idempotencyKey}`),
      findJobByKey(tx, workspaceId, idempotencyKey),
    ]);
    if (known !== null && known.requestHash !== requestHash) throw new IdempotencyConflictError(known.job.id);
    return known?.job ?? null;
  }
  if (force) return null;
  const [, active] = await Promise.all([
    lockSubmission(tx, `${workspaceId} work ${fingerprint}`),
    findActiveJob(tx, workspaceId, fingerprint, request.runAt),
  ]);
  return active;
}

/**
 * Raises a job to the priority of a request that shares it. A request with an idempotency key raises nothing: it is a repeat
 * of the request that made the job.
 */
async function raisePriority(tx: Tx, job: Job, { idempotencyKey, priority }: JobRequest): Promise<Job> {
  if (idempotencyKey !== null || priority <= job.priority) return job;
  const [, raised] = await Promise.all([
    waitForJobs(tx),
    raiseJobPriority(tx, job.workspaceId, job.id, priority),
  ]);
  if (!raised) return job;
  await recordChange(tx, { type: 'Job', ids: [job.id] });
  return { ...job, priority };
}

/**
 * The list that the job is stored with: it cannot be deleted before the commit. A list that was deleted after its tickers were read is a
 * NotFoundError; a retry, whose tickers come from its job, goes without.
 */
async function keepWatchlist(
  tx: Tx,
  { workspaceId, watchlistId, retryOf }: JobRequest,
): Promise<string | null> {
  if (watchlistId === null || (await holdWatchlist(tx, workspaceId, watchlistId))) return watchlistId;
  if (retryOf !== null) return null;
  throw new NotFoundError(`There is no watchlist ${watchlistId}.`);
}

async function storeJob(
  tx: Tx,
  id: string,
  request: JobRequest & Pick<NewJob, 'fingerprint' | 'requestHash'>,
): Promise<{ job: Job; hints: Hint[] }> {
  const { asked: _asked, force: _force, ...stored } = request;
  const { job, hints } = await commitNewJob(tx, id, stored);
  await recordChange(tx, { type: 'Job', ids: [id] });
  const delayMs = Math.max(job.runAt.getTime() - job.createdAt.getTime(), 0);
  const work: Hint = { about: 'work', id: job.id, at: request.runAt === null ? 0 : delayMs };
  return { job, hints: [work, ...hints] };
}
