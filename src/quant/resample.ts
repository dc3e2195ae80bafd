import type { Candles } from './candles.ts';

/** What one bar of an analysis stands for. */
export const TIMEFRAMES = ['DAILY', 'WEEKLY', 'MONTHLY'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

/** The most daily bars that one bar of a timeframe can be made of. */
export const DAYS_PER_BAR: Readonly<Record<Timeframe, number>> = { DAILY: 1, WEEKLY: 7, MONTHLY: 31 };

/**
 * Weekly or monthly bars of daily ones: first open, highest high, lowest low, last close and the sum of the volumes, dated by the last trading day of
 * the period. Weeks begin on Monday. A period counts when it is over: a bar of a later one is there, or no calendar day of it is left
 * after `closedThrough`, the last day whose session has ended. A session on a Saturday or Sunday is possible in every series. Therefore bars that
 * come later never change a bar that was there, and how many bars are there before decides nothing.
 */
export function resample(candles: Candles, timeframe: Timeframe, closedThrough: string): Candles {
  if (timeframe === 'DAILY') return candles;
  const { dates, open, high, low, close, volume } = candles;
  const periodOf = timeframe === 'WEEKLY' ? weekOf : monthOf;
  /** First and last bar of each period. */
  const periods: { readonly from: number; to: number }[] = [];
  let current = '';
  for (let i = 0; i < dates.length; i += 1) {
    const period = periodOf(dates[i]);
    const newest = periods.at(-1);
    if (period === current && newest !== undefined) newest.to = i;
    else periods.push({ from: i, to: i });
    current = period;
  }
  const last = periods.at(-1);
  if (last !== undefined && endOf(dates[last.to], timeframe) > closedThrough) periods.pop();
  const of = (pick: (from: number, to: number) => number) =>
    Float64Array.from(periods, ({ from, to }) => pick(from, to));
  return {
    dates: periods.map(({ to }) => dates[to]),
    open: of((from) => open[from]),
    high: of((from, to) => fold(high, from, to, Math.max)),
    low: of((from, to) => fold(low, from, to, Math.min)),
    close: of((_from, to) => close[to]),
    volume: of((from, to) => fold(volume, from, to, (sum, x) => sum + x)),
  };
}

function fold(
  column: Float64Array,
  from: number,
  to: number,
  join: (a: number, b: number) => number,
): number {
  let value = column[from];
  for (let i = from + 1; i <= to; i += 1) value = join(value, column[i]);
  return value;
}

const DAY_MS = 86_400_000;

/** 0 Monday to 6 Sunday. */
function weekdayOf(day: string): number {
  // 1970-01-01 was a Thursday.
  return (Date.parse(day) / DAY_MS + 3) % 7;
}

const shifted = (day: string, days: number) =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);

/** The Monday of the week. */
function weekOf(day: string): string {
  return shifted(day, -weekdayOf(day));
}

const monthOf = (day: string) => day.slice(0, 7);

/** The last calendar day of the period of a day. */
export function periodEnd(day: string, timeframe: Timeframe): string {
  return timeframe === 'DAILY' ? day : endOf(day, timeframe);
}

function endOf(day: string, timeframe: 'WEEKLY' | 'MONTHLY'): string {
  if (timeframe === 'WEEKLY') return shifted(weekOf(day), 6);
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}
