import {
  closeAboveSma50,
  macdAboveSignal,
  rsiBetween,
  sma20AboveSma50,
  stochasticBetween,
} from '../clauses.ts';
import type { Strategy } from '../strategy.ts';

export const balanced: Strategy = {
  title: 'Balanced Analysis',
  summary: 'A general scan in which every voting indicator has the same weight.',
  help: 'No indicator is favoured. Use it to look over many charts before choosing a strategy that fits their phase.',
  weights: {
    MACD: 1,
    ADX: 1,
    EMA: 1,
    PSAR: 1,
    RSI: 1,
    STOCHASTIC: 1,
    CCI: 1,
    WILLIAMS_R: 1,
    BOLLINGER: 1,
    OBV: 1,
    CMF: 1,
  },
  categoryWeights: { TREND: 1, MOMENTUM: 1, VOLATILITY: 1, VOLUME: 1 },
  params: {},
  risk: {
    targetPct: 4,
    stopPct: 2,
    atrStop: null,
    minRiskReward: 1.5,
    riskPct: 2,
    positionMaxPct: 20,
    maxHoldingBars: 20,
    cooldownBars: 2,
  },
  filters: {
    TREND: { all: [closeAboveSma50, sma20AboveSma50] },
    MOMENTUM: {
      all: [rsiBetween(30, 70)],
      atLeast: { count: 2, of: [rsiBetween(40, 70), macdAboveSignal, stochasticBetween(30, 70)] },
    },
  },
  ledger: null,
};
