import { describeDays } from './check-interval.ts';
import { toIso } from './dates.ts';
import { refuse } from './refusal.ts';
import { countWeekdays, isTuesdayToSaturday } from './weekdays.ts';

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
