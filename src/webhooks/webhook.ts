import type { Scope } from '../access.ts';
import { InvalidInputError } from '../errors.ts';

export const WEBHOOK_EVENTS = ['JOB_FINISHED', 'ANALYSIS_STORED'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
/** The scope of what the messages contain. */
export const eventScopes = {
  JOB_FINISHED: 'jobs:read',
  ANALYSIS_STORED: 'results:read',
} as const satisfies Record<WebhookEvent, Scope>;
export const WEBHOOK_STATES = ['ACTIVE', 'PAUSED', 'DISABLED'] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];
export const DELIVERY_STATES = ['PENDING', 'DELIVERED', 'SUPERSEDED'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** Characters of a description. */
export const MAX_DESCRIPTION = 200;
/** Events of one message. */
export const MESSAGE_EVENTS = 100;
/** How long the secret before the newest one signs beside it, at most. */
export const MAX_OVERLAP_HOURS = 168;

/** A receiver as its owner sees it: without secrets. */
export interface Webhook {
  readonly id: string;
  readonly workspaceId: string;
  readonly url: string;
  readonly description: string;
  readonly event: WebhookEvent;
  /** What `FeedFilter` holds, as JSON; `{}` for ended jobs. */
  readonly filter: unknown;
  readonly state: WebhookState;
  readonly disabledReason: string | null;
  readonly previousUntil: Date | null;
  readonly position: number;
  readonly nextAt: Date;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly createdAt: Date;
}

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly workspaceId: string;
  readonly state: DeliveryState;
  readonly position: number;
  readonly subjectIds: readonly string[];
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly createdAt: Date;
  readonly lastAttemptAt: Date | null;
  readonly deliveredAt: Date | null;
}

/** Why a message did not arrive. A PERMANENT failure disables the webhook, a TRANSIENT one is tried again. */
export const failureKinds = {
  /** The receiver answers 410: it wants no more. */
  GONE: 'PERMANENT',
  /** What the filter names is no more. */
  FILTER_GONE: 'PERMANENT',
  STATUS: 'TRANSIENT',
  REDIRECT: 'TRANSIENT',
  TIMEOUT: 'TRANSIENT',
  /** The name resolves to nothing. */
  UNKNOWN_HOST: 'TRANSIENT',
  /** The name resolves to an address that webhooks may not reach. */
  BLOCKED_ADDRESS: 'TRANSIENT',
  /** Refused, reset, or no valid certificate. */
  CONNECTION: 'TRANSIENT',
} as const satisfies Record<string, 'PERMANENT' | 'TRANSIENT'>;

export interface Failure {
  readonly code: keyof typeof failureKinds;
  readonly status: number | null;
  /** Shown to the owner. It repeats nothing that the receiver sent. */
  readonly message: string;
  /** The receiver asked for this pause. */
  readonly retryAfterMs: number | null;
}

const BASE_MS = 5_000;
/** Longest pause before the next try. */
export const LONGEST_PAUSE_MS = 3_600_000;
const FLOOR_MS = 1_000;

/** Pause before the next try: full jitter as in `jobs/backoff.ts`, but for receivers that are down for hours. */
export function retryDelayMs(failures: number, retryAfterMs: number | null, random: () => number): number {
  const jittered = random() * Math.min(LONGEST_PAUSE_MS, BASE_MS * 2 ** failures);
  return Math.round(Math.max(FLOOR_MS, jittered, Math.min(retryAfterMs ?? 0, LONGEST_PAUSE_MS)));
}

const logs = { JOB_FINISHED: 'ends', ANALYSIS_STORED: 'feed' } as const satisfies Record<
  WebhookEvent,
  string
>;

/** A place in the log of a webhook's events. Of ANALYSIS_STORED it is a cursor of the subscription `analysisStored`, too. */
export function encodeCursor(event: WebhookEvent, position: number): string {
  return Buffer.from(`${logs[event]}:${position}`).toString('base64url');
}

export function decodeCursor(event: WebhookEvent, cursor: string): number {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, log, digits] = /^(ends|feed):(\d{1,15})$/.exec(text) ?? [];
  if (log !== logs[event] || encodeCursor(event, Number(digits)) !== cursor) {
    throw new InvalidInputError(
      'after',
      'The cursor does not belong to this webhook: pass a cursor of this webhook unchanged.',
    );
  }
  return Number(digits);
}
