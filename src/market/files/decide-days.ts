import type { Warning } from '../../quant/analyze.ts';
import { type DateParts, dayNumber, fullYear, toIso } from './dates.ts';
import { decideOrigin } from './decide-origin.ts';
import { decideSessions } from './decide-sessions.ts';
import { hasOtherEra } from './eras.ts';
import { refuse } from './refusal.ts';
import { isSorted, requireUnscrambled } from './require-unscrambled.ts';
import { isWeekend } from './weekdays.ts';

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
 * the column's name gives; nothing else decides it. A year of two digits that comes first shows in the days that follow. Throws when both orders are possible, and shows both readings.
 */
export function decideDays(cells: readonly DateCell[], named: Order | null): DecidedDays {
  const [first] = cells;
  const common = withoutBuddhistYears(cells);
  const { days, assumptions } = decideCommon(common ?? cells, named);
  if (first === undefined || (common === null && !hasOtherEra(first.cell))) return { days, assumptions };
  const message = `Years count from another era: ${JSON.stringify(first.cell)} is ${toIso(days[0] ?? 0)}.`;
  return { days, assumptions: [...assumptions, { code: 'ERA', message }] };
}

/** The cells with years of the common era, where all years are those of Thailand, which are 543 ahead; null: they are not. */
function withoutBuddhistYears(cells: readonly DateCell[]): readonly DateCell[] | null {
  const shifted = cells.map((one): DateCell => {
    const { parts } = one;
    return parts.kind === 'NUMERIC'
      ? { ...one, parts: { ...parts, c: parts.c - BUDDHIST } }
      : { ...one, parts: { ...parts, a: parts.a - BUDDHIST } };
  });
  const isRecent = ({ parts: { kind, a, c } }: DateCell) => (kind === 'NUMERIC' ? c : a) >= FIRST_RECENT;
  return shifted.length > 0 && shifted.every(isRecent) ? shifted : null;
}

const BUDDHIST = 543;
/** Years before are no ones of prices in Thailand. */
const FIRST_RECENT = 1_900;

function decideCommon(cells: readonly DateCell[], named: Order | null): DecidedDays {
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
  return decideSessions(cells, days, assumptions);
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
  refuseNumbers(cells);
  const isShort = cells.some(({ parts }) => parts.isShort);
  const orders: Order[] = isShort ? ['DMY', 'MDY', 'YMD'] : ['DMY', 'MDY'];
  const readings = orders
    .filter((order) => named === null || order === named)
    .map((order) => ({ order, days: cells.map(({ parts }) => dayOf(parts, order)) }));
  const possible = preferDaily(readings.filter(({ days }) => days.every((day) => day !== null)));
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
  return decideSessions(cells, days, [{ code: 'DATE_ORDER', message }, ...(isShort ? [short] : [])]);
}

/** `202401` is a month, unless other dates of six digits show that it is a day of 2020; `738887` is a day number of MATLAB and Python. */
function refuseNumbers(cells: readonly DateCell[]): void {
  const [first] = cells;
  if (first === undefined) return;
  const areAll = (pattern: RegExp) => cells.every(({ cell }) => pattern.test(cell));
  const what = areAll(/^(?:19|20)\d\d(?:0[1-9]|1[0-2])$/)
    ? 'month'
    : areAll(/^7[1-4]\d{4}$/)
      ? 'day number'
      : null;
  if (what === null) return;
  const { line, cell } = first;
  const why = `${JSON.stringify(cell)} may be a ${what} or a day, and no date of the file decides it.`;
  refuse('AMBIGUOUS_DATES', why, 'Write the dates as YYYY-MM-DD.', { line, cell });
}

/** With fewer rows an order may be one by chance. */
const FEWEST = 8;
const LONGEST_STEP = 4;
const WEEKEND_SHARE = 0.05;

interface Reading {
  readonly order: Order;
  readonly days: readonly (number | null)[];
}

/** Whether a year of two digits comes first shows where one reading alone has bars of weekdays, sorted and a day apart. */
function preferDaily(readings: readonly Reading[]): readonly Reading[] {
  const isDaily = ({ days }: Reading) => {
    const sorted = [...(days as readonly number[])].sort((a, b) => a - b);
    const steps = sorted.slice(1).map((day, i) => day - (sorted[i] ?? 0));
    const long = steps.filter((step) => step > LONGEST_STEP).length;
    const weekends = sorted.filter(isWeekend).length;
    return (
      isSorted(days as readonly number[]) &&
      long <= steps.length / 2 &&
      weekends <= WEEKEND_SHARE * days.length
    );
  };
  const isOpen = readings.length > 1 && readings.some(({ order }) => order === 'YMD');
  if (!isOpen || (readings[0]?.days.length ?? 0) < FEWEST) return readings;
  const daily = readings.filter(isDaily);
  const yearFirst = readings.find(({ order }) => order === 'YMD');
  // Day and month are not told apart by it.
  if (daily.length === 1 && daily[0] === yearFirst) return daily;
  return daily.length > 0 && yearFirst !== undefined && !daily.includes(yearFirst)
    ? readings.filter((reading) => reading !== yearFirst)
    : readings;
}

function evidenceFor(cells: readonly DateCell[], order: Order): string {
  if (order === 'YMD') return 'no other order has bars of weekdays, a day apart';
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
