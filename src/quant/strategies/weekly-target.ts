import {
  adxBelow,
  cciPositive,
  closeAboveSma50,
  histogramNotPositive,
  macdAboveSignal,
  rsiAbove,
  rsiBetween,
  sma20AboveSma50,
  stochasticAbove,
  williamsAbove,
} from '../clauses.ts';
import type { Strategy } from '../strategy.ts';

export const weeklyTarget: Strategy = {
  title: 'Weekly 4% Target',
  summary: 'Swing trades for a gain of 4 %, with checks of trend and momentum, held for up to 15 bars.',
  help: 'Shorter periods react faster. The stop widens with volatility, and a confidence ledger lists what speaks against the trade.',
  weights: {
    MACD: 1.5,
    ADX: 0.5,
    EMA: 0.6,
    PSAR: 1.2,
    RSI: 2,
    STOCHASTIC: 2,
    CCI: 1.8,
    WILLIAMS_R: 1.6,
    BOLLINGER: 1.3,
    OBV: 1.2,
    CMF: 1.2,
  },
  categoryWeights: { TREND: 0.5, MOMENTUM: 2, VOLATILITY: 1, VOLUME: 0.9 },
  params: {
    RSI: { period: 10 },
    MACD: { fast: 8, slow: 17, signal: 9 },
    STOCHASTIC: { k: 10, smooth: 3, d: 3 },
    EMA: { fast: 8, slow: 17 },
    BOLLINGER: { period: 15 },
  },
  risk: {
    targetPct: 4,
    stopPct: 3,
    atrStop: { multiple: 1.5, capPct: 4 },
    minRiskReward: 1.3,
    riskPct: 2,
    positionMaxPct: 20,
    maxHoldingBars: 15,
    cooldownBars: 3,
  },
  filters: {
    TREND: { all: [closeAboveSma50, sma20AboveSma50] },
    MOMENTUM: {
      all: [rsiBetween(50, 75), macdAboveSignal],
      atLeast: {
        count: 3,
        of: [rsiBetween(50, 75), stochasticAbove(50), cciPositive, williamsAbove(-50), macdAboveSignal],
      },
    },
  },
  ledger: {
    choppy: 15,
    filterNotPassed: { TREND: 20, MOMENTUM: 25 },
    contradictions: [
      { group: 'RSI', when: rsiAbove(75), points: 40, severity: 'CRITICAL' },
      { group: 'RSI', when: rsiAbove(70), points: 15, severity: 'WARNING' },
      { group: 'MACD', when: histogramNotPositive, points: 10, severity: 'WARNING' },
      { group: 'ADX', when: adxBelow(20), points: 5, severity: 'INFO' },
    ],
  },
};
