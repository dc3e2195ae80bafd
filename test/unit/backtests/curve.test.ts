import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCurves, encodeCurves, spreadIndices } from '../../../src/backtests/curve.ts';

test('curves come back to the bit, wherever the buffer begins in its memory', () => {
  const dates = ['1999-12-31', '2000-01-03', '2024-02-29'];
  const curves = {
    dates,
    equity: Float64Array.of(100_000, 1 / 3, 5e-324),
    buyAndHold: Float64Array.of(0.1 + 0.2, -0, 1e300),
  };
  const body = encodeCurves(curves);
  expect(body).toHaveLength(60);
  expect(decodeCurves(body)).toEqual(curves);
  const shifted = Buffer.alloc(61);
  body.copy(shifted, 1);
  expect(decodeCurves(shifted.subarray(1))).toEqual(curves);
  expect(() => decodeCurves(body.subarray(1))).toThrow('59 bytes');
});

test('points are evenly spread with the first, the last and the kept ones', () => {
  expect(spreadIndices(5, 10)).toEqual([0, 1, 2, 3, 4]);
  expect(spreadIndices(101, 5)).toEqual([0, 25, 50, 75, 100]);
  expect(spreadIndices(101, 7, [30, 99])).toEqual([0, 25, 30, 50, 75, 99, 100]);
  expect(spreadIndices(101, 7, [25, 100])).toEqual([0, 25, 50, 75, 100]);
  expect(spreadIndices(101, 3, [30, 99])).toEqual([0, 50, 100]);
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 2_000 }),
      fc.integer({ min: 2, max: 400 }),
      fc.array(fc.nat({ max: 1_999 }), { maxLength: 2 }),
      (bars, points, asked) => {
        const kept = asked.filter((bar) => bar < bars);
        const picked = spreadIndices(bars, points, kept);
        expect(picked.length).toBeLessThanOrEqual(Math.min(bars, points));
        expect(picked.length).toBeGreaterThanOrEqual(Math.min(bars, points - kept.length));
        if (points >= 4) for (const bar of kept) expect(picked).toContain(bar);
        expect(picked[0]).toBe(0);
        expect(picked.at(-1)).toBe(bars - 1);
        expect(picked).toEqual([...new Set(picked)].sort((a, b) => a - b));
      },
    ),
  );
});
