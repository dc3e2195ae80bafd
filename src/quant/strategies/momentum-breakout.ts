import {
  closeAboveSma20,
  cmfPositive,
  macdAboveSignal,
  obvRising,
  rsiBetween,
  volumeRatioAtLeast,
} from '../clauses.ts';
import type { Strategy } from '../strategy.ts';

export const momentumBreakout: Strategy = {
  title: 'Momentum Breakout',
  summary: 'Looks for breakouts that are confirmed by volume.',
  help: 'Made for the moment in which a price leaves its range. It asks for rising volume and strong momentum, and stops wider.',
  weights: {
    MACD: 1.5,
    ADX: 1.5,
    EMA: 1,
    PSAR: 1,
    RSI: 2,
    STOCHASTIC: 1.5,
    CCI: 1.5,
    WILLIAMS_R: 1,
    BOLLINGER: 1.5,
    OBV: 2.5,
    CMF: 2.5,
  },
  categoryWeights: { TREND: 1, MOMENTUM: 1.3, VOLATILITY: 1.2, VOLUME: 1.5 },
  params: { ADX: { threshold: 20 } },
  risk: {
    targetPct: 5,
    stopPct: 3,
    atrStop: null,
    minRiskReward: 1.5,
    riskPct: 2,
    positionMaxPct: 20,
    maxHoldingBars: 12,
    cooldownBars: 2,
  },
  filters: {
    TREND: { all: [closeAboveSma20] },
    MOMENTUM: {
      all: [volumeRatioAtLeast(1.3), rsiBetween(50, 85)],
      atLeast: { count: 1, of: [macdAboveSignal, cmfPositive, obvRising] },
    },
  },
  ledger: null,
};
