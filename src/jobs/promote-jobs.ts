import type { Db } from '../db/client.ts';
import { isRowFault } from '../db/retry.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import {
  listDueOfEach,
  listFirstDue,
  type Promoted,
  promoteDueOfEach,
  promoteFirstDue,
  promoteJobs,
} from './due.store.ts';
import { createExclusions, type Exclusions, inHalves } from './halves.ts';

/** Jobs that are promoted by one statement: some 20 ms. */
const BATCH = 500;
/** Jobs of each workspace that are promoted while there are more than a batch. */
const BATCH_OF_EACH = 50;

/** Due times that lie closer together than this are served together, ms. */
const PAUSE_MS = 25;

/**
 * Makes jobs claimable whose time has come, a batch at most, and wakes the workers when there were any. Every worker calls it, and each call
 * looks at the rows alone: a worker that dies leaves nothing behind, and two at once skip each other's rows. A job on which the promotion fails
 * is left out for a while (`exclusions`), and the others are promoted. Returns after how many ms to call it again: 0 when more jobs are due,
 * Infinity when nothing is scheduled.
 */
export async function promoteDueJobs(
  db: Db,
  log: Logger,
  exclusions: Exclusions = createExclusions(() => performance.now()),
): Promise<number> {
  /** Promotes with `batch`, or one after the other what `list` returns when a row makes the statement fail. */
  async function promoteOr<Result>(
    batch: (excluded: readonly string[]) => Promise<Result>,
    list: (excluded: readonly string[]) => Promise<string[]>,
  ): Promise<Result | readonly string[]> {
    try {
      return await batch(exclusions.ids());
    } catch (error) {
      if (!isRowFault(error)) throw error;
      const due = await list(exclusions.ids());
      // The fault is not of a row.
      if (due.length === 0) throw error;
      const promoted = await inHalves(
        due,
        (ids) => promoteJobs(db, ids),
        (jobId, fault) => {
          const pauseMs = exclusions.add(jobId);
          log.error(
            { err: fault, jobId, pauseMs },
            'a due job cannot be made claimable; it is left out for a while',
          );
        },
      );
      return promoted.flat();
    }
  }
  const first = await promoteOr<Promoted>(
    (excluded) => promoteFirstDue(db, BATCH, excluded),
    (excluded) => listFirstDue(db, BATCH, excluded),
  );
  // After a fault the next call reads when the next job is due, without those that are left out.
  const { count, jobId, nextInMs } =
    'count' in first ? first : { count: BATCH, jobId: first[0] ?? null, nextInMs: 0 };
  if (jobId === null) return Math.max(nextInMs ?? Number.POSITIVE_INFINITY, PAUSE_MS);
  if (count === BATCH) {
    await promoteOr<unknown>(
      (excluded) => promoteDueOfEach(db, BATCH_OF_EACH, excluded),
      (excluded) => listDueOfEach(db, BATCH_OF_EACH, excluded),
    );
  }
  await notifySubscribers(db, log, [{ about: 'work', id: jobId, at: 0 }]);
  return count === BATCH ? 0 : Math.max(nextInMs ?? Number.POSITIVE_INFINITY, PAUSE_MS);
}
