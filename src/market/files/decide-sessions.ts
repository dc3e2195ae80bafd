import type { Warning } from '../../quant/analyze.ts';
import { toIso } from './dates.ts';
import type { DateCell, DecidedDays } from './decide-days.ts';
import { refuse } from './refusal.ts';
import { countWeekdays, isSundayToThursday, isTuesdayToSaturday } from './weekdays.ts';

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

/** Markets that trade on Sundays close before. */
const LATEST_CLOSE_MS = 18 * HOUR_MS;

/**
 * The days of the sessions of bars whose times are written. Days from Tuesday to Saturday, on which no market trades, are those after the
 * sessions. Days from Sunday to Thursday with a time of an evening are those before, or are those of a market that trades on Sundays: an offset
 * west of Greenwich decides it. Throws when nothing does.
 */
export function decideSessions(
  cells: readonly DateCell[],
  days: readonly number[],
  assumptions: readonly Warning[],
): DecidedDays {
  const times = cells.map(({ parts }) => parts.timeMs);
  if (times.includes(null)) return { days, assumptions };
  const isMorning = times.every((time) => time !== null && time < NOON_MS);
  const counts = countWeekdays(days);
  if (isMorning && isTuesdayToSaturday(counts)) {
    const message =
      'Bars of Tuesday to Saturday in the morning are stamped with their end: a bar is dated by the day before.';
    return {
      days: days.map((day) => day - 1),
      assumptions: [...assumptions, { code: 'PREVIOUS_DAY', message }],
    };
  }
  if (cells.every(({ parts }) => parts.isUtc)) return shiftEvenings(cells, days, assumptions);
  const isEvening = times.every((time) => time !== null && time >= NOON_MS);
  if (!isEvening || !isSundayToThursday(counts)) return { days, assumptions };
  const offsets = cells.map(({ parts }) => parts.offsetMs);
  if (offsets.every((offset) => offset !== null && offset <= 0)) {
    const message =
      'Evenings of Sunday to Thursday west of Greenwich are those before the sessions: a bar is dated by the next day.';
    return { days: days.map((day) => day + 1), assumptions: [...assumptions, { code: 'NEXT_DAY', message }] };
  }
  const isEast = offsets.every((offset) => offset !== null && offset > 0);
  if (isEast && times.every((time) => time !== null && time < LATEST_CLOSE_MS)) return { days, assumptions };
  const [{ line = 0, cell = '' } = {}] = cells;
  const [day = 0] = days;
  const why = `${JSON.stringify(cell)} may be the bar of ${toIso(day)}, or the evening before the one of ${toIso(day + 1)}: bars are of Sunday to Thursday, and no zone is written.`;
  return refuse('AMBIGUOUS_DATES', why, 'Write the dates as YYYY-MM-DD, without times.', { line, cell });
}

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
  if (!isSundayToThursday(countWeekdays(evenings.map((i) => days[i] ?? 0)))) {
    if (!isLondon || !isSummerOf(evenings.length, days, moved)) return asTheyAre;
  } else if (times.size === 1 && times.has(NOON_MS)) refuseNoon(cells, days);
  const message =
    'Times are midnights of a zone east of Greenwich: a bar of an evening in UTC is dated by the next day.';
  return { days: moved, assumptions: [...assumptions, { code: 'NEXT_DAY', message }] };
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
