import type { JobEvent } from 'thetool-client';

/** What is known of one ticker of a job. */
export interface LiveItem {
  readonly ticker: string;
  readonly state: 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'QUEUED';
  readonly phase: number;
  readonly verdict: string | null;
  readonly error: string | null;
}

const STATES = {
  ITEMS_STARTED: 'PROCESSING',
  ITEM_PROGRESSED: 'PROCESSING',
  ITEM_COMPLETED: 'COMPLETED',
  ITEM_FAILED: 'FAILED',
  ITEM_RETRYING: 'QUEUED',
  ITEM_RETURNED: 'QUEUED',
} as const;

/** Items after another event. Pure. */
export function itemsAfter(items: ReadonlyMap<string, LiveItem>, event: JobEvent): Map<string, LiveItem> {
  const next = new Map(items);
  const state = STATES[event.type as keyof typeof STATES];
  if (state === undefined) return next;
  for (const ticker of event.ticker === null ? event.tickers : [event.ticker]) {
    next.set(ticker, {
      ticker,
      state,
      phase: event.phase ?? (state === 'COMPLETED' ? 100 : 0),
      verdict: event.verdict,
      error: event.error?.message ?? null,
    });
  }
  return next;
}
