import { setTimeout as delay } from 'node:timers/promises';

/** What another node takes in per second. */
const CLIENTS_PER_SECOND = 2_000;
/** No spread is longer than this, to stay well inside the drain. */
const MAX_SPREAD_MS = 5_000;

/**
 * Closes connections of clients one after the other over a bounded time, so that the clients do not all connect to another node at once.
 * The abort of the signal closes the rest at once.
 */
export async function closeEvenly<Connection>(
  open: readonly Connection[],
  close: (connection: Connection) => void,
  signal: AbortSignal,
): Promise<void> {
  const spreadMs = Math.min((1_000 * open.length) / CLIENTS_PER_SECOND, MAX_SPREAD_MS);
  const began = performance.now();
  for (const [index, connection] of open.entries()) {
    const early = began + (spreadMs * index) / open.length - performance.now();
    // Timers below a few milliseconds are not kept: close in small groups instead.
    if (early > 5 && !signal.aborted) await delay(early, undefined, { signal }).catch(() => undefined);
    close(connection);
  }
}
