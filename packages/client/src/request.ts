import type { Addresses } from './addresses.ts';
import { startDeadline } from './deadline.ts';
import { type DocumentParams, isRepeatable } from './document.ts';
import { anyOf, noResponse, post } from './post.ts';
import { type ErrorDetails, type RequestError, type ServerError, toRequestError } from './request-error.ts';

export interface RequestOptions {
  /** Ends the request, which rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Time for the whole response, in milliseconds; default is that of the client. It begins anew at each further address. */
  readonly timeoutMs?: number | undefined;
}

/** The response to an operation as the server sent it. */
export interface GraphQLResponse {
  readonly data?: unknown;
  readonly errors?: readonly ServerError[];
  readonly extensions?: Record<string, unknown>;
}

export interface DetailedResponse extends GraphQLResponse {
  /** What the headers say, for errors that do not say it themselves. */
  readonly details: ErrorDetails;
}

export interface Requester {
  readonly addresses: Addresses;
  readonly timeoutMs: number;
  /** Headers of a request. Asked anew for every request. */
  readonly headers: () => Promise<Record<string, string>>;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
  /** The server responded; null: it accepted the key, otherwise why it did not. */
  readonly onResponse: (signedOut: RequestError | null) => void;
}

/** An operation as it is sent. `text` is its document, also where only a hash is sent. */
export interface Operation extends DocumentParams {
  readonly text: string;
  readonly variables?: unknown;
  readonly operationName?: string | undefined;
}

/** What `fetch` sends for an operation. Throws what the function for the headers throws. */
export async function initOf(
  requester: Requester,
  { text: _text, ...params }: Operation,
): Promise<RequestInit> {
  return {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(await requester.headers()),
    },
    body: JSON.stringify(params),
  };
}

/**
 * Sends one query or mutation over HTTP and returns the response with its errors. Throws RequestError `UNREACHABLE` when there is no complete
 * response, RequestError with the status when the body is no GraphQL response, and the reason of the given signal.
 */
export async function sendOperation(
  requester: Requester,
  operation: Operation,
  { signal, timeoutMs = requester.timeoutMs }: RequestOptions = {},
): Promise<DetailedResponse> {
  const signals = [requester.closed, ...(signal === undefined ? [] : [signal])];
  const stop = anyOf(signals);
  if (stop.aborted) throw stop.reason;
  const deadline = startDeadline(timeoutMs, noResponse(timeoutMs), stop);
  const init = await deadline.within(initOf(requester, operation)).finally(deadline.clear);
  const repeatable = isRepeatable(operation.text);
  const received = await post(requester.addresses, init, { repeatable, limitMs: timeoutMs, signals });
  const { status, headers } = received;
  const details = {
    status,
    retryAfter: secondsOf(headers.get('retry-after')),
    correlationId: headers.get('x-request-id'),
  };
  const response = toResponse(received.text);
  const { data = null, errors = [] } = response;
  const error = errors.length > 0 || data === null ? toRequestError(errors, details) : null;
  requester.onResponse(status === 401 || error?.code === 'UNAUTHENTICATED' ? error : null);
  if (error !== null && errors.length === 0) throw error;
  return { ...response, details };
}

/** Seconds of a `Retry-After` header; null when there is none, or when it is a date. */
function secondsOf(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}

/** A body that is no JSON comes from something before the server; its status says what happened. */
function toResponse(text: string): GraphQLResponse {
  try {
    return (JSON.parse(text) as GraphQLResponse | null) ?? {};
  } catch {
    return {};
  }
}
