import { dayNumber, monthAndDay, toIso } from './dates.ts';
import type { DateCell } from './decide-days.ts';
import { refuse } from './refusal.ts';
import { isWeekend } from './weekdays.ts';

/** With fewer rows an order may be one by chance. */
const FEWEST = 8;
const FEWEST_CERTAIN = 5;
const WEEKEND_SHARE = 0.05;
/** Of sorted rows so many at weekends, of days up to the 12th, are no special sessions. */
const FEWEST_SPECIAL = 3;
const SPECIAL_SHARE = 0.15;
/** So many months before the last one that have bars up to the 12th alone are no breaks of trading. */
const FEWEST_HALF_MONTHS = 2;

const CURE = 'Export the file again with dates as YYYY-MM-DD, and open it in no spreadsheet before.';

export function isSorted(days: readonly number[]): boolean {
  const steps = days.slice(1).map((day, i) => day - (days[i] ?? 0));
  return steps.every((step) => step >= 0) || steps.every((step) => step <= 0);
}

/**
 * Throws when a program has exchanged day and month wherever both are up to 12: a spreadsheet of another country does, and so does a library that
 * guesses. The rows are then in no order, and either the exchange puts them in order, or only exchanged days are on weekends. When they have been
 * sorted since, their days show it.
 */
export function requireUnscrambled(cells: readonly DateCell[], days: readonly number[]): void {
  if (days.length < FEWEST) return;
  if (isSorted(days)) {
    if (showsExchange(days)) refuseSorted(cells, days);
    return;
  }
  const exchanged = days.map(exchange);
  const movable = [...days.keys()].filter((i) => exchanged[i] !== null);
  // Where every day is up to the 12th, the order of day and month is decided by other evidence.
  const isRestored =
    days.filter((day) => dayOfMonth(day) > 12).length >= FEWEST_CERTAIN &&
    isSorted(days.map((day, i) => exchanged[i] ?? day));
  const atWeekend = movable.filter((i) => isWeekend(days[i] ?? 0));
  if (!isRestored && !isOnlyMovable(days, exchanged, movable, atWeekend)) return;
  const at = atWeekend[0] ?? movable[0];
  if (at === undefined) return;
  const { line, cell } = cells[at] ?? { line: 0, cell: '' };
  const why = `${JSON.stringify(cell)} is read as ${toIso(days[at] ?? 0)} and is ${toIso(exchanged[at] ?? 0)} in the order of the rows: day and month are exchanged in ${movable.length} of ${days.length} lines.`;
  refuse(
    'SCRAMBLED_DATES',
    isRestored
      ? why
      : `${JSON.stringify(cell)} is a day at a weekend, rows are in no order, and days up to the 12th alone are at weekends: day and month are exchanged in some lines.`,
    CURE,
    { line, cell },
  );
}

function refuseSorted(cells: readonly DateCell[], days: readonly number[]): never {
  const at = days.findIndex((day) => dayOfMonth(day) <= 12 && isWeekend(day));
  const shown = cells[at] ?? cells.at(-1);
  return refuse(
    'SCRAMBLED_DATES',
    'Days up to the 12th alone are at weekends, or months have no other days: day and month are exchanged in some lines, and the rows were sorted after it.',
    CURE,
    { line: shown?.line ?? 0, cell: shown?.cell ?? '' },
  );
}

/**
 * Whether sorted days show that day and month are exchanged up to the 12th: of days at weekends no one is above the 12th, and so many are below that
 * they are no special sessions, or some months have bars up to the 12th alone.
 */
export function showsExchange(days: ArrayLike<number>): boolean {
  let [certain, movable, weekends, halves] = [0, 0, 0, 0];
  let isWeekendCertain = false;
  let [month, below, above] = [-1, 0, 0];
  for (let i = 0; i < days.length; i += 1) {
    const day = days[i] ?? 0;
    const both = monthAndDay(day);
    const [of, at] = [both >> 5, both & 31];
    if (of !== month) {
      if (below > 1 && above === 0) halves += 1;
      [month, below, above] = [of, 0, 0];
    }
    if (at > 12) {
      certain += 1;
      above += 1;
      isWeekendCertain ||= isWeekend(day);
    } else {
      below += 1;
      if (at === of) continue;
      movable += 1;
      if (isWeekend(day)) weekends += 1;
    }
  }
  const isAtWeekends = !isWeekendCertain && weekends >= Math.max(FEWEST_SPECIAL, SPECIAL_SHARE * movable);
  return certain >= FEWEST_CERTAIN && (isAtWeekends || halves >= FEWEST_HALF_MONTHS);
}

/** Whether days at weekends are all among those that can be exchanged, and are weekdays when they are. */
function isOnlyMovable(
  days: readonly number[],
  exchanged: readonly (number | null)[],
  movable: readonly number[],
  atWeekend: readonly number[],
): boolean {
  const certain = days.filter((day) => dayOfMonth(day) > 12);
  return (
    certain.length >= FEWEST_CERTAIN &&
    !certain.some(isWeekend) &&
    atWeekend.length >= Math.max(2, WEEKEND_SHARE * movable.length) &&
    atWeekend.filter((i) => isWeekend(exchanged[i] ?? 0)).length <= atWeekend.length / 2
  );
}

const dayOfMonth = (day: number) => Number(toIso(day).slice(8));

/** The day with its month as day; null: there is no other one. */
function exchange(day: number): number | null {
  const [year = 0, month = 0, of = 0] = toIso(day).split('-').map(Number);
  return of > 12 || of === month ? null : dayNumber(year, of, month);
}
