import type { Series } from '../source.ts';
import { fromIso, toIso } from './dates.ts';

const columns = ['open', 'high', 'low', 'close', 'volume'] as const;

/**
 * A series as one process sends it to another: two arrays in place of a text for each day and an array for each column, which take most of the
 * time of a small message.
 */
export interface PackedSeries extends Omit<Series, 'candles'> {
  /** Days since 1970. */
  readonly days: Int32Array;
  /** Open, high, low, close and volume, one column after the other. */
  readonly cells: Float64Array;
}

export function packSeries({ candles, ...series }: Series): PackedSeries {
  const bars = candles.dates.length;
  const days = new Int32Array(bars);
  for (let i = 0; i < bars; i += 1) days[i] = fromIso(candles.dates[i] ?? '');
  const cells = new Float64Array(bars * columns.length);
  for (const [i, name] of columns.entries()) cells.set(candles[name], i * bars);
  return { ...series, days, cells };
}

export function unpackSeries({ days, cells, ...series }: PackedSeries): Series {
  const bars = days.length;
  const column = (i: number) => cells.slice(i * bars, (i + 1) * bars);
  const candles = {
    dates: isoDaysOf(days),
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    volume: column(4),
  };
  return { ...series, candles };
}

/** Days since 1970 as YYYY-MM-DD. */
export function isoDaysOf(days: ArrayLike<number>): string[] {
  const dates: string[] = [];
  for (let i = 0; i < days.length; i += 1) dates.push(toIso(days[i] ?? 0));
  return dates;
}
