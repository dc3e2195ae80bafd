import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Candles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { type IndicatorId, indicatorIds } from '../../../src/quant/indicators/index.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';
import { flat, randomWalk, readAapl } from '../../support/series.ts';
import { compareLines } from '../../verify/compare.ts';
import { computeReference } from '../../verify/reference.ts';

const linesOf = (candles: Candles, id: IndicatorId) =>
  computeIndicators(candles, strategies.BALANCED).indicators[id].lines;

describe('the reference written from the definitions', () => {
  test.each(indicatorIds)('agrees on %s within 1e-9, from the same first value on', (id) => {
    const check = (candles: Candles) => {
      const reference = computeReference(candles)[id];
      for (const [name, line] of Object.entries(linesOf(candles, id))) {
        const { worst, starts, compared } = compareLines(line, reference[name] ?? []);
        expect(worst, name).toBeLessThanOrEqual(1e-9);
        expect(starts.ours, name).toBe(starts.theirs);
        expect(compared, name).toBeGreaterThan(50);
      }
    };
    check(readAapl());
    fc.assert(
      fc.property(fc.integer(), (seed) => check(randomWalk(seed, 300))),
      { numRuns: 5 },
    );
  });

  test('is not what it is compared with: a wrong value is found', () => {
    const candles = randomWalk(1, 300);
    const reference = computeReference(candles).RSI.rsi ?? [];
    const wrong = reference.map((value, i) => (i === 200 ? value * (1 + 1e-8) : value));
    expect(compareLines(linesOf(candles, 'RSI').rsi ?? new Float64Array(), wrong).worst).toBeGreaterThan(
      1e-9,
    );
  });
});

/** Lines in the unit of the price or of the volume; the others have none. */
const inPrices = ['macd', 'signal', 'histogram', 'psar', 'fast', 'slow', 'atr', 'upper', 'middle', 'lower'];
const inVolumes = ['obv', 'avgVolume'];

test.each(indicatorIds)(
  '%s follows the scale of prices and volumes: by a power of two, bit for bit',
  (id) => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -6, max: 6 }),
        fc.integer({ min: -6, max: 6 }),
        (seed, ofPrices, ofVolumes) => {
          const candles = randomWalk(seed, 260);
          const scaled = (column: Float64Array, by: number) => column.map((value) => value * 2 ** by);
          const { open, high, low, close, volume } = candles;
          const other = linesOf(
            {
              dates: candles.dates,
              open: scaled(open, ofPrices),
              high: scaled(high, ofPrices),
              low: scaled(low, ofPrices),
              close: scaled(close, ofPrices),
              volume: scaled(volume, ofVolumes),
            },
            id,
          );
          for (const [name, line] of Object.entries(linesOf(candles, id))) {
            const by = inPrices.includes(name) ? ofPrices : inVolumes.includes(name) ? ofVolumes : 0;
            expect([...(other[name] ?? [])], name).toEqual([...scaled(line, by)]);
          }
        },
      ),
      { numRuns: 20 },
    );
  },
);

test('lines of two runs, and of charts computed in between, are equal to the bit and share no memory', () => {
  const candles = randomWalk(9, 300);
  const first = computeIndicators(candles, strategies.BALANCED);
  const before = structuredClone(first.indicators);
  computeIndicators(flat(5_000), strategies.WEEKLY_TARGET);
  const second = computeIndicators(candles, strategies.BALANCED);
  for (const id of indicatorIds) {
    expect(second.indicators[id].lines).toEqual(before[id].lines);
    for (const line of Object.values(second.indicators[id].lines)) line.fill(0);
    expect(first.indicators[id].lines).toEqual(before[id].lines);
  }
});
