import { useSyncExternalStore } from 'react';
import type { Client } from 'thetool-client';

/** What the dot in the bar says. Times are milliseconds of the reader's clock. */
export interface Connection {
  readonly kind: 'CONNECTING' | 'LIVE' | 'RETRYING' | 'SIGNED_OUT' | 'REFUSED';
  readonly since: number;
  /** When the next attempt begins; null: none is planned. */
  readonly nextAt: number | null;
  readonly reason: string | null;
}

let current: Connection = { kind: 'CONNECTING', since: Date.now(), nextAt: null, reason: null };
const listeners = new Set<() => void>();

export function setConnection(kind: Connection['kind'], more: Partial<Connection> = {}): void {
  const since = kind === current.kind ? current.since : Date.now();
  const next = { kind, since, nextAt: null, reason: null, ...more };
  if (JSON.stringify(next) === JSON.stringify(current)) return;
  current = next;
  for (const listener of listeners) listener();
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

/** Follows the first socket of a client, on which the feed of results is. */
export function followConnection(client: Client): void {
  client.sockets.on('connected', () => setConnection('LIVE'));
}
