export const WAITING_REASONS = {
  NO_WORKER: 'No active worker can run this kind of job. Start a worker that can.',
  WORKERS_BUSY: 'All workers that can run this kind of job are busy; the item is queued.',
  SCHEDULED: 'The time `runAt` of the job has not been reached.',
  RETRY_BACKOFF:
    'An attempt failed with a transient error; the delay before the next attempt has not passed.',
  PAUSED: 'The queue of the workspace is paused; `resumeQueue` resumes it.',
  RATE_LIMITED: 'The source is rate limited and requested a delay before the next attempt.',
} as const satisfies Record<string, string>;

export type WaitingReason = keyof typeof WAITING_REASONS;

export interface Waiting {
  readonly reason: WaitingReason;
  readonly since: Date;
  /** When the next item is likely to start; null when it cannot be known. */
  readonly estimatedStartAt: Date | null;
}

/** What is so about one job that has not ended, at one moment of the database's clock. */
export interface WaitingFacts {
  readonly now: Date;
  readonly pausedAt: Date | null;
  /** Since when an item could run that does not; null: there is none. */
  readonly dueSince: Date | null;
  /** The first item whose time has not come. */
  readonly later: Later | null;
  /** Since when an item is in the hands of a worker that is gone. */
  readonly orphanedSince: Date | null;
  readonly fleet: Fleet;
}

export interface Later {
  readonly runAt: Date;
  readonly queuedAt: Date;
  /** Attempts that failed. */
  readonly failures: number;
  readonly errorCode: string | null;
}

/** The living workers that know the job's kind and claim. */
export interface Fleet {
  readonly workers: number;
  readonly capacity: number;
  readonly running: number;
  /** Items that ended within the last minute. */
  readonly perMinute: number;
}

/** A shorter wait is how the engine works, not something to explain. */
const NOTABLE_MS = 1_000;

/**
 * Why a job waits, or null when nothing of it waits for more than a second. Of several reasons it is the one that has to end first for the
 * next item to start. `ahead` is the number of items in line before the job's first, null when that is not known.
 */
export function explain(facts: WaitingFacts, ahead: number | null): Waiting | null {
  const { now, pausedAt, later, fleet } = facts;
  const queuedSince = earliest(facts.dueSince, later?.queuedAt ?? null);
  if (pausedAt !== null && queuedSince !== null) {
    return { reason: 'PAUSED', since: latest(pausedAt, queuedSince), estimatedStartAt: null };
  }
  const dueSince = earliest(facts.dueSince, facts.orphanedSince);
  if (dueSince !== null && ageMs(now, dueSince) > NOTABLE_MS) {
    if (fleet.workers === 0) return { reason: 'NO_WORKER', since: dueSince, estimatedStartAt: null };
    return { reason: 'WORKERS_BUSY', since: dueSince, estimatedStartAt: estimateStart(now, fleet, ahead) };
  }
  if (later !== null && (ageMs(later.runAt, now) > NOTABLE_MS || ageMs(now, later.queuedAt) > NOTABLE_MS)) {
    return { reason: causeOf(later), since: later.queuedAt, estimatedStartAt: later.runAt };
  }
  return null;
}

export function causeOf({ failures, errorCode }: Pick<Later, 'failures' | 'errorCode'>): WaitingReason {
  if (failures === 0) return 'SCHEDULED';
  return errorCode === 'RATE_LIMITED' ? 'RATE_LIMITED' : 'RETRY_BACKOFF';
}

/** True when the estimate depends on the place in line: all workers are full. */
export function needsPlace(facts: WaitingFacts): boolean {
  const { workers, running, capacity, perMinute } = facts.fleet;
  return facts.dueSince !== null && workers > 0 && running >= capacity && perMinute > 0;
}

/** A worker with room claims at its next look; full ones need as long as the items ahead take at the measured pace. */
function estimateStart(now: Date, fleet: Fleet, ahead: number | null): Date | null {
  if (fleet.running < fleet.capacity) return now;
  if (fleet.perMinute === 0 || ahead === null) return null;
  return new Date(now.getTime() + ((ahead + 1) / fleet.perMinute) * 60_000);
}

function ageMs(now: Date, since: Date): number {
  return now.getTime() - since.getTime();
}

function earliest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}
