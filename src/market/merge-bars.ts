import type { Candles } from '../quant/candles.ts';

/** Prices of one bar agree within this, relative to them. */
const TOLERANCE = 1e-6;
const prices = ['open', 'high', 'low', 'close'] as const;
const columns = [...prices, 'volume'] as const;

export interface Merged {
  readonly candles: Candles;
  /** Days that were not there. */
  readonly added: number;
  /** Days that were there and got a volume, or a price that was missing. */
  readonly revised: number;
}

/** The first day of which both have a bar with other prices. */
export interface Conflict {
  readonly day: string;
}

/** No day has a close in both, so that nothing shows that their prices have one scale. */
export interface NoOverlap {
  readonly noOverlap: true;
}

/**
 * The days of both, oldest first. Prices of a day that both have must agree: after a split or dividend the prices of all days differ,
 * and old and new ones would make one series. Therefore both must have a day in common, unless one of them has no day at all.
 * Exchanges correct volumes later, so the volume is that of `fresh`.
 */
export function mergeBars(stored: Candles, fresh: Candles): Merged | Conflict | NoOverlap {
  const placeOf = new Map(stored.dates.map((day, i) => [day, i]));
  const shared = [...fresh.dates.keys()].flatMap((i) => {
    const at = placeOf.get(fresh.dates[i] ?? '');
    return at === undefined ? [] : [[at, i] as const];
  });
  const differs = shared.find(([at, i]) => prices.some((of) => !agree(stored[of][at], fresh[of][i])));
  if (differs !== undefined) return { day: stored.dates[differs[0]] ?? '' };
  const hasClose = (column: Float64Array, i: number) => Number.isFinite(column[i]);
  const isCompared = shared.some(([at, i]) => hasClose(stored.close, at) && hasClose(fresh.close, i));
  if (!isCompared && stored.dates.length > 0 && fresh.dates.length > 0) return { noOverlap: true };
  const filled = { ...stored };
  for (const of of columns) filled[of] = fill(stored[of], fresh[of], shared, of === 'volume');
  const revised = shared.filter(([at]) => columns.some((of) => !Object.is(filled[of][at], stored[of][at])));
  const days = [
    ...stored.dates.map((day, i) => ({ day, from: filled, i })),
    ...[...fresh.dates.entries()]
      .filter(([, day]) => !placeOf.has(day))
      .map(([i, day]) => ({ day, from: fresh, i })),
  ].sort((a, b) => (a.day < b.day ? -1 : 1));
  const column = (of: (typeof columns)[number]) =>
    Float64Array.from(days, ({ from, i }) => from[of][i] ?? Number.NaN);
  return {
    candles: {
      dates: days.map(({ day }) => day),
      open: column('open'),
      high: column('high'),
      low: column('low'),
      close: column('close'),
      volume: column('volume'),
    },
    added: days.length - stored.dates.length,
    revised: revised.length,
  };
}

function agree(a = Number.NaN, b = Number.NaN): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return true;
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}

/** A copy with the cells that are missing, or all that `fresh` knows when it is newer. */
function fill(
  stored: Float64Array,
  fresh: Float64Array,
  shared: readonly (readonly [at: number, i: number])[],
  isNewer: boolean,
): Float64Array {
  const filled = stored.slice();
  for (const [at, i] of shared) {
    const value = fresh[i] ?? Number.NaN;
    if (!Number.isNaN(value) && (isNewer || Number.isNaN(stored[at]))) filled[at] = value;
  }
  return filled;
}
