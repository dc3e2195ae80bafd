import { AsyncLocalStorage } from 'node:async_hooks';

const signals = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs what one client waits for and what changes nothing. When the signal aborts, statements of the work that have no connection yet are not sent:
 * those of the client's workspace. Statements of the relay are sent, because several requests may share what they read.
 */
export function whileWanted<T>(signal: AbortSignal, work: () => T): T {
  return signals.run(signal, work);
}

/** Throws the reason of the abort when the client that the current work is for does not wait for it any more. */
export function throwIfAbandoned(): void {
  signals.getStore()?.throwIfAborted();
}
