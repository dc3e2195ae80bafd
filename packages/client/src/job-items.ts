import type { JobEvent } from './follow-job.ts';

/** An item of a job, as the events of the job describe it. */
export interface JobItem {
  readonly ticker: string;
  /** QUEUED: queued again after an attempt. An item is unknown until a worker has claimed it first. */
  readonly state: 'QUEUED' | 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  /** Progress of the item, percent. */
  readonly phase: number;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** Verdict of the result; null until it is stored. */
  readonly verdict: JobEvent['verdict'];
  /** Score of the result, -1 to 1; null until it is stored. */
  readonly score: JobEvent['score'];
  /** Why the item failed or runs again; null when there is no error. */
  readonly error: JobEvent['error'];
}

type Change = Partial<Omit<JobItem, 'ticker'>>;

/** Applies an event to the items, which are replaced and not changed: a component sees by identity what is new. */
export function applyEvent(items: Map<string, JobItem>, event: JobEvent): void {
  const { ticker, attempt, error } = event;
  const change = (name: string | null | undefined, next: Change) => {
    if (name == null) return;
    const known = items.get(name) ?? { ...UNKNOWN, ticker: name };
    items.set(name, { ...known, ...next });
  };
  switch (event.type) {
    case 'ITEMS_STARTED':
      for (const name of event.tickers) change(name, { state: 'PROCESSING', phase: 0, attempt, error: null });
      break;
    case 'ITEM_PROGRESSED':
      change(ticker, { state: 'PROCESSING', phase: event.phase ?? 0, attempt });
      break;
    case 'ITEM_COMPLETED':
      change(ticker, {
        state: 'COMPLETED',
        phase: 100,
        attempt,
        verdict: event.verdict,
        score: event.score,
        error: null,
      });
      break;
    case 'ITEM_FAILED':
      change(ticker, { state: 'FAILED', attempt, error });
      break;
    case 'ITEM_RETRYING':
      change(ticker, { state: 'QUEUED', phase: 0, attempt, error });
      break;
    case 'ITEM_RETURNED':
      change(ticker, { state: 'QUEUED', phase: 0, attempt });
      break;
    case 'JOB_CANCELLED':
      for (const { ticker: name, state } of items.values()) {
        if (state === 'QUEUED' || state === 'PROCESSING') change(name, { state: 'CANCELLED' });
      }
  }
}

const UNKNOWN = { state: 'QUEUED', phase: 0, attempt: 1, verdict: null, score: null, error: null } as const;
