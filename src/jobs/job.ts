export const JOB_STATES = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export type JobState = (typeof JOB_STATES)[number];
/** Items pass through the same states; only an item goes back from PROCESSING to QUEUED. */
export type ItemState = JobState;

/** The kinds of jobs, as rows have them, with their descriptions in the API. Each kind has a task that runs it (`src/main/tasks.ts`). */
export const jobKinds = {
  analysis: 'Analyses the newest bar of every ticker.',
  backfill: 'Analyses every trading day of a span (`asOfFrom` to `asOfTo`) for every ticker.',
  backtest: 'Simulates strategies over past bars.',
} as const;
export type JobKind = keyof typeof jobKinds;

/** The kinds by their names in the API, which are the ones in rows in upper case. */
export const JOB_KINDS = Object.fromEntries(
  Object.keys(jobKinds).map((kind) => [kind.toUpperCase(), kind]),
) as { readonly [Kind in JobKind as Uppercase<Kind>]: Kind };

export const JOB_ORIGINS = ['TICKERS', 'WATCHLIST', 'UNIVERSE', 'SCHEDULE', 'BACKTEST'] as const;
export type JobOrigin = (typeof JOB_ORIGINS)[number];

/** Percent of an item that is behind it: 25 candles loaded, 50 indicators computed, 75 scored and planned, 100 stored. */
export const PHASES = [0, 25, 50, 75, 100] as const;
export type Phase = (typeof PHASES)[number];

export const PRIORITY = { min: 0, max: 9, default: 5 } as const;

/** How many times a transient error is tried again. */
export const RETRY_LIMIT = 3;
/** An item that ends the life of this many workers is POISON. */
export const CRASH_LIMIT = 3;

export interface Counters {
  readonly total: number;
  readonly queued: number;
  readonly processing: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** What the engine needs of a job's row to advance it. */
export interface JobCore extends Counters {
  readonly id: string;
  readonly workspaceId: string;
  readonly state: JobState;
  /** Sum of the items' shares of progress, 0..100 each. */
  readonly progressSum: number;
  readonly lastSeq: number;
}

export interface Job extends JobCore {
  readonly kind: string;
  readonly origin: JobOrigin;
  readonly strategy: string;
  readonly source: string;
  readonly isDemo: boolean;
  readonly options: unknown;
  readonly watchlistId: string | null;
  readonly retryOf: string | null;
  readonly priority: number;
  readonly runAt: Date;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface JobItem {
  readonly jobId: string;
  readonly ticker: string;
  readonly state: ItemState;
  readonly phase: number;
  readonly attempt: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly runAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** All strategies of a job. `strategy` is the first of them; jobs with several name all in their options. */
export function strategiesOf({ strategy, options }: Pick<Job, 'strategy' | 'options'>): readonly string[] {
  const named = (options as { readonly strategies?: unknown } | null)?.strategies;
  return Array.isArray(named) ? named.map(String) : [strategy];
}

export function isFinal(state: JobState): boolean {
  return state === 'COMPLETED' || state === 'FAILED' || state === 'CANCELLED';
}

/** Mean progress over the items, percent, unrounded. A finished item counts 100 whether it succeeded or failed. */
export function progressPct(job: Pick<JobCore, 'progressSum' | 'total'>): number {
  return job.progressSum / job.total;
}

/**
 * A job's state follows from its items and from whether it ever started; nothing else sets it.
 * An item that waits for a retry leaves its job PROCESSING: there is no way back to QUEUED.
 */
export function deriveState(counters: Counters, started: boolean): JobState {
  if (counters.queued + counters.processing > 0) return started ? 'PROCESSING' : 'QUEUED';
  if (counters.cancelled > 0) return 'CANCELLED';
  return counters.succeeded > 0 ? 'COMPLETED' : 'FAILED';
}
