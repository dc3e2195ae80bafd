import { describe, expect, test } from 'vitest';
import { barsPerYear, buyAndHold, measure } from '../../../src/quant/performance.ts';
import { fromRows } from '../../support/series.ts';

const DAY_MS = 86_400_000;
const days = (count: number, step: number, keep: (weekday: number) => boolean = () => true) =>
  Array.from({ length: count * 2 }, (_, i) => new Date(Date.UTC(2020, 0, 1) + i * step * DAY_MS))
    .filter((day) => keep(day.getUTCDay()))
    .slice(0, count)
    .map((day) => day.toISOString().slice(0, 10));

describe('a year of a series', () => {
  test.each([
    ['working days', days(400, 1, (weekday) => weekday > 0 && weekday < 6), 252],
    ['every day', days(400, 1), 365],
    ['weeks', days(100, 7), 52],
    ['months', days(60, 30.4), 12],
    ['too few bars to count', days(10, 1), 252],
  ])('of %s', (_name, dates, year) => {
    expect(barsPerYear(dates)).toBe(year);
  });

  test('scales the Sharpe ratio', () => {
    const curve = {
      dates: days(40, 1),
      equity: Float64Array.from({ length: 40 }, (_, i) => 100 + (i % 3) + i),
    };
    const of = (year: number) => measure(curve, 100, [], 0, year).sharpe ?? 0;
    expect(of(365) / of(252)).toBeCloseTo(Math.sqrt(365 / 252), 12);
  });
});

test('buying and holding falls from its purchase at the first open, as on a day like 1987-10-19', () => {
  const row = (open: number, close: number) => ({
    open,
    high: Math.max(open, close),
    low: Math.min(open, close),
    close,
    volume: 1,
  });
  const candles = fromRows([row(100, 85), row(84, 70), row(71, 90)]);
  const { metrics, curve } = buyAndHold(candles, 0, 1_000, 0, 252);
  expect(metrics.maxDrawdownPct).toBeCloseTo(30, 12);
  expect([metrics.peakDate, metrics.troughDate]).toEqual([candles.dates[0], candles.dates[1]]);
  // Three returns: from open to close of the first day, and from close to close.
  const returns = [85 / 100 - 1, 70 / 85 - 1, 90 / 70 - 1];
  const mean = returns.reduce((a, b) => a + b) / 3;
  const deviation = Math.sqrt(returns.reduce((a, b) => a + (b - mean) ** 2, 0) / 2);
  expect(metrics.sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(252), 12);
  expect(curve.equity).toHaveLength(3);
});
