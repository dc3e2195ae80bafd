import { isRowFault } from '../db/retry.ts';

/**
 * Runs `work` on all ids. If it fails in a way that would come again, it runs on each half, down to the single id that fails, which goes to
 * `onFault`: one bad row must not stop the others. Returns the results of the parts that succeeded. Rejects with an error that is not of a row.
 */
export async function inHalves<Result>(
  ids: readonly string[],
  work: (ids: readonly string[]) => Promise<Result>,
  onFault: (id: string, error: unknown) => void,
): Promise<Result[]> {
  if (ids.length === 0) return [];
  try {
    return [await work(ids)];
  } catch (error) {
    if (!isRowFault(error)) throw error;
    const [only] = ids;
    if (ids.length === 1 && only !== undefined) {
      onFault(only, error);
      return [];
    }
  }
  const middle = Math.ceil(ids.length / 2);
  const first = await inHalves(ids.slice(0, middle), work, onFault);
  return [...first, ...(await inHalves(ids.slice(middle), work, onFault))];
}

/** Jobs that are left out for a while because a step on them failed. */
export interface Exclusions {
  /** The jobs that are left out now. */
  ids(): string[];
  /** Leaves a job out; twice as long each time, up to a minute. Returns for how long, in ms. */
  add(id: string): number;
}

const FIRST_MS = 2_000;
const LONGEST_MS = 60_000;
/** A job whose time is over for so long did not fail again. */
const FORGET_MS = 600_000;

export function createExclusions(now: () => number): Exclusions {
  const known = new Map<string, { readonly until: number; readonly ms: number }>();
  return {
    ids() {
      if (known.size === 0) return [];
      const at = now();
      for (const [id, { until }] of known) if (until + FORGET_MS < at) known.delete(id);
      return [...known].filter(([, { until }]) => until > at).map(([id]) => id);
    },
    add(id) {
      const ms = Math.min(LONGEST_MS, 2 * (known.get(id)?.ms ?? FIRST_MS / 2));
      known.set(id, { until: now() + ms, ms });
      return ms;
    },
  };
}
