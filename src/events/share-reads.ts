import { loadApart } from './load-apart.ts';

/**
 * Gathers the reads that are asked for in one turn of the event loop into one. A caller never joins a read that has already been
 * sent: it might have started before the change that woke the caller. A key that cannot be read fails for its own callers alone.
 */
export function shareReads<Key, Value>(
  keyOf: (key: Key) => string,
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let next: {
    readonly keys: Map<string, Key>;
    readonly answer: Promise<ReadonlyMap<string, Promise<Value | undefined>>>;
  } | null = null;
  return async (key) => {
    if (next === null) {
      const keys = new Map<string, Key>();
      const answer = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        next = null;
        return loadApart(keyOf, load, [...keys.values()]);
      });
      next = { keys, answer };
    }
    const name = keyOf(key);
    next.keys.set(name, key);
    return (await next.answer).get(name);
  };
}
