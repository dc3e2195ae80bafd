import type { Client } from './connect.ts';
import { onNextFrame } from './frame.ts';

/** What a component shows: the newest data, or why there is none. */
export interface Live<Value> {
  /** Null until the first data has come. It stays when an error follows. */
  readonly data: Value | null;
  /** Why nothing more comes; null while there is no error. */
  readonly error: Error | null;
  /** True until the first data or an error has come. */
  readonly isLoading: boolean;
  /** Begins again, for example after an error. The data stays until new data has come. */
  readonly reload: () => void;
}

export interface LiveStore<Value> {
  /** The same object until it changes, at most once per frame. */
  current(): Live<Value>;
  /** Begins to follow with the first listener, and ends a while after the last one has left. */
  subscribe(listener: () => void): () => void;
  /** Begins to follow. Resolves with the first data or an error: for Suspense, which renders a component anew before it listens. */
  first(): Promise<void>;
}

/**
 * Follows something until the signal is aborted. `publish` may be called more often than a page is painted: its function makes the data once per
 * frame.
 */
export type Source<Value> = (publish: (read: () => Value) => void, signal: AbortSignal) => Promise<void>;

/** A component may leave and come back at once: in strict mode, or when a list is sorted anew. */
const LINGER_MS = 1_000;
/** Time in which a component that waited in Suspense is expected to listen. */
const ORPHAN_MS = 30_000;

export const LOADING: Live<never> = { data: null, error: null, isLoading: true, reload: () => undefined };

function createLiveStore<Value>(
  source: Source<Value>,
  onStart: () => void,
  onStop: () => void,
): LiveStore<Value> {
  const listeners = new Set<() => void>();
  let following: AbortController | null = null;
  let stopping: ReturnType<typeof setTimeout> | undefined;
  let scheduled = false;
  let shown: Live<Value> = { ...LOADING, reload };
  let read: (() => Value) | null = null;
  let error: Error | null = null;
  let arrived: () => void = () => undefined;
  let arrival: Promise<void> | null = null;

  function flush(): void {
    scheduled = false;
    shown = { data: read === null ? shown.data : read(), error, isLoading: false, reload };
    read = null;
    arrived();
    for (const listener of listeners) listener();
  }

  function schedule(): void {
    if (!scheduled) onNextFrame(flush);
    scheduled = true;
  }

  function start(): void {
    clearTimeout(stopping);
    if (following !== null) return;
    onStart();
    const controller = new AbortController();
    const { signal } = controller;
    following = controller;
    const publish = (next: () => Value) => {
      if (signal.aborted) return;
      read = next;
      error = null;
      schedule();
    };
    source(publish, signal).catch((cause: unknown) => {
      if (signal.aborted) return;
      error = cause instanceof Error ? cause : new Error(String(cause));
      schedule();
    });
  }

  function stop(): void {
    following?.abort();
    following = null;
    onStop();
  }

  function stopAfter(ms: number): void {
    clearTimeout(stopping);
    stopping = setTimeout(stop, ms);
  }

  function reload(): void {
    if (following === null) return;
    following.abort();
    following = null;
    start();
  }

  return {
    current: () => shown,
    subscribe(listener) {
      listeners.add(listener);
      start();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stopAfter(LINGER_MS);
      };
    },
    first() {
      arrival ??= new Promise((resolve) => {
        arrived = resolve;
      });
      start();
      if (listeners.size === 0) stopAfter(ORPHAN_MS);
      return arrival;
    },
  };
}

const stores = new WeakMap<Client, Map<string, LiveStore<unknown>>>();

/** The store of a client for a key, which components share. The key has to determine what the source follows. */
export function liveStoreOf<Value>(client: Client, key: string, source: Source<Value>): LiveStore<Value> {
  const known = stores.get(client) ?? new Map<string, LiveStore<unknown>>();
  stores.set(client, known);
  const found = known.get(key);
  if (found !== undefined) return found as LiveStore<Value>;
  const store: LiveStore<Value> = createLiveStore(
    source,
    () => void known.set(key, store as LiveStore<unknown>),
    () => void known.delete(key),
  );
  known.set(key, store as LiveStore<unknown>);
  return store;
}
