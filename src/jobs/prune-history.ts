import { setTimeout as delay } from 'node:timers/promises';
import { pruneEntries } from '../audit/record-change.ts';
import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { pruneAnswers } from '../idempotency/change-once.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { pruneBuckets } from '../rates/lease-points.ts';
import {
  deleteEnds,
  deleteEvents,
  deleteJobs,
  forgetRetries,
  lockOldJobs,
  lockOldLogs,
  lockTickers,
  markLogsPruned,
  tryPruneLock,
} from './retention.store.ts';

export interface Retention {
  /** Days after its end that a job's events are kept; 0 for ever. */
  readonly eventDays: number;
  /** Days after its end that a job is kept with its items; 0 for ever. */
  readonly jobDays: number;
  /** Days that the answers under idempotency keys are kept; 0 for ever. */
  readonly keyDays: number;
  /** Days that the audit log is kept; 0 for ever. */
  readonly auditDays: number;
}

export interface Pruned {
  readonly events: number;
  readonly jobs: number;
  readonly keys: number;
  /** That jobs have ended, which webhooks tell. */
  readonly ends: number;
  /** Of the audit log. */
  readonly entries: number;
}

/** Rows of one batch: some ten milliseconds of work. A job of more items than that is a batch of its own. */
const BATCH_ROWS = 1_000;
const BATCH_JOBS = 100;
/** For so long after its job has gone an end waits for a webhook that has not passed it: one that is paused does not hold the log for ever. */
const GRACE_DAYS = 30;
/** Room for others between two batches. */
const PAUSE_MS = 50;
const EVERY_MS = 3_600_000;

/**
 * Removes events, ended jobs and their ends, answers under idempotency keys and the audit log by age, every hour in one process at a time. Each
 * batch is a transaction of its own that looks at what is so and takes the lock for itself: a process that dies, or two at once, change nothing but when the work is done. Results are not touched:
 * they outlive their jobs, and the newest per ticker could not be removed (`latest_analyses_analysis_fk`).
 */
export function pruneHistory(
  deps: Retention & {
    readonly db: Db;
    readonly log: Logger;
    readonly metrics?: Pick<Metrics, 'prunedRows'>;
  },
): { stop(): Promise<void> } {
  const { db, log, metrics } = deps;
  const stopping = new AbortController();
  const pause = (ms: number) =>
    delay(ms, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);

  async function pass(): Promise<void> {
    while (!stopping.signal.aborted) {
      const pruned = await pruneBatch(db, deps);
      if (pruned === null || Object.values(pruned).every((rows) => rows === 0)) return;
      metrics?.prunedRows.inc({ table: 'job_events' }, pruned.events);
      metrics?.prunedRows.inc({ table: 'jobs' }, pruned.jobs);
      metrics?.prunedRows.inc({ table: 'mutation_answers' }, pruned.keys);
      metrics?.prunedRows.inc({ table: 'job_ends' }, pruned.ends);
      metrics?.prunedRows.inc({ table: 'audit_entries' }, pruned.entries);
      log.info(pruned, 'history pruned');
      await pause(PAUSE_MS);
    }
  }

  async function passForever(): Promise<void> {
    // Workers that start together do not begin together.
    await pause(10_000 + Math.random() * 50_000);
    while (!stopping.signal.aborted) {
      await pass().catch((error: unknown) => log.warn({ err: error }, 'pruning failed; trying again later'));
      await pause(EVERY_MS * (0.75 + Math.random() / 2));
    }
  }

  const passing = passForever();
  return {
    async stop() {
      stopping.abort();
      await passing;
    },
  };
}

/** One batch: some events, or when none is too old any more some jobs. Null: another process is at it. */
export async function pruneBatch(db: Db, retention: Retention): Promise<Pruned | null> {
  return inTransaction(db, async (tx) => {
    if (!(await tryPruneLock(tx))) return null;
    const events = await pruneLogs(tx, retention);
    const jobs = events === 0 ? await pruneJobs(tx, retention) : 0;
    await pruneBuckets(tx);
    const ends =
      retention.jobDays === 0 ? 0 : await deleteEnds(tx, retention.jobDays + GRACE_DAYS, BATCH_ROWS);
    const entries = retention.auditDays === 0 ? 0 : await pruneEntries(tx, retention.auditDays, BATCH_ROWS);
    // Last: a mutation under a key of a removed response waits for this transaction, which must not wait for anything then.
    const keys = retention.keyDays === 0 ? 0 : await pruneAnswers(tx, retention.keyDays, BATCH_ROWS);
    return { events, jobs, keys, ends, entries };
  });
}

/** The events of a job leave before the job does, so that no batch takes a whole log at once. */
async function pruneLogs(tx: Tx, { eventDays, jobDays }: Retention): Promise<number> {
  const days = Math.min(...[eventDays, jobDays].filter((limit) => limit > 0));
  if (!Number.isFinite(days)) return 0;
  for (;;) {
    const jobIds = await lockOldLogs(tx, days, BATCH_JOBS);
    if (jobIds.length === 0) return 0;
    const events = await deleteEvents(tx, jobIds, BATCH_ROWS);
    await markLogsPruned(tx, jobIds);
    if (events > 0) return events;
  }
}

async function pruneJobs(tx: Tx, { jobDays }: Retention): Promise<number> {
  if (jobDays === 0) return 0;
  const old = await lockOldJobs(tx, jobDays, BATCH_ROWS);
  const jobIds = old.length === 0 ? old : await forgetRetries(tx, old);
  if (jobIds.length === 0) return 0;
  await lockTickers(tx, jobIds);
  return deleteJobs(tx, jobIds);
}
