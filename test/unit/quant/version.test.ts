import { createHash, type Hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { assess } from '../../../src/quant/analyze.ts';
import { runBacktest } from '../../../src/quant/backtest.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { ENGINE_VERSION } from '../../../src/quant/version.ts';
import { readAapl } from '../../support/series.ts';

/** What every strategy says of bars of the AAPL sample and what it would have earned on them, as computed by each version. Append a line with the next version; never change one. */
const fingerprints: Readonly<Record<number, { readonly analyses: string; readonly backtests: string }>> = {
  1: { analyses: 'c5d17abb05d9b9b1', backtests: '4db2d292a475771c' },
  // Plans on a coarse tick, which the sample has none of.
  2: { analyses: 'c5d17abb05d9b9b1', backtests: '4db2d292a475771c' },
  // Buying and holding begins at the first open, and years are those of the series.
  3: { analyses: 'c5d17abb05d9b9b1', backtests: '6ffe00acebfa95c7' },
};

/** What every strategy would have earned on both sides, likewise; since version 3. */
const bothSides: Readonly<Record<number, string>> = { 3: '2edaa45762d8e435' };

const shared = { categoryWeights: {}, indicators: null };
const settings = {
  ...shared,
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  capital: '100000',
  tick: '0.01',
};

test('results are those of the engine’s version, to the last digit', () => {
  const candles = readAapl();
  const [analyses, backtests, shorts] = [createHash('sha256'), createHash('sha256'), createHash('sha256')];
  for (const id of strategyIds) {
    const chart = computeIndicators(candles, strategies[id]);
    for (let bar = 60; bar < candles.dates.length; bar += 37)
      analyses.update(JSON.stringify(assess(chart, bar, strategies[id], settings)));
    const account = { ...shared, capital: 100_000, costBps: 10, maxOpenPositions: 1 };
    const plain = (value: unknown) => (ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value);
    // Results name their sides since version 3; those of longs have the numbers that they had before.
    backtests.update(
      JSON.stringify(runBacktest(chart, 200, strategies[id], account), (name, value) =>
        name === 'side' || name === 'bySide' ? undefined : plain(value),
      ),
    );
    const both = { ...account, sides: 'BOTH', borrowPct: 3, maxOpenPositions: 2 } as const;
    shorts.update(
      JSON.stringify(runBacktest(chart, 200, strategies[id], both), (_name, value) => plain(value)),
    );
  }
  const digest = (hash: Hash) => hash.digest('hex').slice(0, 16);
  // Another digest: the numbers have changed. Was that meant? Then raise ENGINE_VERSION and add its line.
  expect({
    version: ENGINE_VERSION,
    analyses: digest(analyses),
    backtests: digest(backtests),
    bothSides: digest(shorts),
  }).toEqual({
    version: ENGINE_VERSION,
    ...fingerprints[ENGINE_VERSION],
    bothSides: bothSides[ENGINE_VERSION],
  });
});
