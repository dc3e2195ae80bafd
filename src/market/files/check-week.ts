import { monthAndDay, toIso } from './dates.ts';
import { refuse } from './refusal.ts';
import { weekdayOf } from './weekdays.ts';

type Days = ArrayLike<number>;

/** So many weeks one after the other are no special sessions or holidays. */
const FEWEST_WEEKS = 6;
const [SUNDAY, MONDAY, FRIDAY, SATURDAY] = [0, 1, 5, 6];
/** When clocks are changed in any country: March to early April, and late September to mid-November; month times 32 plus day. */
const changes = [
  [3 * 32 + 1, 4 * 32 + 10],
  [9 * 32 + 20, 11 * 32 + 15],
] as const;
const CURE = 'Export the dates in the time zone of the exchange.';

/**
 * Throws when the bars, oldest first, are dated by another week in a part of the year, as dates are that were made from midnights in a zone with
 * daylight saving: Sunday to Thursday beside Monday to Friday with a change where clocks are changed, or Tuesday to Saturday at any time. An
 * exchange may change from Sunday to Thursday to another week, and has done so at turns of years.
 */
export function requireOneWeek(days: Days, lineOf: (row: number) => number): void {
  const early = changeOf(days, SUNDAY, FRIDAY);
  if (early !== null && isClockChange(days[early] ?? 0))
    refuseShift(days, early, 'Sunday to Thursday', lineOf);
  const late = changeOf(days, SATURDAY, MONDAY);
  if (late !== null) refuseShift(days, late, 'Tuesday to Saturday', lineOf);
}

/** The first row of weeks that have one of two weekdays, behind weeks that have the other one alone; null: there is none. */
function changeOf(days: Days, one: number, other: number): number | null {
  let [run, from, before] = [0, 0, 0];
  let kind = -1;
  for (let row = 0; row < days.length; row += 1) {
    const weekday = weekdayOf(days[row] ?? 0);
    if (weekday !== one && weekday !== other) continue;
    if (weekday !== kind) [before, run, from, kind] = [run, 0, row, weekday];
    run += 1;
    if (run >= FEWEST_WEEKS && before >= FEWEST_WEEKS) return from;
  }
  return null;
}

function isClockChange(day: number): boolean {
  const both = monthAndDay(day);
  return changes.some(([from, to]) => both >= from && both <= to);
}

function refuseShift(days: Days, row: number, week: string, lineOf: (row: number) => number): never {
  const day = toIso(days[row] ?? 0);
  const why = `Bars are of ${week} on one side of ${day} and of Monday to Friday on the other: dates were shifted by a time zone with daylight saving.`;
  return refuse('AMBIGUOUS_DATES', why, CURE, { line: lineOf(row), cell: day });
}
