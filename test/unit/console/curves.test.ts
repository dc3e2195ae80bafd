import { expect, test } from 'vitest';
import { drawdowns, monthlyReturns, ticks } from '../../../console/src/backtests/curves.ts';

test('the drawdown is the fall from the highest value so far', () => {
  expect(drawdowns([100, 110, 99, 121, 60.5]).map((one) => Math.round(one))).toEqual([0, 0, -10, 0, -50]);
  expect(drawdowns([])).toEqual([]);
});

test('a month counts from the last value before it, and a month without a bar has none', () => {
  const years = monthlyReturns([
    { date: '2023-11-30', value: 100 },
    { date: '2023-12-29', value: 110 },
    { date: '2024-02-01', value: 99 },
    { date: '2024-02-28', value: 121 },
  ]);
  expect(years.map(({ year }) => year)).toEqual(['2023', '2024']);
  expect(years[0]?.months[11]).toBeCloseTo(10);
  expect(years[1]?.months.slice(0, 2)).toEqual([null, expect.closeTo(10)]);
  expect(years[1]?.total).toBeCloseTo(10);
  expect(monthlyReturns([])).toEqual([]);
});

test('the lines of a grid are at round numbers within the range', () => {
  expect(ticks(72_000, 153_000, 5)).toEqual([80_000, 100_000, 120_000, 140_000]);
  expect(ticks(5, 5, 5)).toEqual([5]);
});
