import type { Warning } from '../../quant/analyze.ts';
import { type DateParts, dayNumber, fullYear, toIso } from './dates.ts';
import { refuse } from './refusal.ts';

export interface DateCell {
  readonly line: number;
  readonly cell: string;
  readonly parts: DateParts;
}

export interface DecidedDays {
  /** Days since 1970, in the order of the cells. */
  readonly days: readonly number[];
  readonly assumptions: readonly Warning[];
}

type Order = 'DMY' | 'MDY' | 'YMD';

const titles: Readonly<Record<Order, string>> = {
  DMY: 'day, month, year',
  MDY: 'month, day, year',
  YMD: 'year, month, day',
};

/**
 * The days of a column of dates, all of one kind. The order of day and month is decided by a number above 12, or by the order that
 * the column's name gives; nothing else decides it. Throws when both orders are possible, and shows both readings.
 */
export function decideDays(cells: readonly DateCell[], named: Order | null): DecidedDays {
  const [first] = cells;
  if (first === undefined) return { days: [], assumptions: [] };
  if (first.parts.kind === 'NUMERIC') return decideOrder(cells, named);
  const days = cells.map((one) => {
    const { a, b, c } = one.parts;
    return dayNumber(a, b, c) ?? noDay(one);
  });
  const assumptions: Warning[] = [];
  if (first.parts.kind === 'EPOCH')
    assumptions.push({
      code: 'EPOCH',
      message: 'Dates are times since 1970; a bar is dated by the day in UTC.',
    });
  if (first.parts.kind === 'SERIAL')
    assumptions.push({ code: 'DAY_NUMBERS', message: 'Dates are day numbers of a spreadsheet.' });
  return shiftWeekdays(cells, days, assumptions);
}

function noDay({ line, cell }: DateCell): never {
  return refuse('BAD_DATE', 'There is no such day.', 'Correct the date (YYYY-MM-DD).', { line, cell });
}

function dayOf({ a, b, c }: DateParts, order: Order): number | null {
  if (order === 'DMY') return dayNumber(fullYear(c), b, a);
  if (order === 'MDY') return dayNumber(fullYear(c), a, b);
  return dayNumber(fullYear(a), b, c);
}

function decideOrder(cells: readonly DateCell[], named: Order | null): DecidedDays {
  const isShort = cells.some(({ parts }) => parts.isShort);
  const orders: Order[] = isShort ? ['DMY', 'MDY', 'YMD'] : ['DMY', 'MDY'];
  const readings = orders
    .filter((order) => named === null || order === named)
    .map((order) => ({ order, days: cells.map(({ parts }) => dayOf(parts, order)) }));
  const possible = readings.filter(({ days }) => days.every((day) => day !== null));
  const [found, ...others] = possible.filter(
    // A year of two digits that comes first shows in the order of the rows alone.
    ({ order, days }) => order !== 'YMD' || possible.length === 1 || isSorted(days as number[]),
  );
  if (found === undefined) {
    const best = readings.map(({ days }) => days.indexOf(null));
    const last = cells[Math.max(...best)];
    return last === undefined
      ? refuse('BAD_DATE', 'There is no date.', 'Add dates (YYYY-MM-DD).')
      : noDay(last);
  }
  const days = found.days as number[];
  if (others.length > 0) refuseBoth(cells, [found, ...others]);
  const evidence = named !== null ? 'as the name of the column says' : evidenceFor(cells, found.order);
  const message = `Dates are ${titles[found.order]} (${evidence}).`;
  const short = { code: 'SHORT_YEARS', message: 'Years of two digits are those from 1970 to 2069.' };
  return { days, assumptions: [{ code: 'DATE_ORDER', message }, ...(isShort ? [short] : [])] };
}

function evidenceFor(cells: readonly DateCell[], order: Order): string {
  const shows = cells.find(({ parts }) => (order === 'DMY' ? parts.a : parts.b) > 12) ?? cells[0];
  return `${JSON.stringify(shows?.cell)} on line ${shows?.line} has no other reading`;
}

function isSorted(days: readonly number[]): boolean {
  const steps = days.slice(1).map((day, i) => day - (days[i] ?? 0));
  return steps.every((step) => step >= 0) || steps.every((step) => step <= 0);
}

function refuseBoth(
  cells: readonly DateCell[],
  readings: readonly { readonly order: Order; readonly days: readonly (number | null)[] }[],
): never {
  const at = cells.findIndex((_, i) => new Set(readings.map(({ days }) => days[i])).size > 1);
  const i = Math.max(at, 0);
  const { line = 0, cell = '' } = cells[i] ?? {};
  const both = readings.map(({ order, days }) => `${toIso(days[i] ?? 0)} (${titles[order]})`).join(' or ');
  const cure =
    'Write the dates as YYYY-MM-DD, or name the column "Date (DD/MM/YYYY)" or "Date (MM/DD/YYYY)".';
  return refuse(
    'AMBIGUOUS_DATES',
    `${JSON.stringify(cell)} may be ${both}, and no date of the file decides it.`,
    cure,
    {
      line,
      cell,
    },
  );
}

const NOON_MS = 43_200_000;

/**
 * Midnight of an exchange east of Greenwich is the evening before in UTC: bars of Monday to Friday are then dated Sunday to Thursday.
 * Such days are moved by one.
 */
function shiftWeekdays(
  cells: readonly DateCell[],
  days: readonly number[],
  assumptions: readonly Warning[],
): DecidedDays {
  // Day 0 was a Thursday.
  const count = (weekday: number) => days.filter((day) => (day + 4) % 7 === weekday).length;
  const isEvening = cells.every(({ parts }) => parts.isUtc && (parts.timeMs ?? 0) >= NOON_MS);
  if (!isEvening || days.length < 5 || count(0) === 0 || count(5) > 0 || count(6) > 0)
    return { days, assumptions };
  const message = 'Times are evenings in UTC from Sunday to Thursday: a bar is dated by the next day.';
  return { days: days.map((day) => day + 1), assumptions: [...assumptions, { code: 'NEXT_DAY', message }] };
}
