import type { CodeText, ErrorCode } from './error-codes.ts';

/** Whether the engine retries an item after the error: TRANSIENT with back-off, PERMANENT never. */
interface ItemErrorText extends Omit<CodeText, 'retry'> {
  readonly kind: 'PERMANENT' | 'TRANSIENT';
}

/** Every code of a failed item or attempt. docs/errors.md is written from this record. */
export const itemErrors = {
  INVALID_TICKER: {
    kind: 'PERMANENT',
    happened: 'The ticker is not well-formed.',
    action: 'Correct the ticker.',
  },
  UNKNOWN_SYMBOL: {
    kind: 'PERMANENT',
    happened: 'The source does not know the ticker.',
    action: 'Correct the ticker, or use another source.',
  },
  NO_DATA: {
    kind: 'PERMANENT',
    happened: 'The source has no bars for this ticker and period.',
    action: 'Choose another period or another source.',
  },
  TOO_FEW_BARS: {
    kind: 'PERMANENT',
    happened: 'The source has fewer bars than the analysis needs.',
    action: 'Wait for more sessions, ask for a shorter history, or use another source.',
  },
  BAD_DATA: {
    kind: 'PERMANENT',
    happened: 'The bars of the source are invalid: a check failed, or a file cannot be read.',
    action: 'Read the message: it names the first wrong bar or line. Correct the file or use another source.',
  },
  INSUFFICIENT_DATA: {
    kind: 'PERMANENT',
    happened: 'No voting indicator of the strategy has a value on these bars.',
    action: 'Ask for a longer history, or use another strategy.',
  },
  PLAN_FAILED: {
    kind: 'PERMANENT',
    happened: 'The trade plan could not be computed from these bars.',
    action: 'Check the bars and the overrides of the strategy.',
  },
  SOURCE_TIMEOUT: {
    kind: 'TRANSIENT',
    happened: 'The source did not respond within its time limit.',
    action: 'Use `retryJob` later.',
  },
  SOURCE_UNAVAILABLE: {
    kind: 'TRANSIENT',
    happened: 'The source cannot be reached, is not enabled on the worker, or returned an invalid response.',
    action: 'Read the message, correct the settings of the source where it says so, then use `retryJob`.',
  },
  RATE_LIMITED: {
    kind: 'TRANSIENT',
    happened: 'The source reported that its own rate limit or quota is exceeded.',
    action: 'Use `retryJob` later, or submit fewer tickers at a time.',
  },
  ITEM_TIMEOUT: {
    kind: 'TRANSIENT',
    happened: 'The attempt took longer than `WORKER_ITEM_TIMEOUT_MS`.',
    action: 'Ask for fewer bars or strategies, or raise the setting.',
  },
  POISON: {
    kind: 'PERMANENT',
    happened: 'Several workers ended while they ran the item.',
    action: 'Report the item to the operator: the logs of the workers have the cause.',
  },
  INTERNAL: {
    kind: 'TRANSIENT',
    happened: 'The server has a defect. The message contains a correlation id.',
    action: 'Use `retryJob` once. Then report the correlation id to the operator, whose log has the cause.',
  },
} as const satisfies Record<string, ItemErrorText>;

export type ItemErrorCode = keyof typeof itemErrors;

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
    return itemErrors[this.code].kind === 'TRANSIENT';
  }
}

/** The code of each error class, by the name of the class, which is also the name of its GraphQL type. */
export const userErrorCodes = {
  InvalidInputError: 'INVALID_INPUT',
  InvalidTickerError: 'INVALID_TICKER',
  NotFoundError: 'NOT_FOUND',
  IdempotencyConflictError: 'IDEMPOTENCY_CONFLICT',
  KeyConflictError: 'IDEMPOTENCY_CONFLICT',
  SecretToldError: 'SECRET_TOLD',
  LimitExceededError: 'LIMIT_EXCEEDED',
  InvalidStateError: 'INVALID_STATE',
  ForbiddenError: 'FORBIDDEN',
  NameTakenError: 'NAME_TAKEN',
} as const satisfies Record<string, ErrorCode>;

/** An expected error that the client can act on. Each subclass is a GraphQL error type; every other error is masked. */
export abstract class UserError extends Error {
  abstract readonly code: ErrorCode;
}

export class InvalidInputError extends UserError {
  override readonly name = 'InvalidInputError';
  readonly code = userErrorCodes.InvalidInputError;
  /** Path of the offending input field, for example `options.riskPct`. */
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

export class InvalidTickerError extends UserError {
  override readonly name = 'InvalidTickerError';
  readonly code = userErrorCodes.InvalidTickerError;
  /** The refused tickers as they were sent, each cut to 40 characters. */
  readonly tickers: readonly string[];
  constructor(tickers: readonly string[], message: string) {
    super(message);
    this.tickers = tickers.map((ticker) => ticker.slice(0, 40));
  }
}

export class NotFoundError extends UserError {
  override readonly name = 'NotFoundError';
  readonly code = userErrorCodes.NotFoundError;
}

export class IdempotencyConflictError extends UserError {
  override readonly name = 'IdempotencyConflictError';
  readonly code = userErrorCodes.IdempotencyConflictError;
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
  readonly code = userErrorCodes.KeyConflictError;
  constructor() {
    super('This idempotency key was used for another change. Use a new key, or repeat the first request.');
  }
}

/** A repeat of what told a secret: it was done, once, and its secret is nowhere that it could be told from again. */
export class SecretToldError extends UserError {
  override readonly name = 'SecretToldError';
  readonly code = userErrorCodes.SecretToldError;
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
  readonly code = userErrorCodes.LimitExceededError;
  readonly limit: number;
  constructor(limit: number, message: string) {
    super(message);
    this.limit = limit;
  }
}

export class InvalidStateError extends UserError {
  override readonly name = 'InvalidStateError';
  readonly code = userErrorCodes.InvalidStateError;
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
  readonly code = userErrorCodes.ForbiddenError;
}

/** Another object of this kind, such as a watchlist, has a name that differs in nothing that counts (`foldName`). */
export class NameTakenError extends UserError {
  override readonly name = 'NameTakenError';
  readonly code = userErrorCodes.NameTakenError;
  /** The object that has the name; null when only the database knows it. */
  readonly takenBy: string | null;
  constructor(kind: 'watchlist' | 'workspace', takenBy: string | null = null) {
    super(`A ${kind} with this name already exists. Choose another name; names are unique, ignoring case.`);
    this.takenBy = takenBy;
  }
}
