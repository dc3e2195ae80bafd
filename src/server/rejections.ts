import type { ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { ErrorCode } from '../error-codes.ts';

type Headers = Readonly<Record<string, string>>;

/** An error of a request that is not served, with its status and headers over HTTP. */
export function rejection(
  status: number,
  code: ErrorCode,
  message: string,
  { headers, ...extensions }: { readonly headers?: Headers; readonly [name: string]: unknown } = {},
): GraphQLError {
  const http = { status, ...(headers !== undefined && { headers }) };
  return new GraphQLError(message, { extensions: { code, ...extensions, http } });
}

export const badRequest = (message: string): GraphQLError => rejection(400, 'BAD_REQUEST', message);

/** Too much at a time: the same request may succeed after so many seconds. */
export const tooMuch = (message: string, retryAfterS: number): GraphQLError =>
  rejection(429, 'LIMIT_EXCEEDED', message, {
    retryable: true,
    headers: { 'retry-after': String(retryAfterS) },
  });

/** A rejection as HTTP sends it. */
export function replyOf(rejected: GraphQLError): {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
} {
  const { http, ...extensions } = rejected.extensions as {
    readonly http: { readonly status: number; readonly headers?: Headers };
  };
  return {
    status: http.status,
    headers: { 'content-type': 'application/json', ...http.headers },
    body: JSON.stringify({ errors: [{ message: rejected.message, extensions }] }),
  };
}

/** Sends a rejection in place of a response. */
export function reject(response: ServerResponse, rejected: GraphQLError, more: Headers = {}): void {
  const { status, headers, body } = replyOf(rejected);
  response.writeHead(status, { ...headers, ...more }).end(body);
}
