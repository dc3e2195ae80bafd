import type { eventTypes } from '../db/event-batch.ts';

export const JOB_EVENT_TYPES = {
  JOB_QUEUED: 'The job and its items were stored and are queued.',
  JOB_STARTED: 'A worker claimed the first item of the job.',
  ITEMS_STARTED: 'A worker claimed the items in `tickers`.',
  ITEM_PROGRESSED: 'An item reached the next phase (`phase`: 25, 50 or 75).',
  ITEM_COMPLETED: 'The result of an item was stored (`phase` 100).',
  ITEM_FAILED: 'An item failed without a result (`error`).',
  ITEM_RETRYING: 'An item failed with a transient error (`error`) and runs again at `retryAt`.',
  ITEM_RETURNED: 'The worker of an item stopped or was lost; the item is queued again immediately.',
  JOB_COMPLETED: 'All items have finished and at least one has a result. Last event of the job.',
  JOB_FAILED: 'All items have failed. Last event of the job.',
  JOB_CANCELLED: 'The job was cancelled. Last event of the job.',
} as const satisfies Record<(typeof eventTypes)[number], string>;

export type JobEventType = keyof typeof JOB_EVENT_TYPES;

/** The small facts of one event; which are there depends on its type. */
export interface EventPayload {
  readonly tickers?: readonly string[];
  readonly attempt?: number;
  readonly error?: { readonly code: string; readonly message: string };
  readonly retryAt?: string;
  readonly reason?: ReturnReason;
  readonly analysisId?: string;
  readonly verdict?: string;
  readonly score?: number;
}

/**
 * Why an item was given back: its worker stopped, its worker died or went silent, the answer to its claim was lost, or it was
 * claimed ahead and its worker then had no room for it.
 */
export type ReturnReason = 'SHUTDOWN' | 'WORKER_LOST' | 'CLAIM_LOST' | 'NOT_STARTED';

export interface NewEvent {
  readonly seq: number;
  readonly type: JobEventType;
  readonly ticker: string | null;
  readonly phase: number | null;
  /** Progress of the whole job after this event, percent with 4 decimals. */
  readonly progress: number;
  readonly payload: EventPayload | null;
}
