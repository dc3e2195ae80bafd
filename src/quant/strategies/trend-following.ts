import { adxAtLeast, closeAboveSma50, macdAboveSignal, rsiBetween, sma20AboveSma50 } from '../clauses.ts';
import type { Strategy } from '../strategy.ts';

export const trendFollowing: Strategy = {
  title: 'Trend Following',
  summary: 'Follows directional markets; averages and directional movement have the most weight.',
  help: 'Made for markets that move one way. It buys only in a confirmed uptrend and gives trades room: wider target, longer holding.',
  weights: {
    MACD: 2.5,
    ADX: 2.5,
    EMA: 2,
    PSAR: 1.5,
    RSI: 0.5,
    STOCHASTIC: 0.5,
    CCI: 0.5,
    WILLIAMS_R: 0.5,
    BOLLINGER: 0.5,
    OBV: 1,
    CMF: 1,
  },
  categoryWeights: { TREND: 1.5, MOMENTUM: 0.7, VOLATILITY: 0.8, VOLUME: 1 },
  params: { EMA: { fast: 9, slow: 21 }, ADX: { threshold: 25 } },
  risk: {
    targetPct: 6,
    stopPct: 2.5,
    atrStop: null,
    minRiskReward: 1.5,
    riskPct: 2,
    positionMaxPct: 20,
    maxHoldingBars: 25,
    cooldownBars: 3,
  },
  filters: {
    TREND: { all: [closeAboveSma50, sma20AboveSma50, adxAtLeast(25)] },
    MOMENTUM: { all: [macdAboveSignal, rsiBetween(40, 80)] },
  },
  ledger: null,
};
