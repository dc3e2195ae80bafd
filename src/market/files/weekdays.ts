/** Number of days (since 1970) by day of the week, Sunday first. */
export function countWeekdays(days: ArrayLike<number>): number[] {
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (let row = 0; row < days.length; row += 1) {
    const at = weekdayOf(days[row] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

/** Of bars of five days a week a fifth is of each day. Holidays are often Mondays and Fridays. */
const DAY_SHARE = 0.1;
/** So many bars of the other two days, for one of the day at the weekend, are special sessions. */
const SPECIAL_SHARE = 0.25;
const FEWEST = 5;

/** Whether bars, counted by `countWeekdays`, are those of Sunday to Thursday. */
export function isSundayToThursday(counts: readonly number[]): boolean {
  const [sundays = 0, , , , , fridays = 0, saturdays = 0] = counts;
  const bars = counts.reduce((sum, count) => sum + count, 0);
  return bars >= FEWEST && sundays >= DAY_SHARE * bars && fridays + saturdays <= SPECIAL_SHARE * sundays;
}

/** Whether bars, counted by `countWeekdays`, are those of Tuesday to Saturday. */
export function isTuesdayToSaturday(counts: readonly number[]): boolean {
  const [sundays = 0, mondays = 0, , , , , saturdays = 0] = counts;
  const bars = counts.reduce((sum, count) => sum + count, 0);
  return bars >= FEWEST && saturdays >= DAY_SHARE * bars && sundays + mondays <= SPECIAL_SHARE * saturdays;
}

export function isWeekend(day: number): boolean {
  return weekdayOf(day) % 6 === 0;
}

/** Sunday is 0. Day 0 was a Thursday. */
export const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;
