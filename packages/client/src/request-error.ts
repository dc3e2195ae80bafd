/** What the server says about an error, beside its code. */
export interface ErrorDetails {
  /** Path of the input that is wrong; null when the error concerns no input. */
  readonly field?: string | null;
  /** Seconds after which the operation may be sent again; null when the server names no time. */
  readonly retryAfter?: number | null;
  /** Number under which the log of the server explains the error; null when the server sends none. */
  readonly correlationId?: string | null;
  /** Points of an operation that costs too much; null for other errors. */
  readonly cost?: number | null;
  /** Status of the HTTP response; null when there was none. */
  readonly status?: number | null;
}

/** The server rejected an operation, or no response came; `code` is stable. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string | null;
  readonly field: string | null;
  readonly retryAfter: number | null;
  readonly correlationId: string | null;
  readonly cost: number | null;
  readonly status: number | null;
  constructor(message: string, code: string | null, options: ErrorOptions & ErrorDetails = {}) {
    super(message, options);
    this.code = code;
    this.field = options.field ?? null;
    this.retryAfter = options.retryAfter ?? null;
    this.correlationId = options.correlationId ?? null;
    this.cost = options.cost ?? null;
    this.status = options.status ?? null;
  }
}

/** An error as the server sends it. */
export interface ServerError {
  readonly message: string;
  readonly extensions?: unknown;
}

/** The first of the errors of a response; what it does not contain is taken from the given details. */
export function toRequestError(errors: readonly ServerError[], known: ErrorDetails = {}): RequestError {
  const [error] = errors;
  const extensions = (error?.extensions ?? {}) as ErrorDetails & { readonly code?: string };
  const { code = null, field, retryAfter, correlationId, cost } = extensions;
  const message = error?.message ?? `The response has no data (HTTP ${known.status}).`;
  return new RequestError(message, code, {
    field: field ?? null,
    retryAfter: retryAfter ?? known.retryAfter ?? null,
    correlationId: correlationId ?? known.correlationId ?? null,
    cost: cost ?? null,
    status: known.status ?? null,
  });
}
