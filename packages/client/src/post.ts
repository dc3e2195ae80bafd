import type { Addresses } from './addresses.ts';
import { startDeadline } from './deadline.ts';
import { RequestError } from './request-error.ts';
import { wasNeverSent } from './unreachable.ts';

export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface PostOptions {
  /** The request has no effect: it may be sent again when nobody knows whether it arrived. */
  readonly repeatable: boolean;
  /** Time for the whole response of one address. */
  readonly limitMs: number;
  /** The request fails with the reason of the first one that is aborted: that of the closed client, that of the caller. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Sends to the address in use and returns the whole response. Where none comes, because the connection fails before or within the
 * response or the time is over, each of the other addresses is tried once. Throws RequestError `UNREACHABLE` and the reason of an aborted signal.
 */
export async function post(
  addresses: Addresses,
  init: RequestInit,
  { repeatable, limitMs, signals }: PostOptions,
): Promise<Received> {
  const stop = anyOf(signals);
  for (let tries = 1; ; tries += 1) {
    const deadline = startDeadline(limitMs, noResponse(limitMs), stop);
    try {
      const address = await deadline.within(addresses.choose());
      let began = false;
      try {
        const response = await fetch(address.replace(/^ws/, 'http'), { ...init, signal: deadline.signal });
        began = true;
        return { status: response.status, headers: response.headers, text: await response.text() };
      } catch (cause) {
        if (stop.aborted) throw stop.reason;
        addresses.giveUp(address);
        const mayRepeat = repeatable || (!began && wasNeverSent(cause));
        if (tries < addresses.count && mayRepeat) continue;
        throw cause instanceof RequestError ? cause : unreachable(began, cause);
      }
    } finally {
      deadline.clear();
    }
  }
}

/** A signal that is aborted with the first of the given ones. */
export function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const [only] = signals;
  return only !== undefined && signals.length === 1 ? only : AbortSignal.any([...signals]);
}

/** The error of a request whose time is over. */
export function noResponse(limitMs: number): RequestError {
  return new RequestError(`There was no complete response within ${limitMs} ms.`, 'UNREACHABLE');
}

function unreachable(began: boolean, cause: unknown): RequestError {
  const message = began ? 'The connection failed within the response.' : 'The server cannot be reached.';
  return new RequestError(message, 'UNREACHABLE', { cause });
}
