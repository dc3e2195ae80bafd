import { describe, expect, test } from 'vitest';
import { type IndicatorId, indicatorIds, indicatorOf } from '../../../src/quant/indicators/index.ts';
import type { Reading } from '../../../src/quant/reading.ts';
import { scoreReadings, verdictOf } from '../../../src/quant/score.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';

const { weights, categoryWeights } = strategies.BALANCED;

function reading(indicator: IndicatorId, vote: -1 | 0 | 1, confidence: number): Reading {
  const { category } = indicatorOf(indicator);
  return { indicator, category, params: {}, status: 'OK', lines: {}, display: 0, vote, confidence };
}

function missing(indicator: IndicatorId): Reading {
  const { category } = indicatorOf(indicator);
  return { indicator, category, params: {}, status: 'UNAVAILABLE', reason: { code: 'NOT_A_NUMBER' } };
}

const neutral = (...except: IndicatorId[]) =>
  indicatorIds.filter((id) => !except.includes(id)).map((id) => reading(id, 0, 0));

describe('the score', () => {
  test('of RSI +1 at 0.50 and MACD -1 at 0.25, all others neutral, is a third: BUY', () => {
    const votes = [reading('RSI', 1, 0.5), reading('MACD', -1, 0.25), ...neutral('RSI', 'MACD')];
    const scored = scoreReadings(votes, weights, categoryWeights);
    expect(scored.score).toBeCloseTo(0.25 / 0.75, 12);
    expect(scored.verdict).toBe('BUY');
    expect(scored.counts).toEqual({ buy: 1, neutral: 9, sell: 1, unavailable: 0 });
    expect(scored.categoryScores).toEqual({ MOMENTUM: 1, TREND: -1, VOLATILITY: null, VOLUME: null });
    expect(scored.conviction).toBeCloseTo(0.75 / 11, 12);
    expect(scored.coverage).toBe(1);
  });

  test('is the sum of the contributions', () => {
    const votes = [reading('RSI', 1, 0.5), reading('MACD', -1, 0.25), reading('CMF', 1, 0.9)];
    const scored = scoreReadings(
      votes,
      strategies.WEEKLY_TARGET.weights,
      strategies.WEEKLY_TARGET.categoryWeights,
    );
    expect(scored.readings.reduce((sum, r) => sum + r.contribution, 0)).toBeCloseTo(scored.score, 12);
  });

  test('is 0 and HOLD when nobody has an opinion', () => {
    const scored = scoreReadings(neutral(), weights, categoryWeights);
    expect(scored).toMatchObject({ score: 0, verdict: 'HOLD', conviction: 0, coverage: 1 });
  });

  test('ignores ATR however confident it is', () => {
    const scored = scoreReadings([reading('ATR', 0, 1), reading('RSI', 1, 0.1)], weights, categoryWeights);
    expect(scored.score).toBe(1);
    expect(scored.counts).toEqual({ buy: 1, neutral: 0, sell: 0, unavailable: 0 });
    expect(scored.readings.find((r) => r.indicator === 'ATR')?.weight).toBe(0);
  });

  test('of readings without value does not dilute, but lowers the coverage', () => {
    const scored = scoreReadings(
      [reading('RSI', 1, 0.5), missing('MACD'), missing('EMA')],
      weights,
      categoryWeights,
    );
    expect(scored.score).toBe(1);
    expect(scored.coverage).toBeCloseTo(1 / 3, 12);
    expect(scored.counts.unavailable).toBe(2);
  });
});

test.each([
  [1, 'STRONG_BUY'],
  [0.6, 'STRONG_BUY'],
  [0.1 + 0.2 + 0.3 - 1e-16, 'STRONG_BUY'],
  [0.599_999_99, 'BUY'],
  [0.2, 'BUY'],
  [0.199_999_99, 'HOLD'],
  [-0.199_999_99, 'HOLD'],
  [-0.2, 'SELL'],
  [-0.6, 'STRONG_SELL'],
  [-0.599_999_999_9, 'STRONG_SELL'],
] as const)('a score of %f is %s', (score, verdict) => {
  expect(verdictOf(score)).toBe(verdict);
});
