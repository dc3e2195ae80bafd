import type { Addresses } from './addresses.ts';
import { post } from './post.ts';
import { RequestError, type ServerError, toRequestError } from './request-error.ts';

/** Why no socket comes to be, as far as a request to the same address can tell. */
export type Diagnosis =
  | { readonly status: 'signedOut' | 'refused'; readonly error: RequestError }
  /** The API responds to requests, or nothing responds: another try may help. */
  | { readonly status: 'retrying'; readonly reason: string };

/**
 * Asks the API over HTTP. A browser says nothing about a socket that it could not open: a wrong address, a proxy that passes no websockets and
 * a server that is down look the same.
 */
export async function diagnose(
  address: string,
  init: () => Promise<RequestInit>,
  limitMs: number,
  closed: AbortSignal,
): Promise<Diagnosis> {
  const only: Addresses = { count: 1, choose: async () => address, giveUp: () => undefined };
  try {
    const { status, text } = await post(only, await init(), { repeatable: true, limitMs, signals: [closed] });
    return judge(status, text, address);
  } catch (error) {
    return { status: 'retrying', reason: error instanceof RequestError ? error.message : String(error) };
  }
}

/** What a response to the query of `__typename` says about the API. */
export function judge(status: number, text: string, address: string): Diagnosis {
  const errors = errorsOf(text);
  if (status >= 500 || status === 429)
    return { status: 'retrying', reason: `The server responds with ${status}.` };
  const code = errors === null ? null : toRequestError(errors).code;
  if (status === 401 || code === 'UNAUTHENTICATED') {
    const error = toRequestError(errors ?? [{ message: 'The server does not accept the key.' }], { status });
    return { status: 'signedOut', error: new RequestError(error.message, 'UNAUTHENTICATED', { status }) };
  }
  if (status === 403 || code === 'FORBIDDEN') {
    const message = errors?.[0]?.message ?? 'The server does not accept this client.';
    return { status: 'refused', error: new RequestError(message, 'FORBIDDEN', { status }) };
  }
  if (errors === null || status === 404) {
    const message = `There is no GraphQL API at ${address} (HTTP ${status}).`;
    return { status: 'refused', error: new RequestError(message, 'WRONG_ADDRESS', { status }) };
  }
  return { status: 'retrying', reason: 'The API responds to requests, but no websocket can be opened.' };
}

/** The errors of a GraphQL response, which may be none; null when the text is no GraphQL response. */
function errorsOf(text: string): readonly ServerError[] | null {
  try {
    const body = JSON.parse(text) as { readonly data?: unknown; readonly errors?: unknown } | null;
    if (Array.isArray(body?.errors)) return body.errors as ServerError[];
    return typeof body?.data === 'object' ? [] : null;
  } catch {
    return null;
  }
}
