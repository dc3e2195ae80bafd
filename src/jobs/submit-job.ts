import { reserveKey } from '../answers/change-once.ts';
import { recordChange } from '../audit/record-change.ts';
import { type Db, inLockedTransaction, type Tx } from '../db/client.ts';
import { IdempotencyConflictError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { ring } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { fingerprintOf, hashOf } from './fingerprint.ts';
import {
  findActiveJob,
  findJobByKey,
  insertEvents,
  insertItems,
  insertJob,
  lockSubmission,
  makeJobId,
  type NewJob,
} from './job.store.ts';
import type { Job } from './job.ts';
import { updateWatchlistStatus } from './watchlist-status.store.ts';

/**
 * What is asked for: `options` are the resolved ones, defaults written out, and `tickers` are normalised, without
 * duplicates, at least one.
 */
export interface JobRequest extends Omit<NewJob, 'fingerprint' | 'requestHash'> {
  /** Do not look for an identical job that still runs. */
  readonly force: boolean;
  /** The request as the client asked it: what a repeat under the same idempotency key must equal. */
  readonly asked: unknown;
}

export interface Submitted {
  readonly job: Job;
  /** True when the job existed: nothing new was stored. */
  readonly deduplicated: boolean;
}

/**
 * Stores a job, its items and its first event in one transaction, or answers the job that already stands for this
 * request: the one with the same idempotency key, or without a key an identical one that has not ended (unless `force`).
 * Throws IdempotencyConflictError when the key belongs to a different request.
 *
 * If the process dies before the commit nothing exists; if the reply is lost, repeating the request answers the job.
 */
export async function submitJob(db: Db, log: Logger, request: JobRequest): Promise<Submitted> {
  const fingerprint = fingerprintOf(request);
  const requestHash = hashOf(request.asked);
  const { submitted, hints } = await inLockedTransaction(
    db,
    (tx) => Promise.all([findKnown(tx, request, fingerprint, requestHash), makeJobId(tx)]),
    async (tx, [known, id]) => {
      if (known !== null) return { submitted: { job: known, deduplicated: true }, hints: [] };
      const { workspaceId, idempotencyKey } = request;
      if (idempotencyKey !== null) await reserveKey(tx, workspaceId, idempotencyKey, requestHash);
      const { job, hints } = await storeJob(tx, id, { ...request, fingerprint, requestHash });
      return { submitted: { job, deduplicated: false }, hints };
    },
  );
  // After the commit the job exists whatever becomes of the ring: workers poll.
  if (hints.length > 0) {
    await ring(db, hints).catch((error: unknown) => log.warn({ err: error }, 'ring failed'));
  }
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
    findActiveJob(tx, workspaceId, fingerprint),
  ]);
  return active;
}

async function storeJob(
  tx: Tx,
  id: string,
  request: JobRequest & Pick<NewJob, 'fingerprint' | 'requestHash'>,
): Promise<{ job: Job; hints: Hint[] }> {
  const { asked: _asked, force: _force, ...stored } = request;
  const queued = {
    seq: 1,
    type: 'JOB_QUEUED',
    ticker: null,
    phase: null,
    progress: 0,
    payload: null,
  } as const;
  const { workspaceId, tickers } = request;
  // Sent one behind the other without waiting; they run in this order, which is the order of locks.
  const [job, , , lists] = await Promise.all([
    insertJob(tx, id, stored),
    insertItems(tx, id, tickers),
    insertEvents(tx, [{ jobId: id, events: [queued] }]),
    updateWatchlistStatus(
      tx,
      tickers.map((ticker) => ({ workspaceId, ticker, jobId: id, status: 'QUEUED', analysisId: null })),
    ),
    recordChange(tx, { type: 'Job', ids: [id] }),
  ]);
  const hints: Hint[] = [
    { about: 'work', id: job.id, at: 0 },
    { about: 'job', id: job.id, at: job.lastSeq },
    ...lists.map(({ id, revision }): Hint => ({ about: 'watchlist', id, at: revision })),
  ];
  return { job, hints };
}
