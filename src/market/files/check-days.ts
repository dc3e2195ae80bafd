import { describeDays } from './check-interval.ts';
import { requireOneWeek } from './check-week.ts';
import { toIso } from './dates.ts';
import { refuse } from './refusal.ts';
import { countWeekdays, isTuesdayToSaturday, isWeekend } from './weekdays.ts';

type Days = ArrayLike<number>;

/** So many equal steps one after the other are no holidays. */
const LONGEST_RUN = 8;
/** Steps of weekly and of monthly bars, holidays included. */
const intervals = [
  [6, 8],
  [26, 35],
] as const;

/**
 * Throws when the bars, oldest first, are not those of trading days: weekly or monthly ones beside daily ones, or days from Tuesday to
 * Saturday, on which no market trades.
 */
export function requireTradingDays(days: Days, lineOf: (row: number) => number): void {
  for (const interval of intervals) refuseRun(days, interval, lineOf);
  refuseWeeklyStart(days, lineOf);
  refuseSecondDays(days, lineOf);
  requireOneWeek(days, lineOf);
  if (!isTuesdayToSaturday(countWeekdays(days))) return;
  const day = days[0] ?? 0;
  const why = `Bars are of Tuesday to Saturday: the bar of ${toIso(day)} may be that of ${toIso(day - 1)}, dated by its end or in another time zone.`;
  refuse('AMBIGUOUS_DATES', why, 'Date each bar by the day of its session.', { line: lineOf(0) });
}

function refuseRun(days: Days, [from, to]: readonly [number, number], lineOf: (row: number) => number): void {
  let run = 0;
  for (let row = 1; row < days.length; row += 1) {
    const step = (days[row] ?? 0) - (days[row - 1] ?? 0);
    run = step >= from && step <= to ? run + 1 : 0;
    if (run < LONGEST_RUN) continue;
    const first = row - run;
    const why = `The file has ${describeDays(from + 1)} beside daily ones: the bars from ${toIso(days[first] ?? 0)} to ${toIso(days[row] ?? 0)} are ${step} days apart.`;
    refuse('NOT_DAILY', why, 'Export daily bars only.', { line: lineOf(first) });
  }
}

/** So many bars at the beginning that are exactly a week apart, before daily ones, are no days without a trade. */
const WEEKLY_START = 4;
/** More days are no step between trading days. */
const LONGEST_STEP = 4;

function refuseWeeklyStart(days: Days, lineOf: (row: number) => number): void {
  const step = (row: number) => (days[row] ?? Number.NaN) - (days[row - 1] ?? Number.NaN);
  let run = 0;
  while (step(run + 1) === 7) run += 1;
  if (run < WEEKLY_START || !(step(run + 1) < 7 && step(run + 2) <= LONGEST_STEP)) return;
  const why = `The file has weekly bars beside daily ones: the bars from ${toIso(days[0] ?? 0)} to ${toIso(days[run] ?? 0)} are 7 days apart.`;
  refuse('NOT_DAILY', why, `Remove the bars before ${toIso(days[run] ?? 0)}, or export daily bars only.`, {
    line: lineOf(0),
  });
}

/** So many bars of every second weekday are no days without a trade. */
const SECOND_DAYS = 10;

function refuseSecondDays(days: Days, lineOf: (row: number) => number): void {
  let [run, calendar] = [0, 0];
  for (let row = 1; row < days.length; row += 1) {
    const [from, to] = [days[row - 1] ?? 0, days[row] ?? 0];
    const step = to - from;
    run = step > 1 && step <= LONGEST_STEP && weekdaysBetween(from, to) === 2 ? run + 1 : 0;
    calendar = step === 2 ? calendar + 1 : 0;
    if (Math.max(run, calendar) < SECOND_DAYS) continue;
    const first = row - Math.max(run, calendar);
    const why = `The file has bars of every second day: those from ${toIso(days[first] ?? 0)} to ${toIso(to)} leave out the days between them.`;
    refuse('NOT_DAILY', why, 'Export daily bars only.', { line: lineOf(first) });
  }
}

/** Number of the days from Monday to Friday after a day, up to another one. */
function weekdaysBetween(from: number, to: number): number {
  let count = 0;
  for (let day = from + 1; day <= to; day += 1) if (!isWeekend(day)) count += 1;
  return count;
}
