import { expect, test } from 'vitest';
import { dayNumber, fromIso, monthAndDay, toIso } from '../../../src/market/files/dates.ts';
import { packSeries, unpackSeries } from '../../../src/market/files/pack-series.ts';
import type { Series } from '../../../src/market/source.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';

test('a series that was packed and unpacked is equal, also with missing cells and views on a longer series', () => {
  const candles = {
    dates: ['1899-12-30', '2024-02-29', '2024-03-01'],
    open: Float64Array.of(1, Number.NaN, -0),
    high: Float64Array.of(1.1, 2.2, 3.3),
    low: Float64Array.of(0.1, 0.2, 0.3),
    close: Float64Array.of(1e300, 5e-324, 7),
    volume: Float64Array.of(0, 12_345_678_901, 3),
  };
  const series: Series = {
    candles: sliceCandles(candles, 1),
    adjustment: 'UNKNOWN',
    currency: 'EUR',
    warnings: [{ code: 'ANY', message: 'A warning.' }],
  };
  expect(unpackSeries(packSeries(series))).toEqual(series);
});

test('days of the years 1800 to 2200 becomes its text, and month and day, and back', () => {
  const [first, last] = [dayNumber(1_800, 1, 1), dayNumber(2_200, 12, 31)] as [number, number];
  for (let day = first; day <= last; day += 13) {
    const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
    // The second time the text is remembered.
    if (toIso(day) !== text || toIso(day) !== text || fromIso(text) !== day) expect.fail(text);
    const both = Number(text.slice(5, 7)) * 32 + Number(text.slice(8));
    if (monthAndDay(day) !== both || monthAndDay(day) !== both) expect.fail(text);
  }
  expect([toIso(first), toIso(last)]).toEqual(['1800-01-01', '2200-12-31']);
});
