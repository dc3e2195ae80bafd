import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { assess } from '../../../src/quant/analyze.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { ENGINE_VERSION } from '../../../src/quant/version.ts';
import { readAapl } from '../../support/series.ts';

/** What every strategy says of bars of the AAPL sample, as computed by each version. Append a line with the next version; never change one. */
const fingerprints: Readonly<Record<number, string>> = {
  1: 'c5d17abb05d9b9b1',
};

test('results are those of the engine’s version, to the last digit', () => {
  const candles = readAapl();
  const all = createHash('sha256');
  for (const id of strategyIds) {
    const chart = computeIndicators(candles, strategies[id]);
    for (let bar = 60; bar < candles.dates.length; bar += 37) {
      const settings = {
        riskPct: null,
        positionMaxPct: null,
        minRiskReward: null,
        categoryWeights: {},
        indicators: null,
      };
      all.update(
        JSON.stringify(assess(chart, bar, strategies[id], { ...settings, capital: '100000', tick: '0.01' })),
      );
    }
  }
  // Another digest: the numbers have changed. Was that meant? Then raise ENGINE_VERSION and add its line.
  expect({ version: ENGINE_VERSION, digest: all.digest('hex').slice(0, 16) }).toEqual({
    version: ENGINE_VERSION,
    digest: fingerprints[ENGINE_VERSION],
  });
});
