import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AnalysisSettings, assess } from '../../../src/quant/analyze.ts';
import { computeIndicators, knowLines } from '../../../src/quant/chart.ts';
import { indicatorIds } from '../../../src/quant/indicators/index.ts';
import { signalsOf } from '../../../src/quant/signals.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { flat, randomWalk } from '../../support/series.ts';

const settings: AnalysisSettings = {
  capital: '100000',
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  categoryWeights: {},
  indicators: null,
  tick: '0.01',
};

function expected(...[chart, bar, strategy, options]: Parameters<typeof assess>) {
  try {
    const { score, verdict } = assess(chart, bar, strategy, options);
    return { score, verdict };
  } catch (error) {
    if ((error as { code?: string }).code === 'INSUFFICIENT_DATA') return null;
    throw error;
  }
}

test('a signal is the score and verdict of the analysis, bit for bit, on every bar', () => {
  const verdicts = new Set<string | undefined>();
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...strategyIds),
      fc.option(fc.subarray(indicatorIds, { minLength: 1 })),
      fc.record(
        { TREND: fc.double({ min: 0.5, max: 1.5, noNaN: true }), VOLUME: fc.constant(1.2) },
        { requiredKeys: [] },
      ),
      (seed, id, indicators, categoryWeights) => {
        const chart = computeIndicators(randomWalk(seed, 240), strategies[id]);
        const options = { ...settings, indicators, categoryWeights };
        const signalAt = signalsOf(chart, strategies[id], options);
        for (let bar = 0; bar < 240; bar += 1) {
          const signal = signalAt(bar);
          expect(signal).toEqual(expected(chart, bar, strategies[id], options));
          verdicts.add(signal?.verdict);
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(verdicts.size).toBeGreaterThan(4);
});

test('flat prices and shared lines give the same', () => {
  const candles = flat(260);
  const known = knowLines(candles);
  for (const id of strategyIds) {
    const shared = signalsOf(computeIndicators(candles, strategies[id], known), strategies[id], settings);
    const alone = computeIndicators(candles, strategies[id]);
    for (const bar of [10, 60, 259]) {
      expect(shared(bar)).toEqual(expected(alone, bar, strategies[id], settings));
    }
  }
});
