import { assess } from '../src/quant/analyze.ts';
import { runBacktest } from '../src/quant/backtest.ts';
import type { Candles } from '../src/quant/candles.ts';
import { computeIndicators, knowLines } from '../src/quant/chart.ts';
import { strategies, strategyIds } from '../src/quant/strategies/index.ts';

/** All twelve indicators, every line from the first bar on, and the two plain averages of the filters. */
export function prepare(candles: Candles): () => unknown {
  return () => computeIndicators(candles, strategies.BALANCED);
}

/** What a ticker costs with every strategy: indicators with its parameters, readings, score, filters, verdict and plan. */
export function preparePipeline(candles: Candles): () => unknown {
  const settings = {
    capital: '100000',
    riskPct: null,
    positionMaxPct: null,
    minRiskReward: null,
    categoryWeights: {},
    indicators: null,
    tick: '0.01',
  };
  const last = candles.dates.length - 1;
  return () => {
    const known = knowLines(candles);
    return strategyIds.map((id) =>
      assess(computeIndicators(candles, strategies[id], known), last, strategies[id], settings),
    );
  };
}

/** Every bar decided on, by every strategy, from indicators to metrics. */
export function prepareBacktests(candles: Candles): () => unknown {
  const settings = {
    capital: 100_000,
    costBps: 10,
    maxOpenPositions: 1,
    categoryWeights: {},
    indicators: null,
  };
  return () => {
    const known = knowLines(candles);
    return strategyIds.map((id) =>
      runBacktest(computeIndicators(candles, strategies[id], known), 0, strategies[id], settings),
    );
  };
}
