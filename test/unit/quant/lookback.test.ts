import { expect, test } from 'vitest';
import { analyze } from '../../../src/quant/analyze.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { signalsOf } from '../../../src/quant/signals.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { readAapl } from '../../support/series.ts';

const LOOKBACK = 400;
const WINDOW = 365;
const settings = {
  capital: '100000',
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  categoryWeights: {},
  indicators: null,
  tick: '0.01',
};
const isBuy = (verdict: string) => verdict === 'BUY' || verdict === 'STRONG_BUY';

// docs/backtests.md states these sizes.
test.each(strategyIds)(
  'the bars that a backtest has beyond the look-back of an analysis change no buy of %s and its score by 0.03 at most',
  (id) => {
    const candles = readAapl();
    const series = sliceCandles(candles, 0, LOOKBACK + WINDOW);
    const strategy = strategies[id];
    const signalAt = signalsOf(computeIndicators(series, strategy), strategy, settings);
    let differ = 0;
    for (let bar = LOOKBACK; bar < LOOKBACK + WINDOW; bar += 3) {
      const alone = analyze(sliceCandles(series, bar - LOOKBACK + 1, bar + 1), strategy, settings);
      const replayed = signalAt(bar);
      expect(isBuy(replayed?.verdict ?? '')).toBe(isBuy(alone.verdict));
      expect(Math.abs((replayed?.score ?? Number.NaN) - alone.score)).toBeLessThanOrEqual(0.03);
      if (replayed?.verdict !== alone.verdict) differ += 1;
    }
    expect(differ).toBeLessThanOrEqual(2);
  },
);
