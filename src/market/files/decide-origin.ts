import { toIso } from './dates.ts';
import type { DateCell, DecidedDays } from './decide-days.ts';
import { refuse } from './refusal.ts';
import { isWeekend } from './weekdays.ts';

const DAY_MS = 86_400_000;
const EPOCH = '1970-01-01';
/** What day numbers may count from, and how many days later that is than the origin that `days` assume. */
const origins = [
  { title: '1899-12-30, as in spreadsheets', shift: 0 },
  { title: '1904-01-01, as in old spreadsheets', shift: 1_462 },
  { title: EPOCH, shift: 25_569 },
] as const;
/** Special sessions on a Saturday. */
const WEEKEND_SHARE = 0.05;

/**
 * The days of a column of day numbers. `days` assume the count of spreadsheets from 1899-12-30. The origin that puts the bars on Monday to
 * Friday, and none of them after today, is taken. Throws when no origin or several do.
 */
export function decideOrigin(cells: readonly DateCell[], days: readonly number[]): DecidedDays {
  // A bar may be of tomorrow where the sun rises earlier.
  const newest = Math.floor(Date.now() / DAY_MS) + 1;
  const readings = origins.map(({ title, shift }) => ({ title, days: days.map((day) => day + shift) }));
  const past = readings.filter((reading) => reading.days.every((day) => day <= newest));
  const onWeekdays = past.filter(
    (reading) => reading.days.filter(isWeekend).length <= WEEKEND_SHARE * days.length,
  );
  // Without any, the bars may be those of a market that trades on weekends.
  const [found, ...others] = onWeekdays.length > 0 ? onWeekdays : past;
  // Days of these years as spreadsheets count them are of the time before 1970: weekdays alone do not decide for such old bars.
  const sinceEpoch = past.find(({ title }) => title === EPOCH);
  const isOld = sinceEpoch !== undefined && found !== sinceEpoch;
  const { line = 0, cell = '' } = cells[0] ?? {};
  const cure = 'Write the dates as YYYY-MM-DD.';
  if (found === undefined) {
    const why = `${JSON.stringify(cell)} is a day number, and all of its readings have days after today.`;
    return refuse('BAD_DATE', why, cure, { line, cell });
  }
  if (others.length > 0 || isOld) {
    const all = isOld ? past : [found, ...others];
    const shown = all.map((one) => `${toIso(one.days[0] ?? 0)} (days since ${one.title})`).join(' or ');
    return refuse('AMBIGUOUS_DATES', `${JSON.stringify(cell)} may be ${shown}.`, cure, { line, cell });
  }
  const message = `Dates are day numbers since ${found.title}.`;
  return { days: found.days, assumptions: [{ code: 'DAY_NUMBERS', message }] };
}
