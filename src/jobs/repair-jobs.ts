import { type Db, inTransaction, type Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { listJobsAhead, listUndatedJobs, moveTurns, refreshDueTimes } from './due.store.ts';
import { createExclusions, type Exclusions, inHalves } from './halves.ts';
import { lockJobs } from './job.store.ts';
import { listDisplacedJobs, moveDisplacedItems } from './worker.store.ts';

/** Jobs of one transaction. */
const BATCH = 100;
/** Sorts before every job. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * Runs `work` on these jobs in a transaction that has locked them. A job on which it fails is left out for a while, and the others are repaired.
 * Returns the results of the parts.
 */
function repairEach<Result>(
  deps: { readonly db: Db; readonly log: Logger; readonly exclusions: Exclusions },
  jobIds: readonly string[],
  work: (tx: Tx, jobIds: readonly string[]) => Promise<Result>,
): Promise<Result[]> {
  const { db, log, exclusions } = deps;
  const repair = async (tx: Tx, ids: readonly string[]) => {
    await lockJobs(tx, ids);
    return work(tx, ids);
  };
  return inHalves(
    jobIds,
    (ids) => inTransaction(db, (tx) => repair(tx, ids)),
    (jobId, error) => {
      const pauseMs = exclusions.add(jobId);
      log.error({ err: error, jobId, pauseMs }, 'a job cannot be repaired; it is left out for a while');
    },
  );
}

/**
 * Finds jobs with queued items that neither a claim nor a promotion would look at, and writes from their items when they are due. Costs one
 * look-up in an index when there is none. A job that counts queued items and has none cannot be repaired here and is left out for a while, longer each
 * time. Returns how many jobs it found.
 */
export async function repairDueTimes(
  db: Db,
  log: Logger,
  exclusions: Exclusions = createExclusions(() => performance.now()),
): Promise<number> {
  let found = 0;
  for (let after: string | undefined = FIRST; after !== undefined; ) {
    const jobIds: readonly string[] = await listUndatedJobs(db, after, BATCH, exclusions.ids());
    found += jobIds.length;
    after = jobIds.length < BATCH ? undefined : jobIds.at(-1);
    if (jobIds.length === 0) continue;
    const repaired = (await repairEach({ db, log, exclusions }, jobIds, refreshDueTimes)).flat();
    const left = exclusions.ids();
    for (const jobId of jobIds.filter((id) => !repaired.includes(id) && !left.includes(id))) {
      const pauseMs = exclusions.add(jobId);
      log.error({ jobId, pauseMs }, 'a job counts queued items but has none; it is left out for a while');
    }
    if (repaired.length === 0) continue;
    log.warn({ jobIds: repaired }, 'jobs with queued items had no due time: repaired');
    await wakeWorkers(db, log, repaired);
  }
  return found;
}

/** After the server's clock was set back: items that are due are due again, instead of when the clock has caught up. */
export async function restoreDueTimes(db: Db, log: Logger, exclusions: Exclusions): Promise<void> {
  for (;;) {
    const jobIds = await listDisplacedJobs(db, BATCH, exclusions.ids());
    const moved = await repairEach({ db, log, exclusions }, jobIds, async (tx, ids) => {
      const items = await moveDisplacedItems(tx, ids);
      await refreshDueTimes(tx, ids);
      return items;
    });
    if (moved.every((items) => items === 0)) return;
    const items = moved.reduce((sum, count) => sum + count, 0);
    log.warn({ items }, 'the clock of the server was set back: times of queued items moved');
    await wakeWorkers(db, log, jobIds);
  }
}

/** After the server's clock was set back: jobs whose turn lies ahead stand in line with the others again. */
export async function restoreTurns(db: Db, log: Logger, exclusions: Exclusions): Promise<void> {
  for (;;) {
    const jobIds = await listJobsAhead(db, BATCH, exclusions.ids());
    const moved = await repairEach({ db, log, exclusions }, jobIds, moveTurns);
    if (moved.every((jobs) => jobs === 0)) return;
    const jobs = moved.reduce((sum, count) => sum + count, 0);
    log.warn({ jobs }, 'the clock of the server was set back: turns of jobs moved');
  }
}

/** Notifies the workers that items of these jobs may be due. A lost notification costs one poll interval. */
export async function wakeWorkers(db: Db, log: Logger, jobIds: readonly string[]): Promise<void> {
  const hints = jobIds.map((id): Hint => ({ about: 'work', id, at: 0 }));
  await notifySubscribers(db, log, hints);
}
