import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indicatorIds, indicatorOf } from '../../../src/quant/indicators/index.ts';
import { shareWindows } from '../../../src/quant/share-windows.ts';
import { windowVariances } from '../../../src/quant/window-variance.ts';
import { randomWalk } from '../../support/series.ts';

const values = fc.array(
  fc.oneof(fc.double({ min: 0.01, max: 1e6, noNaN: true }), fc.constant(100), fc.constant(Number.NaN)),
  { maxLength: 60 },
);

test('a variance is that of the definition: of its window alone, exactly 0 for equal values, NaN beside a NaN', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 25 }), (list, length) => {
      const line = windowVariances(Float64Array.from(list), length);
      for (let i = 0; i < list.length; i += 1) {
        const window = i < length - 1 ? [Number.NaN] : list.slice(i - length + 1, i + 1);
        const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
        const distances = window.map((value) => value - mean);
        const squares = distances.reduce((sum, value) => sum + value ** 2, 0);
        // Without the second term the rounding of the mean would count where values differ by the last bits only.
        const rest = distances.reduce((sum, value) => sum + value, 0) ** 2 / window.length;
        const expected = (squares - rest) / window.length;
        if (window.every((value) => value === window[0])) expect(line[i]).toBe(0);
        else if (Number.isNaN(expected)) expect(line[i]).toBeNaN();
        else expect(Math.abs((line[i] ?? 0) - expected)).toBeLessThanOrEqual(1e-9 * expected);
      }
    }),
    {
      numRuns: 500,
      examples: [
        [[0.01, 0.01 + 2 ** -59], 2],
        [[0.01, 0.01, 0.01 + 2 ** -59, 0.01], 3],
      ],
    },
  );
});

test('indicators that share their windows read what they read alone, bit for bit, in any order', () => {
  fc.assert(
    fc.property(fc.integer(), fc.shuffledSubarray(indicatorIds), (seed, ids) => {
      const candles = randomWalk(seed, 300);
      const shared = shareWindows();
      const together = ids.map((id) => indicatorOf(id).lines(candles, indicatorOf(id).defaults, shared));
      ids.forEach((id, i) => {
        expect(together[i]).toStrictEqual(
          indicatorOf(id).lines(candles, indicatorOf(id).defaults, shareWindows()),
        );
      });
    }),
    { numRuns: 30 },
  );
});
