/** What stops an item. A TRANSIENT fault is retried with back-off, a PERMANENT one ends the item. */
export const itemErrorKinds = {
  INVALID_TICKER: 'PERMANENT',
  UNKNOWN_SYMBOL: 'PERMANENT',
  NO_DATA: 'PERMANENT',
  TOO_FEW_BARS: 'PERMANENT',
  BAD_DATA: 'PERMANENT',
  INSUFFICIENT_DATA: 'PERMANENT',
  PLAN_FAILED: 'PERMANENT',
  SOURCE_TIMEOUT: 'TRANSIENT',
  SOURCE_UNAVAILABLE: 'TRANSIENT',
  RATE_LIMITED: 'TRANSIENT',
  /** The item ran for longer than an item may. */
  ITEM_TIMEOUT: 'TRANSIENT',
  /** The item ended its worker's life too often. */
  POISON: 'PERMANENT',
  /** A fault of ours; the message carries a correlation id, the log the cause. */
  INTERNAL: 'TRANSIENT',
} as const satisfies Record<string, 'PERMANENT' | 'TRANSIENT'>;

export type ItemErrorCode = keyof typeof itemErrorKinds;

/** Ends an item (or its attempt) with a code that clients can act on. The message is shown to them. */
export class ItemError extends Error {
  override readonly name = 'ItemError';
  readonly code: ItemErrorCode;
  /** A finer code under `code`, for example the failed check of BAD_DATA. */
  readonly detail: string | null;
  /** The source asked for this pause before the next try (HTTP `Retry-After`). */
  readonly retryAfterMs: number | null;

  constructor(
    code: ItemErrorCode,
    message: string,
    extra: { detail?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.detail = extra.detail ?? null;
    this.retryAfterMs = extra.retryAfterMs ?? null;
  }

  get transient(): boolean {
    return itemErrorKinds[this.code] === 'TRANSIENT';
  }
}

/** A refusal that the caller can act on. Each subclass is a GraphQL error type; everything else is masked. */
export abstract class UserError extends Error {
  abstract readonly code: string;
}

export class InvalidInputError extends UserError {
  override readonly name = 'InvalidInputError';
  readonly code = 'INVALID_INPUT';
  /** Path of the offending input field, for example `options.riskPct`. */
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

export class InvalidTickerError extends UserError {
  override readonly name = 'InvalidTickerError';
  readonly code = 'INVALID_TICKER';
  /** The refused tickers as they were sent, each cut to 40 characters. */
  readonly tickers: readonly string[];
  constructor(tickers: readonly string[], message: string) {
    super(message);
    this.tickers = tickers.map((ticker) => ticker.slice(0, 40));
  }
}

export class NotFoundError extends UserError {
  override readonly name = 'NotFoundError';
  readonly code = 'NOT_FOUND';
}

export class IdempotencyConflictError extends UserError {
  override readonly name = 'IdempotencyConflictError';
  readonly code = 'IDEMPOTENCY_CONFLICT';
  /** The job that the key belongs to. */
  readonly jobId: string;
  constructor(jobId: string) {
    super(
      'This idempotency key was used for a different request. Use a new key, or repeat the first request.',
    );
    this.jobId = jobId;
  }
}

/** As IdempotencyConflictError, where the key belongs to a change that is no job. */
export class KeyConflictError extends UserError {
  override readonly name = 'KeyConflictError';
  readonly code = 'IDEMPOTENCY_CONFLICT';
  constructor() {
    super('This idempotency key was used for another change. Use a new key, or repeat the first request.');
  }
}

/** A repeat of what told a secret: it was done, once, and its secret is nowhere that it could be told from again. */
export class SecretToldError extends UserError {
  override readonly name = 'SecretToldError';
  readonly code = 'SECRET_TOLD';
  /** What the secret is of, as the API names it. */
  readonly subjectId: string;
  constructor(subjectId: string) {
    super(
      'This change was already made with this idempotency key, and only the first response contains the secret. If the secret is lost, rotate it with overlapHours 0.',
    );
    this.subjectId = subjectId;
  }
}

export class LimitExceededError extends UserError {
  override readonly name = 'LimitExceededError';
  readonly code = 'LIMIT_EXCEEDED';
  readonly limit: number;
  constructor(limit: number, message: string) {
    super(message);
    this.limit = limit;
  }
}

export class InvalidStateError extends UserError {
  override readonly name = 'InvalidStateError';
  readonly code = 'INVALID_STATE';
  /** The state that forbids the operation. */
  readonly state: string;
  constructor(state: string, message: string) {
    super(message);
    this.state = state;
  }
}

/** The credential may not do this: it lacks a scope that the input asks for, or it is of a workspace that may not. No result type names it. */
export class ForbiddenError extends UserError {
  override readonly name = 'ForbiddenError';
  readonly code = 'FORBIDDEN';
}

/** Another object of this kind, such as a watchlist, has a name that differs in nothing that counts (`foldName`). */
export class NameTakenError extends UserError {
  override readonly name = 'NameTakenError';
  readonly code = 'NAME_TAKEN';
  constructor(kind: 'watchlist' | 'workspace') {
    super(`A ${kind} with this name already exists. Choose another name; names are unique, ignoring case.`);
  }
}
