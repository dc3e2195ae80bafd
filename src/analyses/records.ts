import type { UniverseRecord } from './tallies.ts';

/** Records over the universe that were read a moment ago. */
export interface RecentRecords {
  get(workspaceId: string, key: string): UniverseRecord | undefined;
  put(workspaceId: string, key: string, record: UniverseRecord): void;
}

/** A record describes years of plans: what a minute adds does not change what it says. */
const MAX_AGE_MS = 60_000;
const MAX_RECORDS = 1_000;

/**
 * Keeps what was read for a minute, for the whole process: each result of a job may be shown with this record, and reading it looks at all latest
 * results. Only what has been read is shared, never a read that is on its way, which ends with the request that began it.
 */
export function createRecentRecords(now: () => number = () => performance.now()): RecentRecords {
  const known = new Map<string, { readonly record: UniverseRecord; readonly readAt: number }>();
  return {
    get(workspaceId, key) {
      const entry = known.get(`${workspaceId} ${key}`);
      return entry !== undefined && now() - entry.readAt < MAX_AGE_MS ? entry.record : undefined;
    },
    put(workspaceId, key, record) {
      const name = `${workspaceId} ${key}`;
      known.delete(name);
      known.set(name, { record, readAt: now() });
      // A map lists its entries in the order in which they were put.
      for (const oldest of known.keys()) {
        if (known.size <= MAX_RECORDS) break;
        known.delete(oldest);
      }
    },
  };
}
