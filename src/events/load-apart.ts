import { connectionLost, isTransient, statementTimedOut } from '../db/retry.ts';

/**
 * Loads several keys with one call and returns a promise per key. When the call fails, the halves are loaded apart, both at once, and so on: only
 * the keys that cause the fault fail, whomever else they were read with, and each key is settled as soon as its part is. A database that is
 * unavailable is nobody's fault, and asking it more often would not help: it fails all keys. So do more timeouts than one slow key can cause.
 */
export function loadApart<Key, Value>(
  keyOf: (key: Key) => string,
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Value>>,
  keys: readonly Key[],
): ReadonlyMap<string, Promise<Value | undefined>> {
  const answers = new Map(
    keys.map((key) => [keyOf(key), Promise.withResolvers<Value | undefined>()] as const),
  );
  // A slow key is in one part of each size.
  let timeoutsLeft = 1 + Math.ceil(Math.log2(Math.max(keys.length, 1)));

  async function settle(some: readonly Key[]): Promise<void> {
    try {
      const found = await load(some);
      for (const key of some) answers.get(keyOf(key))?.resolve(found.get(keyOf(key)));
    } catch (error) {
      if (statementTimedOut(error)) timeoutsLeft -= 1;
      if (some.length === 1 || timeoutsLeft < 0 || isEverybodys(error)) {
        for (const key of some) answers.get(keyOf(key))?.reject(error);
        return;
      }
      const half = Math.ceil(some.length / 2);
      await Promise.all([settle(some.slice(0, half)), settle(some.slice(half))]);
    }
  }

  void settle(keys);
  return new Map(
    [...answers].map(([name, { promise }]) => {
      // The caller may attach its handlers later; until then a rejection would count as unhandled.
      promise.catch(() => undefined);
      return [name, promise];
    }),
  );
}

/** A statement at its time limit may be the fault of one key; a connection that is lost, or a server that is busy, is not. */
function isEverybodys(error: unknown): boolean {
  return connectionLost(error) || (isTransient(error) && !statementTimedOut(error));
}
