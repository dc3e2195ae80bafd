import type { Candles } from '../quant/candles.ts';

/** Answers the calendar day of a time in a zone, `YYYY-MM-DD`. Throws RangeError when there is no such zone. */
export function dayFormatter(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (ms) => format.format(ms);
}

/**
 * Bars by time, without rows that have no price at all and without the days from `openDay` on, whose session has not ended. Of several rows
 * of one day the latest counts: services append the day's last quote to the daily bars. Rows of one and the same time that
 * differ stay and are refused by validation.
 */
export function tidyBars(candles: Candles, times: readonly number[], openDay: string): Candles {
  const { dates, high, low, close, volume } = candles;
  const columns = [candles.open, high, low, close, volume];
  const hasPrice = (i: number) => columns.slice(0, 4).some((column) => Number.isFinite(column[i]));
  const equal = (i: number, j: number) => columns.every((column) => Object.is(column[i], column[j]));
  const time = (i: number) => times[i] ?? 0;
  const kept = Array.from(times.keys())
    .filter((i) => hasPrice(i) && (dates[i] ?? '') < openDay)
    .sort((a, b) => time(a) - time(b))
    .filter((i, at, order) => {
      const next = order[at + 1];
      if (next === undefined || dates[next] !== dates[i]) return true;
      return time(next) === time(i) && !equal(i, next);
    });
  const pick = (column: Float64Array) => Float64Array.from(kept, (i) => column[i] ?? Number.NaN);
  return {
    dates: kept.map((i) => dates[i] ?? ''),
    open: pick(candles.open),
    high: pick(high),
    low: pick(low),
    close: pick(close),
    volume: pick(volume),
  };
}
