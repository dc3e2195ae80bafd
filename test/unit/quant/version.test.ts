import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { assess } from '../../../src/quant/analyze.ts';
import { runBacktest } from '../../../src/quant/backtest.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { indicatorIds } from '../../../src/quant/indicators/index.ts';
import { readingAt } from '../../../src/quant/reading.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { ENGINE_VERSION } from '../../../src/quant/version.ts';
import { readAapl } from '../../support/series.ts';

/*
 * The snapshot contains one fingerprint for each strategy and each indicator, under the engine's version. When a fingerprint differs, numbers have
 * changed: raise ENGINE_VERSION, if the change is intended, and never update a fingerprint of the same version. A new strategy or indicator changes no
 * number of the others: its own fingerprint is added when this test runs for the first time, and the version stays.
 */

const shared = { categoryWeights: {}, indicators: null };
const settings = {
  ...shared,
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  capital: '100000',
  tick: '0.01',
};
const candles = readAapl();
const bars = candles.dates.flatMap((_day, bar) => (bar >= 60 && (bar - 60) % 37 === 0 ? [bar] : []));

function fingerprint(values: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const value of values)
    hash.update(
      JSON.stringify(value, (_name, part: unknown) =>
        ArrayBuffer.isView(part) ? Array.from(part as Float64Array) : part,
      ),
    );
  return hash.digest('hex').slice(0, 16);
}

test.each(strategyIds)('%s computes the results of the engine’s version, to the last digit', (id) => {
  const { weights } = strategies[id];
  const chart = computeIndicators(candles, strategies[id]);
  const analyses = bars.map((bar) => {
    const { readings, ...rest } = assess(chart, bar, strategies[id], settings);
    // The other readings have no weight and no effect on the result.
    return { ...rest, readings: readings.filter(({ indicator }) => Object.hasOwn(weights, indicator)) };
  });
  const account = { ...shared, capital: 100_000, costBps: 10, maxOpenPositions: 1 };
  const both = { ...account, sides: 'BOTH', borrowPct: 3, maxOpenPositions: 2 } as const;
  expect({
    analyses: fingerprint(analyses),
    longs: fingerprint([runBacktest(chart, 200, strategies[id], account)]),
    bothSides: fingerprint([runBacktest(chart, 200, strategies[id], both)]),
  }).toMatchSnapshot(`version ${ENGINE_VERSION}`);
});

test.each(indicatorIds)('%s computes the readings of the engine’s version, to the last digit', (id) => {
  // Without a strategy's parameters each indicator has its defaults.
  const chart = computeIndicators(candles, { ...strategies.BALANCED, params: {} });
  expect(fingerprint(bars.map((bar) => readingAt(chart, bar, id)))).toMatchSnapshot(
    `version ${ENGINE_VERSION}`,
  );
});
