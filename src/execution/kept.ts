/** What was used last, by its key, as far as all of it together stays within a weight. */
export interface Kept<Value> {
  get(key: string): Value | undefined;
  /** What is heavier than all of it may be is not kept. */
  set(key: string, value: Value, weight: number): void;
}

/** Keeps values until they are heavier together than `maxWeight`; then those whose last use is longest ago are dropped. */
export function createKept<Value>(maxWeight: number): Kept<Value> {
  const known = new Map<string, { readonly value: Value; readonly weight: number }>();
  let total = 0;

  function drop(key: string): void {
    total -= known.get(key)?.weight ?? 0;
    known.delete(key);
  }

  return {
    get(key) {
      const found = known.get(key);
      if (found === undefined) return undefined;
      // The newest are at the end.
      known.delete(key);
      known.set(key, found);
      return found.value;
    },
    set(key, value, weight) {
      drop(key);
      if (weight > maxWeight) return;
      known.set(key, { value, weight });
      total += weight;
      for (const oldest of known.keys()) {
        if (total <= maxWeight) return;
        drop(oldest);
      }
    },
  };
}
