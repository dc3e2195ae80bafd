import type { Warning } from '../../quant/analyze.ts';
import { type DateParts, dayNumber, fullYear, toIso } from './dates.ts';
import { decideOrigin } from './decide-origin.ts';
import { refuse } from './refusal.ts';
import { isSorted, requireUnscrambled } from './require-unscrambled.ts';
import { countWeekdays } from './weekdays.ts';

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
  if (first.parts.kind === 'SERIAL') return decideOrigin(cells, days);
  if (first.parts.kind === 'YMD') requireUnscrambled(cells, days);
  return shiftEvenings(cells, days, assumptions);
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
  requireUnscrambled(cells, days);
  const evidence = named !== null ? 'as the name of the column says' : evidenceFor(cells, found.order);
  const message = `Dates are ${titles[found.order]} (${evidence}).`;
  const short = { code: 'SHORT_YEARS', message: 'Years of two digits are those from 1970 to 2069.' };
  return { days, assumptions: [{ code: 'DATE_ORDER', message }, ...(isShort ? [short] : [])] };
}

function evidenceFor(cells: readonly DateCell[], order: Order): string {
  const shows = cells.find(({ parts }) => (order === 'DMY' ? parts.a : parts.b) > 12) ?? cells[0];
  return `${JSON.stringify(shows?.cell)} on line ${shows?.line} has no other reading`;
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

const HOUR_MS = 3_600_000;
const NOON_MS = 12 * HOUR_MS;
/** Zones east of Greenwich, in hours. */
const zones = [
  ...Array.from({ length: 14 }, (_, i) => i + 1),
  3.5,
  4.5,
  5.5,
  5.75,
  6.5,
  8.75,
  9.5,
  10.5,
  12.75,
  13.75,
];
/** Times of day in UTC at which a day begins in one of these zones. */
const midnights: ReadonlySet<number> = new Set(zones.map((hours) => (24 - hours) * HOUR_MS));
const FEWEST_EVENINGS = 5;
/** Of bars from Monday to Friday a fifth have the evening of a Sunday. Holidays are often Mondays. */
const SUNDAY_SHARE = 0.1;
/** So many Fridays and Saturdays for a Sunday are special sessions. */
const SPECIAL_SHARE = 0.25;

/**
 * Midnight of an exchange east of Greenwich is the evening before in UTC: bars of Monday to Friday are then dated Sunday to Thursday.
 * Such days are moved by one. London has 00:00 in winter, which is moved in summer only.
 */
function shiftEvenings(
  cells: readonly DateCell[],
  days: readonly number[],
  assumptions: readonly Warning[],
): DecidedDays {
  const timeOf = (i: number) => cells[i]?.parts.timeMs ?? 0;
  const evenings = [...days.keys()].filter((i) => midnights.has(timeOf(i)));
  const asTheyAre = { days, assumptions };
  if (evenings.length === 0 || !cells.every(({ parts }) => parts.isUtc)) return asTheyAre;
  // Midnight at the end of the day, so that 23:00 is an hour before it. Daylight saving moves midnight by an hour.
  const times = new Set([...days.keys()].map((i) => timeOf(i) || 24 * HOUR_MS));
  const isOfOneZone = [...times].every((time) => time === 24 * HOUR_MS || midnights.has(time));
  if (!isOfOneZone || Math.max(...times) - Math.min(...times) > HOUR_MS) return asTheyAre;
  const moved = days.map((day, i) => (midnights.has(timeOf(i)) ? day + 1 : day));
  const isLondon = evenings.length < days.length;
  if (!isSundayToThursday(evenings.map((i) => days[i] ?? 0))) {
    if (!isLondon || !isSummerOf(evenings.length, days, moved)) return asTheyAre;
  } else if (times.size === 1 && times.has(NOON_MS)) refuseNoon(cells, days);
  const message =
    'Times are midnights of a zone east of Greenwich: a bar of an evening in UTC is dated by the next day.';
  return { days: moved, assumptions: [...assumptions, { code: 'NEXT_DAY', message }] };
}

function isSundayToThursday(days: readonly number[]): boolean {
  const [sundays = 0, , , , , fridays = 0, saturdays = 0] = countWeekdays(days);
  return (
    days.length >= FEWEST_EVENINGS &&
    sundays >= SUNDAY_SHARE * days.length &&
    fridays + saturdays <= SPECIAL_SHARE * sundays
  );
}

/** 23:00 among bars of 00:00: summer in London, unless moved bars come to weekends. */
function isSummerOf(evenings: number, days: readonly number[], moved: readonly number[]): boolean {
  const weekends = (all: readonly number[]) => {
    const [sundays = 0, , , , , , saturdays = 0] = countWeekdays(all);
    return sundays + saturdays;
  };
  const [before, after] = [weekends(days), weekends(moved)];
  // Where every day of the week has bars, the two counts are about equal.
  return after < before || (evenings > 1 && after <= before * 1.1 + 1);
}

/** Noon in UTC from Sunday to Thursday: midnight in Auckland in winter, or the close in Riyadh. */
function refuseNoon(cells: readonly DateCell[], [day = 0]: readonly number[]): never {
  const { line = 0, cell = '' } = cells[0] ?? {};
  const why = `${JSON.stringify(cell)} is noon in UTC: it may be the bar of ${toIso(day)}, or midnight of ${toIso(day + 1)} in a zone 12 hours east of Greenwich.`;
  return refuse('AMBIGUOUS_DATES', why, 'Write the dates as YYYY-MM-DD.', { line, cell });
}
