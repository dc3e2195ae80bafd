import { toIso } from './dates.ts';
import type { Columns } from './read-numbers.ts';
import { refuse } from './refusal.ts';
import type { DatedRow } from './table.ts';

/** Prices of one bar that was written twice, once with fewer bits. */
const NOISE = 1e-6;
/** With more rows of days that other rows have, the file is none of daily bars of one ticker. */
const DOUBLE_SHARE = 0.2;

/** Indices of the rows to keep, oldest first. A row that is there twice is kept once; two different rows of a day are refused. */
export function orderRows(rows: readonly DatedRow[], days: readonly number[], columns: Columns) {
  const isAscending = days.every((day, i) => i === 0 || day > (days[i - 1] ?? 0));
  const order = [...days.keys()];
  if (isAscending) return { order, warnings: [], assumptions: [] };
  order.sort((a, b) => (days[a] ?? 0) - (days[b] ?? 0) || a - b);
  const all = Object.values(columns);
  const isEqual = (a: number, b: number) => all.every((column) => Object.is(column[a], column[b]));
  const newest = days[order.at(-1) ?? 0];
  const kept: number[] = [];
  for (const row of order) {
    const before = kept.at(-1);
    if (before === undefined || days[before] !== days[row]) kept.push(row);
    else if (!isEqual(before, row)) {
      if (days[row] !== newest || !isSameSession(columns, before, row)) refuseDouble(rows, days, before, row);
      if ((columns.volume?.[row] ?? 0) > (columns.volume?.[before] ?? 0)) kept[kept.length - 1] = row;
    }
  }
  const doubled = order.length - kept.length;
  const message = `${doubled} lines repeat another line and were left out.`;
  const isDescending = days.every((day, i) => i === 0 || day <= (days[i - 1] ?? 0));
  const sorted = isDescending
    ? 'The newest bar came first.'
    : 'The bars were not in the order of their dates.';
  return {
    order: kept,
    warnings: doubled === 0 ? [] : [{ code: 'REPEATED_ROWS', message }],
    assumptions: [{ code: 'SORTED', message: sorted }],
  };
}

/** The newest bar may be there a second time as the last trade: with the noise of its numbers, and a volume that has grown. */
function isSameSession(columns: Columns, a: number, b: number): boolean {
  return Object.entries(columns).every(([role, column]) => {
    if (role === 'volume' || role === 'adjVolume') return true;
    const [one = Number.NaN, other = Number.NaN] = [column[a], column[b]];
    return Object.is(one, other) || Math.abs(one / other - 1) < NOISE;
  });
}

function refuseDouble(
  rows: readonly DatedRow[],
  days: readonly number[],
  before: number,
  row: number,
): never {
  const { line = 0, dateCell = '' } = rows[row] ?? {};
  const double = days.length - new Set(days).size;
  const isIntraday = double > DOUBLE_SHARE * days.length;
  const more = isIntraday
    ? ` ${double} of ${days.length} lines have a day that another line has: the bars are intraday without times, or of several tickers.`
    : '';
  const why = `There are two different bars of ${toIso(days[row] ?? 0)}, the other on line ${rows[before]?.line}.${more}`;
  const cure = isIntraday ? 'Export daily bars of one ticker.' : 'Remove one of them.';
  return refuse('DUPLICATE_DATE', why, cure, { line, cell: dateCell });
}
