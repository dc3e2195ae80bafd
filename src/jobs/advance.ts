import type { EventPayload, JobEventType, NewEvent, ReturnReason } from './event.ts';
import { deriveState, isFinal, type JobCore, type JobState, progressPct } from './job.ts';

/** What happened to items of one job, in the order in which it happened. `share` is the item's progress before the change. */
export type Change =
  | { readonly type: 'STARTED'; readonly tickers: readonly string[] }
  | {
      readonly type: 'PROGRESSED';
      readonly ticker: string;
      readonly share: number;
      readonly phase: number;
      readonly attempt: number;
    }
  | {
      readonly type: 'COMPLETED';
      readonly ticker: string;
      readonly share: number;
      readonly attempt: number;
      readonly facts: EventPayload;
    }
  | {
      readonly type: 'FAILED';
      readonly ticker: string;
      readonly share: number;
      readonly attempt: number;
      readonly code: string;
      readonly message: string;
    }
  | {
      readonly type: 'RETRYING';
      readonly ticker: string;
      readonly share: number;
      readonly attempt: number;
      readonly code: string;
      readonly message: string;
      readonly retryAt: Date;
    }
  | {
      readonly type: 'RETURNED';
      readonly ticker: string;
      readonly share: number;
      readonly attempt: number;
      readonly reason: ReturnReason;
    }
  | { readonly type: 'CANCELLED'; readonly queued: number; readonly processing: number };

export interface Advance {
  readonly job: JobCore;
  readonly events: readonly NewEvent[];
  /** Items went back to the queue, so the time at which the job's first queued item is due may have changed. */
  readonly requeued: boolean;
}

type Draft = { -readonly [Key in keyof JobCore]: JobCore[Key] };

const closing: Partial<Record<JobState, JobEventType>> = {
  COMPLETED: 'JOB_COMPLETED',
  FAILED: 'JOB_FAILED',
  CANCELLED: 'JOB_CANCELLED',
};

/**
 * The job after these changes and the events that tell them: the whole state machine, without I/O. The caller holds the
 * job's row lock, so counters and `lastSeq` are the newest and the seqs given out here are dense and in commit order.
 * A change to a job in a final state is a fault of the caller: nothing may follow the last event.
 */
export function advance(before: JobCore, changes: readonly Change[]): Advance {
  if (changes.length === 0) return { job: before, events: [], requeued: false };
  if (isFinal(before.state)) throw new Error(`job ${before.id} is ${before.state}: it takes no more changes`);
  const job: Draft = { ...before };
  const events: NewEvent[] = [];
  const emit = (
    type: JobEventType,
    ticker: string | null,
    phase: number | null,
    payload: EventPayload | null,
  ) => {
    job.lastSeq += 1;
    const progress = Math.round(progressPct(job) * 10_000) / 10_000;
    events.push({ seq: job.lastSeq, type, ticker, phase, progress, payload });
  };

  for (const change of changes) applyChange(job, change, emit);

  job.state = deriveState(job, job.state !== 'QUEUED');
  const last = closing[job.state];
  if (last !== undefined) emit(last, null, null, null);
  const requeued = changes.some(({ type }) => type === 'RETRYING' || type === 'RETURNED');
  return { job, events, requeued };
}

type Emit = (
  type: JobEventType,
  ticker: string | null,
  phase: number | null,
  payload: EventPayload | null,
) => void;

function applyChange(job: Draft, change: Change, emit: Emit): void {
  switch (change.type) {
    case 'STARTED':
      job.queued -= change.tickers.length;
      job.processing += change.tickers.length;
      if (job.state === 'QUEUED') {
        job.state = 'PROCESSING';
        emit('JOB_STARTED', null, null, null);
      }
      emit('ITEMS_STARTED', null, null, { tickers: change.tickers });
      return;
    case 'PROGRESSED':
      job.progressSum += change.phase - change.share;
      emit('ITEM_PROGRESSED', change.ticker, change.phase, attemptOf(change));
      return;
    case 'COMPLETED':
      job.processing -= 1;
      job.succeeded += 1;
      job.progressSum += 100 - change.share;
      emit('ITEM_COMPLETED', change.ticker, 100, { ...attemptOf(change), ...change.facts });
      return;
    case 'FAILED':
      job.processing -= 1;
      job.failed += 1;
      job.progressSum += 100 - change.share;
      emit('ITEM_FAILED', change.ticker, null, { ...attemptOf(change), error: errorOf(change) });
      return;
    case 'RETRYING':
      giveBack(job, change.share);
      emit('ITEM_RETRYING', change.ticker, 0, {
        ...attemptOf(change),
        error: errorOf(change),
        retryAt: change.retryAt.toISOString(),
      });
      return;
    case 'RETURNED':
      giveBack(job, change.share);
      emit('ITEM_RETURNED', change.ticker, 0, { ...attemptOf(change), reason: change.reason });
      return;
    case 'CANCELLED':
      job.queued -= change.queued;
      job.processing -= change.processing;
      job.cancelled += change.queued + change.processing;
  }
}

function giveBack(job: Draft, share: number): void {
  job.processing -= 1;
  job.queued += 1;
  job.progressSum -= share;
}

/** The first attempt is the rule and goes without saying: most events then have no payload at all. */
function attemptOf(change: { readonly attempt: number }): EventPayload | null {
  return change.attempt > 1 ? { attempt: change.attempt } : null;
}

function errorOf(change: { readonly code: string; readonly message: string }) {
  return { code: change.code, message: change.message };
}
