/** Wrong credentials per address within the last minute. */
export interface Tries {
  /** Seconds until the address may try again; null: it may. */
  blockedForS(address: string): number | null;
  count(address: string): void;
}

const LIMIT = 20;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; the oldest is forgotten. */
const MAX_ADDRESSES = 10_000;

export function createTries(now: () => number = () => performance.now()): Tries {
  const seen = new Map<string, { since: number; tries: number }>();
  return {
    blockedForS(address) {
      const entry = seen.get(address);
      if (entry === undefined || entry.tries < LIMIT) return null;
      const leftMs = entry.since + WINDOW_MS - now();
      return leftMs <= 0 ? null : Math.ceil(leftMs / 1_000);
    },
    count(address) {
      const entry = seen.get(address);
      if (entry !== undefined && now() - entry.since < WINDOW_MS) {
        entry.tries += 1;
        return;
      }
      seen.delete(address);
      seen.set(address, { since: now(), tries: 1 });
      if (seen.size > MAX_ADDRESSES) for (const oldest of seen.keys().take(1)) seen.delete(oldest);
    },
  };
}
