import type { Candles } from '../quant/candles.ts';
import type { Source } from './source.ts';

/** Answers the calendar day of a time in a zone, `YYYY-MM-DD`. Throws RangeError when there is no such zone. */
export function dayFormatter(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (ms) => format.format(ms);
}

/** A formatter per time zone: making one takes a third of a millisecond, longer than an analysis. */
const formats = new Map<string, (ms: number) => string>();

/** The calendar day in a time zone, `YYYY-MM-DD`. */
export function dayIn(now: Date, timeZone: string): string {
  const format = formats.get(timeZone) ?? dayFormatter(timeZone);
  formats.set(timeZone, format);
  return format(now.getTime());
}

/** Where a day begins first, 14 hours before UTC. */
const EARLIEST_ZONE = 'Pacific/Kiritimati';

/** The clock by which the session of a day is over. */
interface SessionClock {
  readonly timeZone: string;
  /** Minutes after midnight from which on the bar of a day is final; 24 * 60: when the day is over. */
  readonly closesAt: number;
}

const DAY_MS = 86_400_000;

/** Whether a source itself leaves out the bar of a session that runs. */
export function hasFinalBars({ remote, isDemo }: Pick<Source, 'remote' | 'isDemo'>): boolean {
  return isDemo || remote !== undefined;
}

/**
 * Today at an exchange, and the newest day that a bar may be of: the last day whose session is over. Where the clock is unknown (null), it is the
 * day of the zone that is first.
 */
export function daysAt(
  now: Date,
  clock: SessionClock | null,
): { readonly today: string; readonly newestDay: string } {
  if (clock === null) return { today: dayIn(now, 'Etc/UTC'), newestDay: dayIn(now, EARLIEST_ZONE) };
  const today = dayIn(now, clock.timeZone);
  if (minuteIn(now, clock.timeZone) >= clock.closesAt) return { today, newestDay: today };
  return { today, newestDay: new Date(Date.parse(today) - DAY_MS).toISOString().slice(0, 10) };
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Minutes after midnight in a time zone. */
function minuteIn(now: Date, timeZone: string): number {
  const parts = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const format = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, ...parts });
  clocks.set(timeZone, format);
  const [hours, minutes] = format.format(now).split(':');
  return Number(hours) * 60 + Number(minutes);
}

/**
 * Bars by time, without rows that have no price at all and without the days from `openDay` on, whose session has not ended. Of several rows
 * of one day the latest counts: services append the day's last quote to the daily bars. Rows of one and the same time that
 * differ stay and are refused by validation.
 */
export function tidyBars(candles: Candles, times: readonly number[], openDay: string): Candles {
  return pickBars(candles, tidyRows(candles, times, openDay));
}

/** Indices of the bars that `tidyBars` keeps, in their order. */
export function tidyRows(candles: Candles, times: readonly number[], openDay: string): number[] {
  const { dates, high, low, close, volume } = candles;
  const columns = [candles.open, high, low, close, volume];
  const hasPrice = (i: number) => columns.slice(0, 4).some((column) => Number.isFinite(column[i]));
  const equal = (i: number, j: number) => columns.every((column) => Object.is(column[i], column[j]));
  const time = (i: number) => times[i] ?? 0;
  return Array.from(times.keys())
    .filter((i) => hasPrice(i) && (dates[i] ?? '') < openDay)
    .sort((a, b) => time(a) - time(b))
    .filter((i, at, order) => {
      const next = order[at + 1];
      if (next === undefined || dates[next] !== dates[i]) return true;
      return time(next) === time(i) && !equal(i, next);
    });
}

/** The bars of these indices, in their order. */
export function pickBars(candles: Candles, kept: readonly number[]): Candles {
  const pick = (column: Float64Array) => pickCells(column, kept);
  return {
    dates: kept.map((i) => candles.dates[i] ?? ''),
    open: pick(candles.open),
    high: pick(candles.high),
    low: pick(candles.low),
    close: pick(candles.close),
    volume: pick(candles.volume),
  };
}

export function pickCells(column: Float64Array, kept: readonly number[]): Float64Array {
  return Float64Array.from(kept, (i) => column[i] ?? Number.NaN);
}
