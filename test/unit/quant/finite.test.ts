import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assess } from '../../../src/quant/analyze.ts';
import { runBacktest } from '../../../src/quant/backtest.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { fromRows, randomOf } from '../../support/series.ts';

/** Walks that stand still for stretches, trade nothing for stretches, and jump. */
function roughWalk(seed: number, bars: number): Candles {
  const random = randomOf(seed);
  let price = 10 ** (3 * random() - 1);
  let still = false;
  let silent = false;
  return fromRows(
    Array.from({ length: bars }, () => {
      if (random() < 0.05) still = !still;
      if (random() < 0.05) silent = !silent;
      const open = price;
      if (!still) price *= random() < 0.02 ? 0.6 + random() : 1 + 0.04 * (random() - 0.5);
      const high = Math.max(open, price) * (still ? 1 : 1 + 0.01 * random());
      const low = Math.min(open, price) * (still ? 1 : 1 - 0.01 * random());
      return { open, high, low, close: price, volume: silent ? 0 : Math.round(1e6 * random()) };
    }),
  );
}

function notFinite(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (value === null || typeof value !== 'object') return [];
  const entries = value instanceof Float64Array ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([name, inner]) => notFinite(inner, `${path}.${name}`));
}

const settings = {
  capital: '100000',
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  categoryWeights: {},
  indicators: null,
  tick: '0.0001',
};

test('no number that is not finite leaves an analysis, even of bars after missing cells', () => {
  let unavailable = 0;
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...strategyIds),
      fc.integer({ min: 60, max: 259 }),
      fc.option(fc.tuple(fc.constantFrom('high', 'low', 'close', 'volume'), fc.integer({ min: 0, max: 58 }))),
      (seed, id, bar, missing) => {
        const candles = roughWalk(seed, 260);
        if (missing !== null) candles[missing[0]][missing[1]] = Number.NaN;
        const result = assess(computeIndicators(candles, strategies[id]), bar, strategies[id], settings);
        expect(notFinite(result)).toEqual([]);
        unavailable += result.counts.unavailable;
      },
    ),
    { numRuns: 300 },
  );
  expect(unavailable).toBeGreaterThan(100);
});

test('no number that is not finite leaves a backtest, and two runs are equal to the bit', () => {
  let trades = 0;
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...strategyIds),
      fc.integer({ min: 0, max: 259 }),
      fc.constantFrom(1, 5),
      fc.constantFrom(0, 10, 200),
      (seed, id, from, maxOpenPositions, costBps) => {
        const options = { capital: 1_000, costBps, maxOpenPositions, categoryWeights: {}, indicators: null };
        const run = () =>
          runBacktest(computeIndicators(roughWalk(seed, 260), strategies[id]), from, strategies[id], options);
        const result = run();
        expect(notFinite(result)).toEqual([]);
        expect(run()).toEqual(result);
        trades += result.trades.length;
      },
    ),
    { numRuns: 200 },
  );
  expect(trades).toBeGreaterThan(100);
});
