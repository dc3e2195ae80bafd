import type { Payload } from './payload.ts';

export interface RecentPayloads {
  /** The payload of this key: one that was just made or is being made, or a new one. */
  get(key: string, make: () => Payload | Promise<Payload>): Payload | Promise<Payload>;
}

interface Entry {
  readonly payload: Payload | Promise<Payload>;
  readonly madeAt: number;
  bytes: number;
}

/** Fields that read beside what a step holds are read once for all within this time, not for each who comes a little later. */
const MAX_AGE_MS = 1_000;
const MAX_BYTES = 4_194_304;

/** Payloads for those who stand a little behind the others: bounded in age and bytes, for the whole process. */
export function createRecentPayloads(): RecentPayloads {
  const entries = new Map<string, Entry>();
  let total = 0;

  function remove(key: string, entry: Entry): void {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    total -= entry.bytes;
  }

  /** Entries are in the order of their making. */
  function trim(now: number): void {
    for (const [key, entry] of entries) {
      if (total <= MAX_BYTES && now - entry.madeAt < MAX_AGE_MS) return;
      remove(key, entry);
    }
  }

  return {
    get(key, make) {
      const now = performance.now();
      trim(now);
      const known = entries.get(key);
      if (known !== undefined) return known.payload;
      const payload = make();
      const entry: Entry = { payload, madeAt: now, bytes: 0 };
      entries.set(key, entry);
      const measure = ({ bytes }: Payload) => {
        if (entries.get(key) !== entry) return;
        entry.bytes = bytes;
        total += bytes;
      };
      if (payload instanceof Promise) payload.then(measure, () => remove(key, entry));
      else measure(payload);
      return payload;
    },
  };
}
