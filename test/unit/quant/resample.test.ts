import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candles, sliceCandles } from '../../../src/quant/candles.ts';
import { resample } from '../../../src/quant/resample.ts';
import { readAapl } from '../../support/series.ts';

const FOREVER = '9999-12-31';
const aapl = readAapl();

/** A bar per day, with prices that tell which day they are of. */
function days(first: string, count: number, isOpen: (weekday: number) => boolean): Candles {
  const dates = Array.from({ length: count }, (_, i) => new Date(Date.parse(first) + i * 86_400_000)).filter(
    (day) => isOpen(day.getUTCDay()),
  );
  const column = (of: (i: number) => number) => Float64Array.from(dates, (_, i) => of(i));
  return {
    dates: dates.map((day) => day.toISOString().slice(0, 10)),
    open: column((i) => 100 + i),
    high: column((i) => 110 + i),
    low: column((i) => 90 - i),
    close: column((i) => 101 + i),
    volume: column(() => 10),
  };
}
const weekdays = (weekday: number) => weekday > 0 && weekday < 6;

test('a week is the open of its first day, the extremes, the close of its last day and all volume', () => {
  // Thursday to the Friday of the week after.
  const weekly = resample(days('2026-01-01', 9, weekdays), 'WEEKLY', FOREVER);
  expect(weekly.dates).toEqual(['2026-01-02', '2026-01-09']);
  expect([...weekly.open]).toEqual([100, 102]);
  expect([...weekly.high]).toEqual([111, 116]);
  expect([...weekly.low]).toEqual([89, 84]);
  expect([...weekly.close]).toEqual([102, 107]);
  expect([...weekly.volume]).toEqual([20, 50]);
});

test('a week counts when a later bar is there or its Sunday is over', () => {
  const stock = days('2026-01-05', 5, weekdays);
  expect(resample(stock, 'WEEKLY', '2026-01-10').dates).toEqual([]);
  expect(resample(stock, 'WEEKLY', '2026-01-11').dates).toEqual(['2026-01-09']);
  expect(resample(days('2026-01-05', 8, weekdays), 'WEEKLY', '2026-01-12').dates).toEqual(['2026-01-09']);
  const coin = days('2025-12-29', 12, () => true);
  expect(resample(coin, 'WEEKLY', '2026-01-09').dates).toEqual(['2026-01-04']);
  expect(resample(coin, 'WEEKLY', '2026-01-11').dates).toEqual(['2026-01-04', '2026-01-09']);
});

test('a bar of a week never changes by a session on its Saturday, the first one in a series too', () => {
  const withSaturday = days('2026-01-05', 14, (weekday) => weekday > 0);
  for (let count = 1; count <= withSaturday.dates.length; count += 1) {
    const early = sliceCandles(withSaturday, 0, count);
    const weekly = resample(early, 'WEEKLY', early.dates.at(-1) ?? '');
    const all = resample(withSaturday, 'WEEKLY', FOREVER);
    expect(weekly.dates).toEqual(all.dates.slice(0, weekly.dates.length));
    expect([...weekly.close]).toEqual([...all.close.subarray(0, weekly.dates.length)]);
  }
});

test('a month counts when a later bar is there or its last day is over, and is dated by its last trading day', () => {
  const january = days('2026-01-01', 30, weekdays);
  expect(resample(january, 'MONTHLY', '2026-01-30').dates).toEqual([]);
  expect(resample(january, 'MONTHLY', '2026-01-31').dates).toEqual(['2026-01-30']);
  const coin = days('2026-01-01', 31, () => true);
  expect(resample(coin, 'MONTHLY', '2026-01-30').dates).toEqual([]);
  expect(resample(coin, 'MONTHLY', '2026-01-31').dates).toEqual(['2026-01-31']);
});

test('daily bars stay as they are', () => {
  expect(resample(aapl, 'DAILY', '2000-01-01')).toBe(aapl);
});

test('a bar never changes by what comes later: the bars of a beginning of the series are a beginning of its bars', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: aapl.dates.length }),
      fc.constantFrom('WEEKLY' as const, 'MONTHLY' as const),
      (count, timeframe) => {
        const all = resample(aapl, timeframe, FOREVER);
        const early = resample(sliceCandles(aapl, 0, count), timeframe, aapl.dates[count - 1] ?? '');
        const bars = early.dates.length;
        expect(early.dates).toEqual(all.dates.slice(0, bars));
        for (const of of ['open', 'high', 'low', 'close', 'volume'] as const)
          expect([...early[of]]).toEqual([...all[of].subarray(0, bars)]);
        // All that is over is there.
        expect(bars).toBeGreaterThanOrEqual(
          all.dates.filter((day) => day < (aapl.dates[count - 1] ?? '')).length,
        );
      },
    ),
    { numRuns: 300 },
  );
});
