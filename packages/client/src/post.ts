import type { Addresses } from './addresses.ts';
import { startDeadline } from './deadline.ts';
import { RequestError } from './request-error.ts';
import { wasNeverSent } from './unreachable.ts';

export interface PostOptions {
  /** The request has no effect: it may be sent again when nobody knows whether it arrived. */
  readonly repeatable: boolean;
  /** Time for the whole response of one address. */
  readonly limitMs: number;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

/**
 * Sends to the address in use and returns the whole response. Where none comes, because the connection fails before or within the
 * response or the time is over, each of the other addresses is tried once. Throws RequestError `UNREACHABLE`.
 */
export async function post(
  addresses: Addresses,
  init: RequestInit,
  { repeatable, limitMs, closed }: PostOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  for (let tries = 1; ; tries += 1) {
    const deadline = startDeadline(limitMs, noResponse(limitMs), closed);
    try {
      const address = await deadline.within(addresses.choose());
      let began = false;
      try {
        const response = await fetch(address, { ...init, signal: deadline.signal });
        began = true;
        return { status: response.status, text: await response.text() };
      } catch (cause) {
        addresses.giveUp(address);
        const mayRepeat = repeatable || (!began && wasNeverSent(cause));
        if (tries < addresses.count && mayRepeat && !closed.aborted) continue;
        throw cause instanceof RequestError ? cause : unreachable(began, cause);
      }
    } finally {
      deadline.clear();
    }
  }
}

/** The error of a request whose time is over. */
export function noResponse(limitMs: number): RequestError {
  return new RequestError(`There was no complete response within ${limitMs} ms.`, 'UNREACHABLE');
}

function unreachable(began: boolean, cause: unknown): RequestError {
  const message = began ? 'The connection failed within the response.' : 'The server cannot be reached.';
  return new RequestError(message, 'UNREACHABLE', { cause });
}
