import { expect, test } from 'vitest';
import { mergeBars } from '../../../src/market/merge-bars.ts';
import { type Candles, sliceCandles } from '../../../src/quant/candles.ts';
import { randomWalk } from '../../support/series.ts';

const bars = randomWalk(7, 300);
const part = (from: number, to: number, of: Candles = bars) => sliceCandles(of, from, to);
const stored = part(100, 200);

test.each([
  ['newer', 200, 300],
  ['older', 0, 100],
])(
  '%s days alone have no scale in common with the stored ones, whatever their prices',
  (_which, from, to) => {
    const divided = (column: Float64Array) => column.map((price) => price / 1.5);
    const { open, high, low, close } = bars;
    const split = {
      ...bars,
      open: divided(open),
      high: divided(high),
      low: divided(low),
      close: divided(close),
    };
    for (const of of [bars, split])
      expect(mergeBars(stored, part(from, to, of))).toEqual({ noOverlap: true });
  },
);

test.each([
  ['newer', 199, 300, 0],
  ['older', 0, 101, 100],
])('a stored day among %s ones shows the scale by its close', (_which, from, to, at) => {
  const fresh = part(from, to);
  expect(mergeBars(stored, fresh)).toMatchObject({ added: 100, revised: 0 });
  const other = { ...fresh, close: fresh.close.map((price) => price / 1.5) };
  expect(mergeBars(stored, other)).toEqual({ day: fresh.dates[at] });
});

test('a stored day without a close shows no scale', () => {
  const fresh = part(199, 300);
  const close = fresh.close.map((price, i) => (i === 0 ? Number.NaN : price));
  expect(mergeBars(stored, { ...fresh, close })).toEqual({ noOverlap: true });
});

test('a file without a day that has ended adds nothing', () => {
  expect(mergeBars(stored, part(0, 0))).toMatchObject({ added: 0, revised: 0 });
});
