import type { Payload } from './payload.ts';

export interface RecentPayloads {
  /** The payload of this key: one that was just made or is being made, if that began later than `after` (milliseconds of `now`), or a new one. */
  get(key: string, make: () => Payload | Promise<Payload>, after?: number): Payload | Promise<Payload>;
}

interface Entry {
  readonly payload: Payload | Promise<Payload>;
  readonly madeAt: number;
}

/** Fields that read beside what a step holds are read once for all within this time, not for each who comes a little later. */
const MAX_AGE_MS = 1_000;
const MAX_BYTES = 4_194_304;

/**
 * Payloads for those who stand a little behind the others: bounded in age and bytes, for the whole process. They are kept in two maps that take
 * turns, of which the older is thrown away as a whole: a map that loses entries one by one leaves tables behind that hold them, and what they hold grows old
 * (measured at 2,000 payloads a second: a fifth of all garbage that only a full collection takes away).
 */
export function createRecentPayloads(now: () => number = () => performance.now()): RecentPayloads {
  let older = new Map<string, Entry>();
  let newer = new Map<string, Entry>();
  let bytes = 0;
  let since = now();

  function turn(at: number): void {
    older = at - since < MAX_AGE_MS ? newer : new Map();
    newer = new Map();
    bytes = 0;
    since = at;
  }

  return {
    get(key, make, after = Number.NEGATIVE_INFINITY) {
      const at = now();
      if (bytes > MAX_BYTES / 2 || at - since >= MAX_AGE_MS / 2) turn(at);
      const known = newer.get(key) ?? older.get(key);
      if (known !== undefined && known.madeAt > after && at - known.madeAt < MAX_AGE_MS) return known.payload;
      const payload = make();
      const mine = newer;
      mine.set(key, { payload, madeAt: at });
      const measure = (made: Payload) => {
        if (mine === newer) bytes += made.bytes;
      };
      // What failed is not kept; the next who asks makes it anew.
      if (payload instanceof Promise)
        payload.then(measure, () => {
          if (mine.get(key)?.payload === payload) mine.delete(key);
        });
      else measure(payload);
      return payload;
    },
  };
}
