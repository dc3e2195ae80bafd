import type { Warning } from '../../quant/analyze.ts';
import { toIso } from './dates.ts';
import type { Columns } from './read-numbers.ts';
import { isWeekend } from './weekdays.ts';

export interface Bars {
  /** Days since 1970, oldest first. */
  readonly days: ArrayLike<number>;
  readonly columns: Columns;
  readonly lineOf: (row: number) => number;
  readonly warnings: readonly Warning[];
}

/** Of the bars at weekends so many have to be carried. Others are trades. */
const CARRIED_SHARE = 0.9;

/**
 * Without the rows of days without a session for which a program has repeated the bar before, or its close as a flat bar without volume. They show
 * at weekends; repeated bars of holidays are left out with them.
 */
export function withoutCarried<B extends Bars>(bars: B): B {
  const { days, columns, lineOf } = bars;
  const weekend: number[] = [];
  for (let row = 0; row < days.length; row += 1) if (isWeekend(days[row] ?? 0)) weekend.push(row);
  const carried = weekend.filter((row) => isCopy(columns, row) || isFlat(columns, row));
  if (carried.length === 0 || carried.length < CARRIED_SHARE * weekend.length) return bars;
  const copies = carried.filter((row) => isCopy(columns, row)).length;
  const isLeft = (row: number) =>
    isWeekend(days[row] ?? 0)
      ? isCopy(columns, row) || isFlat(columns, row)
      : copies > carried.length / 2 && isCopy(columns, row);
  const kept = Array.from(days, (_, row) => row).filter((row) => !isLeft(row));
  const count = days.length - kept.length;
  const message = `${count} rows repeat the bar before on days without a session and were left out, the first is ${toIso(days[carried[0] ?? 0] ?? 0)}.`;
  return {
    ...bars,
    days: kept.map((row) => days[row] ?? 0),
    columns: Object.fromEntries(
      Object.entries(columns).map(([role, values]) => [
        role,
        Float64Array.from(kept, (row) => values[row] ?? Number.NaN),
      ]),
    ),
    lineOf: (row: number) => lineOf(kept[row] ?? 0),
    warnings: [...bars.warnings, { code: 'CARRIED_ROWS', message }],
  };
}

const prices = ['open', 'high', 'low', 'close'] as const;

/** Prices and a volume of the bar before. */
function isCopy(columns: Columns, row: number): boolean {
  const { open, high, low, close, volume } = columns;
  const all = [open, high, low, close, volume].filter((column) => column !== undefined);
  return row > 0 && all.every((column) => Object.is(column[row], column[row - 1]));
}

/** All prices are the close before, and nothing is traded. */
function isFlat({ volume, ...columns }: Columns, row: number): boolean {
  const before = columns.close?.[row - 1];
  const isSilent = volume === undefined || !((volume[row] ?? 0) > 0);
  return isSilent && before !== undefined && prices.every((role) => columns[role]?.[row] === before);
}
