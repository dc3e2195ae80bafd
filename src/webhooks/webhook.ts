import type { Scope } from '../access.ts';
import type { CodeText } from '../error-codes.ts';
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

/** A PERMANENT failure disables the webhook; after a TRANSIENT one the message is sent again. */
interface FailureText extends Omit<CodeText, 'retry'> {
  readonly kind: 'PERMANENT' | 'TRANSIENT';
}

/** Why a message was not delivered. docs/errors.md is written from this record. */
export const failureCodes = {
  GONE: {
    kind: 'PERMANENT',
    happened: 'The receiver responded with HTTP status 410: it wants no more messages.',
    action: 'Correct the receiver, then enable the webhook again.',
  },
  FILTER_GONE: {
    kind: 'PERMANENT',
    happened: 'The filter of the webhook names an object that was removed.',
    action: 'Change the filter, then enable the webhook again.',
  },
  STATUS: {
    kind: 'TRANSIENT',
    happened: 'The receiver responded with a status that is not 2xx, a redirect or 410.',
    action: 'Correct the receiver: `lastStatus` contains its status.',
  },
  REDIRECT: {
    kind: 'TRANSIENT',
    happened: 'The receiver responded with a redirect, which webhooks do not follow.',
    action: 'Set the final URL in the webhook.',
  },
  TIMEOUT: {
    kind: 'TRANSIENT',
    happened: 'The receiver did not respond within the time limit.',
    action: 'Respond first and process the message afterwards.',
  },
  UNKNOWN_HOST: {
    kind: 'TRANSIENT',
    happened: 'The host name of the URL does not resolve.',
    action: 'Correct the URL or the DNS.',
  },
  BLOCKED_ADDRESS: {
    kind: 'TRANSIENT',
    happened: 'The host name resolves to an address to which webhooks must not send messages.',
    action: 'Use a host on the public internet.',
  },
  CONNECTION: {
    kind: 'TRANSIENT',
    happened: 'The connection was rejected or reset, or the TLS certificate is not valid.',
    action: 'Correct the receiver or its certificate.',
  },
} as const satisfies Record<string, FailureText>;

export interface Failure {
  readonly code: keyof typeof failureCodes;
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
