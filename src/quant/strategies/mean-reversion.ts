import { adxAtMost, rsiAtMost, rsiBelow, stochasticBelow, williamsBelow } from '../clauses.ts';
import type { Strategy } from '../strategy.ts';

export const meanReversion: Strategy = {
  title: 'Mean Reversion',
  summary: 'Buys weakness and sells strength in ranges; oscillators and bands have the most weight.',
  help: 'Made for markets without a trend. It expects the price to return to its mean, takes small profits and keeps tight stops.',
  weights: {
    MACD: 0.5,
    ADX: 0.5,
    EMA: 0.5,
    PSAR: 0.5,
    RSI: 2.5,
    STOCHASTIC: 2,
    CCI: 1.5,
    WILLIAMS_R: 1.5,
    BOLLINGER: 2.5,
    OBV: 1,
    CMF: 1,
  },
  categoryWeights: { TREND: 0.6, MOMENTUM: 1.5, VOLATILITY: 1.3, VOLUME: 1 },
  params: { RSI: { period: 14, lo: 30, hi: 70 }, STOCHASTIC: { k: 14, lo: 20, hi: 80 } },
  risk: {
    targetPct: 2.5,
    stopPct: 1.5,
    atrStop: null,
    minRiskReward: 1.5,
    riskPct: 2,
    positionMaxPct: 20,
    maxHoldingBars: 10,
    cooldownBars: 2,
  },
  filters: {
    TREND: { all: [adxAtMost(25)] },
    MOMENTUM: {
      all: [rsiAtMost(50)],
      atLeast: { count: 1, of: [rsiBelow(40), stochasticBelow(30), williamsBelow(-80)] },
    },
  },
  ledger: null,
};
