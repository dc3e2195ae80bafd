import type { Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { advance, type Change } from './advance.ts';
import { insertEvents, insertItems, insertJob, type NewJob, updateJobs } from './job.store.ts';
import { isFinal, type Job, type JobCore } from './job.ts';
import { logEnds } from './log-ends.ts';
import { updateWatchlists } from './update-watchlists.ts';
import type { TickerStatus } from './watchlist-status.store.ts';

/** What happened to items of one job. The transaction has locked the job's row and changed the items. */
export interface JobChanges {
  readonly job: JobCore;
  /** In the order in which they happened. */
  readonly changes: readonly Change[];
  /** Set by a claim. `exhausted`: the job had fewer due items than the claim could take, so its due time must be read anew. */
  readonly claim?: { readonly exhausted: boolean };
}

/** Results of one kind of job, as its task stores them. */
export interface ResultWriter {
  save(tx: Tx): Promise<void>;
  /** Positions in a log that readers follow; returns the subscribers to notify. */
  announce(tx: Tx): Promise<readonly Hint[]>;
}

/** All that one transaction changes of jobs. */
export interface Changes {
  readonly jobs: readonly JobChanges[];
  /** New states of items, for the watchlists that show their tickers. */
  readonly items: readonly TickerStatus[];
  readonly results?: readonly ResultWriter[];
}

export interface Committed {
  /** The jobs after their changes; jobs without changes and jobs that had already ended are absent. */
  readonly jobs: readonly JobCore[];
  /** Subscribers to notify after the commit. */
  readonly hints: readonly Hint[];
}

/**
 * Stores changes of jobs: the only function that advances a job. The caller has locked the rows of the jobs by id and changed their items, in this order; what follows
 * is the rest of the lock order (ARCHITECTURE, invariant 7), the same for every caller: results, events, counters of jobs, tickers of watchlists, watchlists, heads
 * of the feeds of results, heads of the logs of ends. It sends a constant number of statements. Nothing is visible before the caller's commit,
 * and running it again after a rollback changes the same.
 */
export async function commitChanges(tx: Tx, { jobs, items, results = [] }: Changes): Promise<Committed> {
  const advances = jobs
    .filter(({ job, changes }) => changes.length > 0 && !isFinal(job.state))
    .map(({ job, changes, claim }) => {
      const advanced = advance(job, changes);
      return claim === undefined ? advanced : { ...advanced, requeued: claim.exhausted, served: true };
    });
  const advanced = advances.map(({ job }) => job);
  // Sent one behind the other without waiting: they run in this order, which is the order of locks.
  const sent = results.map((writer) => writer.save(tx));
  if (advances.length > 0) {
    const events = advances.map((step) => ({ jobId: step.job.id, events: step.events }));
    sent.push(insertEvents(tx, events), updateJobs(tx, advances));
  }
  const [lists] = await Promise.all([updateWatchlists(tx, items), ...sent]);
  // The locks of the heads come last: nothing but the commit waits behind them.
  const heads = await Promise.all([...results.map((writer) => writer.announce(tx)), logEnds(tx, advanced)]);
  return { jobs: advanced, hints: [...hintsOf(advanced, lists), ...heads.flat()] };
}

/** Stores a new job with its items and its first event, in the same order of locks as `commitChanges`. */
export async function commitNewJob(
  tx: Tx,
  id: string,
  request: NewJob,
): Promise<{ readonly job: Job; readonly hints: readonly Hint[] }> {
  const { workspaceId, tickers } = request;
  const queued = {
    seq: 1,
    type: 'JOB_QUEUED',
    ticker: null,
    phase: null,
    progress: 0,
    payload: null,
  } as const;
  const [job, , , lists] = await Promise.all([
    insertJob(tx, id, request),
    insertItems(tx, id, tickers),
    insertEvents(tx, [{ jobId: id, events: [queued] }]),
    updateWatchlists(
      tx,
      tickers.map((ticker) => ({ workspaceId, ticker, jobId: id, status: 'QUEUED', analysisId: null })),
    ),
  ]);
  return { job, hints: hintsOf([job], lists) };
}

function hintsOf(
  jobs: readonly Pick<JobCore, 'id' | 'lastSeq'>[],
  lists: readonly { readonly id: string; readonly revision: number }[],
): Hint[] {
  return [
    ...jobs.map((job): Hint => ({ about: 'job', id: job.id, at: job.lastSeq })),
    ...lists.map(({ id, revision }): Hint => ({ about: 'watchlist', id, at: revision })),
  ];
}
