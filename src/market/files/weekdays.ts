/** Number of days (since 1970) by day of the week, Sunday first. */
export function countWeekdays(days: readonly number[]): number[] {
  const counts = [0, 0, 0, 0, 0, 0, 0];
  for (const day of days) {
    const at = weekdayOf(day);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

export function isWeekend(day: number): boolean {
  return weekdayOf(day) % 6 === 0;
}

/** Sunday is 0. Day 0 was a Thursday. */
const weekdayOf = (day: number) => (((day + 4) % 7) + 7) % 7;
