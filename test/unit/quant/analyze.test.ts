import { describe, expect, test } from 'vitest';
import { type AnalysisSettings, analyze, assess, QuantError } from '../../../src/quant/analyze.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { applyFilters } from '../../../src/quant/filters.ts';
import { keepLedger } from '../../../src/quant/ledger.ts';
import { regimeOf } from '../../../src/quant/regime.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { flat, randomWalk, readAapl } from '../../support/series.ts';

const settings: AnalysisSettings = {
  capital: '100000',
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  categoryWeights: {},
  indicators: null,
  tick: '0.01',
};

describe.each(strategyIds)('%s', (id) => {
  const strategy = strategies[id];

  test('assesses a bar alike whether or not later bars exist', () => {
    const candles = readAapl();
    const chart = computeIndicators(candles, strategy);
    for (const bar of [210, 400, 777, 1_100]) {
      expect(analyze(sliceCandles(candles, 0, bar + 1), strategy, settings)).toEqual(
        assess(chart, bar, strategy, settings),
      );
    }
  });

  test('differs from the score only by a veto to HOLD, and has a plan exactly when it is not HOLD', () => {
    const chart = computeIndicators(readAapl(), strategy);
    const seen = new Set<string>();
    for (let bar = 220; bar < 1_260; bar += 1) {
      const result = assess(chart, bar, strategy, settings);
      seen.add(result.verdict);
      if (result.verdict !== result.scoreVerdict) {
        expect(result.verdict).toBe('HOLD');
        expect(result.scoreVerdict).toMatch(/BUY$/);
        expect(result.vetoes.length).toBeGreaterThan(0);
      } else expect(result.vetoes).toEqual([]);
      expect(result.plan === null).toBe(result.verdict === 'HOLD');
      expect(Math.abs(result.score)).toBeLessThanOrEqual(1);
    }
    expect(seen.size).toBeGreaterThan(1);
  });
});

describe('an analysis', () => {
  test('without one voter that has a value fails', () => {
    const run = () =>
      analyze(randomWalk(1, 60), strategies.BALANCED, { ...settings, indicators: ['EMA', 'ATR'] });
    expect(run).toThrow(QuantError);
    expect(run).toThrow(expect.objectContaining({ code: 'INSUFFICIENT_DATA' }));
  });

  test('with half of the voters missing warns', () => {
    const { warnings, coverage } = analyze(flat(260), strategies.MEAN_REVERSION, settings);
    expect(coverage).toBeLessThan(0.5);
    expect(warnings.map(({ code }) => code)).toContain('LOW_COVERAGE');
  });

  test('of selected indicators lists only these, and its filters still read all', () => {
    const result = analyze(readAapl(), strategies.BALANCED, { ...settings, indicators: ['CMF'] });
    expect(result.readings.map((r) => r.indicator)).toEqual(['CMF']);
    expect(result.filters.find(({ clause }) => clause === 'RSI_30_70')?.value).not.toBeNull();
  });

  test('takes category weights that the request changes, and leaves the strategy as it is', () => {
    const before = structuredClone(strategies.BALANCED.categoryWeights);
    const plain = analyze(readAapl(), strategies.BALANCED, settings);
    const changed = analyze(readAapl(), strategies.BALANCED, {
      ...settings,
      categoryWeights: { TREND: 0.5 },
    });
    expect(changed.score).not.toBe(plain.score);
    expect(strategies.BALANCED.categoryWeights).toEqual(before);
  });
});

describe('filters', () => {
  test('without evidence do not pass', () => {
    const chart = computeIndicators(randomWalk(5, 30), strategies.BALANCED);
    const { outcomes, vetoes, clauses } = applyFilters(chart, 29, strategies.BALANCED.filters);
    expect(outcomes.TREND).toBe('NOT_EVALUATED');
    expect(vetoes.filter(({ filter }) => filter === 'TREND')).toHaveLength(2);
    expect(clauses.find(({ clause }) => clause === 'CLOSE_AT_LEAST_SMA50')).toMatchObject({
      outcome: 'NOT_EVALUATED',
      limit: null,
    });
  });

  test('of a flat market fail the range check of TREND_FOLLOWING and count what an unavailable input leaves unmet', () => {
    const chart = computeIndicators(flat(260), strategies.TREND_FOLLOWING);
    const { outcomes } = applyFilters(chart, 259, strategies.BALANCED.filters);
    // RSI 50 lies in both ranges; macd equals its signal and the stochastic has no value: one of three.
    expect(outcomes.MOMENTUM).toBe('FAILED');
    expect(applyFilters(chart, 259, strategies.TREND_FOLLOWING.filters).outcomes).toEqual({
      TREND: 'NOT_EVALUATED',
      MOMENTUM: 'FAILED',
    });
  });

  test('need 20 volumes before the bar for the volume ratio', () => {
    const candles = randomWalk(5, 25);
    const chart = computeIndicators(candles, strategies.MOMENTUM_BREAKOUT);
    const ratio = (bar: number) =>
      applyFilters(chart, bar, strategies.MOMENTUM_BREAKOUT.filters).clauses.find(({ clause }) =>
        clause.startsWith('VOLUME_RATIO'),
      )?.value;
    expect(ratio(19)).toBeNull();
    const mean = candles.volume.slice(0, 20).reduce((sum, v) => sum + v, 0) / 20;
    expect(ratio(20)).toBeCloseTo((candles.volume[20] ?? 0) / mean, 12);
  });
});

test.each([
  [null, 'UNKNOWN'],
  [19.99, 'CHOPPY'],
  [20, 'WEAK_TREND'],
  [24.99, 'WEAK_TREND'],
  [25, 'TRENDING'],
] as const)('an ADX of %s is %s', (adx, regime) => {
  expect(regimeOf(adx)).toBe(regime);
});

describe('the confidence ledger', () => {
  const rules = strategies.WEEKLY_TARGET.ledger;
  const chart = computeIndicators(flat(260), strategies.WEEKLY_TARGET);
  const none = { ...rules, contradictions: [] };

  test('is declared by one strategy only', () => {
    expect(strategyIds.filter((id) => strategies[id].ledger !== null)).toEqual(['WEEKLY_TARGET']);
  });

  test('starts at 100 and loses points for regime and filters', () => {
    if (rules === null) throw new Error('no rules');
    const keep = (
      regime: 'CHOPPY' | 'TRENDING',
      trend: 'PASSED' | 'FAILED',
      momentum: 'PASSED' | 'NOT_EVALUATED',
    ) =>
      keepLedger(chart, 259, { ...rules, ...none, contradictions: [] }, regime, {
        TREND: trend,
        MOMENTUM: momentum,
      }).confidence;
    expect(keep('TRENDING', 'PASSED', 'PASSED')).toBe(100);
    expect(keep('CHOPPY', 'PASSED', 'PASSED')).toBe(85);
    expect(keep('CHOPPY', 'FAILED', 'NOT_EVALUATED')).toBe(40);
  });

  test('takes the smaller account once a contradiction fired, and lists it', () => {
    if (rules === null) throw new Error('no rules');
    // Flat: the histogram is 0, RSI 50, ADX missing.
    const ledger = keepLedger(chart, 259, rules, 'UNKNOWN', { TREND: 'PASSED', MOMENTUM: 'PASSED' });
    expect(ledger).toEqual({
      confidence: 90,
      contradictions: [{ clause: 'MACD_HISTOGRAM_NOT_POSITIVE', severity: 'WARNING', points: 10 }],
    });
  });
});
