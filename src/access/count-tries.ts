/** What a wrong credential was: typing errors in keys must not block the tokens of an address. */
export type TryKind = 'KEY' | 'TOKEN';

/** Wrong credentials per kind and address within the last minute. */
export interface Tries {
  /** Counts a wrong credential. Returns the seconds until the next one is answered with 401 again; null: this one is. */
  count(kind: TryKind, address: string): number | null;
}

const LIMIT = 20;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; the oldest is forgotten. */
const MAX_ADDRESSES = 10_000;

export function createTries(now: () => number = () => performance.now()): Tries {
  const seen = new Map<string, { since: number; tries: number }>();
  return {
    count(kind, address) {
      const place = `${kind} ${address}`;
      const entry = seen.get(place);
      const leftMs = entry === undefined ? 0 : entry.since + WINDOW_MS - now();
      if (entry !== undefined && leftMs > 0) {
        entry.tries += 1;
        return entry.tries <= LIMIT ? null : Math.ceil(leftMs / 1_000);
      }
      seen.delete(place);
      seen.set(place, { since: now(), tries: 1 });
      if (seen.size > MAX_ADDRESSES) for (const oldest of seen.keys().take(1)) seen.delete(oldest);
      return null;
    },
  };
}
