import { expect, test } from 'vitest';
import { CATEGORIES } from '../../../src/quant/indicator.ts';
import { type IndicatorId, indicatorIds, indicatorOf } from '../../../src/quant/indicators/index.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';

const weights: Partial<Record<IndicatorId, readonly number[]>> = {
  MACD: [1, 2.5, 0.5, 1.5, 1.5],
  ADX: [1, 2.5, 0.5, 1.5, 0.5],
  EMA: [1, 2, 0.5, 1, 0.6],
  PSAR: [1, 1.5, 0.5, 1, 1.2],
  RSI: [1, 0.5, 2.5, 2, 2],
  STOCHASTIC: [1, 0.5, 2, 1.5, 2],
  CCI: [1, 0.5, 1.5, 1.5, 1.8],
  WILLIAMS_R: [1, 0.5, 1.5, 1, 1.6],
  BOLLINGER: [1, 0.5, 2.5, 1.5, 1.3],
  OBV: [1, 1, 1, 2.5, 1.2],
  CMF: [1, 1, 1, 2.5, 1.2],
};
const categoryWeights = {
  TREND: [1, 1.5, 0.6, 1, 0.5],
  MOMENTUM: [1, 0.7, 1.5, 1.3, 2],
  VOLATILITY: [1, 0.8, 1.3, 1.2, 1],
  VOLUME: [1, 1, 1, 1.5, 0.9],
};
const risk = {
  targetPct: [4, 6, 2.5, 5, 4],
  stopPct: [2, 2.5, 1.5, 3, 3],
  minRiskReward: [1.5, 1.5, 1.5, 1.5, 1.3],
  riskPct: [2, 2, 2, 2, 2],
  positionMaxPct: [20, 20, 20, 20, 20],
  maxHoldingBars: [20, 25, 10, 12, 15],
  cooldownBars: [2, 3, 2, 2, 3],
};

test('the five strategies have their weights, category weights and risk numbers', () => {
  const ids = [
    'BALANCED',
    'TREND_FOLLOWING',
    'MEAN_REVERSION',
    'MOMENTUM_BREAKOUT',
    'WEEKLY_TARGET',
  ] as const;
  ids.forEach((id, i) => {
    const strategy = strategies[id];
    expect(strategy.weights, id).toEqual(
      Object.fromEntries(Object.entries(weights).map(([name, row]) => [name, row[i]])),
    );
    for (const category of CATEGORIES)
      expect(strategy.categoryWeights[category], `${id} ${category}`).toBe(categoryWeights[category][i]);
    for (const [name, row] of Object.entries(risk))
      expect(strategy.risk[name as keyof typeof risk], `${id} ${name}`).toBe(row[i]);
  });
  expect(strategies.WEEKLY_TARGET.risk.atrStop).toEqual({ multiple: 1.5, capPct: 4 });
});

test.each(strategyIds)('%s overrides only parameters that exist, within their bounds', (id) => {
  for (const indicator of indicatorIds) {
    const { defaults } = indicatorOf(indicator);
    const params: Readonly<Record<string, number>> = strategies[id].params[indicator as 'RSI'] ?? {};
    for (const [name, value] of Object.entries(params)) {
      expect(Object.keys(defaults), `${indicator} ${name}`).toContain(name);
      if (['period', 'fast', 'slow', 'signal', 'k', 'd', 'smooth'].includes(name)) {
        expect(Number.isInteger(value) && value >= 2 && value <= 500).toBe(true);
      }
    }
    if (params.fast !== undefined && params.slow !== undefined) expect(params.fast).toBeLessThan(params.slow);
  }
});
