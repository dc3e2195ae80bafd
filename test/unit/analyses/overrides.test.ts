import { describe, expect, test } from 'vitest';
import { analysisOptions, isCustomised, resolveOptions } from '../../../src/analyses/options.ts';
import { type AskedOverrides, paramRanges, resolveOverrides } from '../../../src/analyses/overrides.ts';
import { analyze } from '../../../src/quant/analyze.ts';
import { customise } from '../../../src/quant/customise.ts';
import { indicatorIds, indicatorOf } from '../../../src/quant/indicators/index.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { randomWalk } from '../../support/series.ts';

const TODAY = '2026-01-31';
const resolve = (overrides: AskedOverrides) => resolveOptions({ overrides }, TODAY, strategyIds);

const everything: AskedOverrides = {
  weights: [
    { indicator: 'RSI', weight: 3 },
    { indicator: 'MACD', weight: 0 },
  ],
  params: [
    { indicator: 'RSI', name: 'period', value: 7 },
    { indicator: 'EMA', name: 'fast', value: 5 },
    { indicator: 'RSI', name: 'hi', value: 80 },
  ],
  risk: { targetPct: 8, stopPct: 2.5, maxHoldingBars: 30, cooldownBars: 0 },
};

describe('overrides', () => {
  test('have one spelling whatever their order, and survive being stored', () => {
    const reversed = {
      ...everything,
      weights: everything.weights?.toReversed(),
      params: everything.params?.toReversed(),
    };
    expect(resolve(reversed)).toEqual(resolve(everything));
    expect(JSON.stringify(resolve(reversed))).toBe(JSON.stringify(resolve(everything)));
    const stored = JSON.parse(JSON.stringify(resolve(everything)));
    expect(analysisOptions.parse(stored)).toEqual(resolve(everything));
    expect(isCustomised(resolve(everything))).toBe(true);
  });

  test('left out, null and empty are the same as none: options look as they did before', () => {
    const none = resolveOptions({}, TODAY);
    expect(Object.keys(none)).not.toContain('overrides');
    for (const overrides of [
      null,
      undefined,
      {},
      { weights: [], params: null, risk: {} },
      { risk: { stopPct: null } },
    ])
      expect(resolveOptions({ overrides }, TODAY)).toEqual(none);
    expect(isCustomised(none)).toBe(false);
  });

  test('take the place of the strategy’s own numbers and of nothing else', () => {
    for (const id of strategyIds) {
      const own = strategies[id];
      const changed = customise(own, resolve(everything).overrides);
      expect(changed.weights).toEqual({ ...own.weights, RSI: 3, MACD: 0 });
      expect(changed.params.RSI).toEqual({ ...own.params.RSI, period: 7, hi: 80 });
      expect(changed.params.EMA).toEqual({ ...own.params.EMA, fast: 5 });
      expect(changed.risk).toEqual({
        ...own.risk,
        targetPct: 8,
        stopPct: 2.5,
        maxHoldingBars: 30,
        cooldownBars: 0,
      });
      expect(changed.filters).toBe(own.filters);
      expect(changed.categoryWeights).toBe(own.categoryWeights);
      expect(customise(own, undefined)).toBe(own);
    }
    expect(strategies.BALANCED.params.RSI).toBeUndefined();
  });

  test.each<[string, AskedOverrides, RegExp]>([
    ['a weight below 0', { weights: [{ indicator: 'RSI', weight: -0.1 }] }, /weights\[0\]\.weight .*0 and 5/],
    ['a weight above 5', { weights: [{ indicator: 'RSI', weight: 5.1 }] }, /weights\[0\]\.weight/],
    ['a weight that is no number', { weights: [{ indicator: 'RSI', weight: Number.NaN }] }, /weights\[0\]/],
    ['a weight of what never votes', { weights: [{ indicator: 'ATR', weight: 1 }] }, /never votes/],
    [
      'a weight twice',
      {
        weights: [
          { indicator: 'RSI', weight: 1 },
          { indicator: 'RSI', weight: 2 },
        ],
      },
      /second weight/,
    ],
    [
      'no voter left',
      { weights: indicatorIds.filter((id) => id !== 'ATR').map((indicator) => ({ indicator, weight: 0 })) },
      /no indicator that votes/,
    ],
    ['a name that is none', { params: [{ indicator: 'RSI', name: 'fast', value: 5 }] }, /period, lo, hi/],
    [
      'a name from the prototype',
      { params: [{ indicator: 'RSI', name: 'constructor', value: 5 }] },
      /params\[0\]\.name/,
    ],
    ['half a period', { params: [{ indicator: 'RSI', name: 'period', value: 7.5 }] }, /whole number/],
    ['a period of 1', { params: [{ indicator: 'RSI', name: 'period', value: 1 }] }, /between 2 and 500/],
    ['a period of 501', { params: [{ indicator: 'ADX', name: 'period', value: 501 }] }, /between 2 and 500/],
    [
      'a parameter twice',
      {
        params: [
          { indicator: 'RSI', name: 'lo', value: 20 },
          { indicator: 'RSI', name: 'lo', value: 21 },
        ],
      },
      /second lo of RSI/,
    ],
    // 9 is the fast one of TREND_FOLLOWING, which is among the strategies.
    [
      'a slow that one strategy cannot have',
      { params: [{ indicator: 'EMA', name: 'slow', value: 9 }] },
      /fast must be smaller/,
    ],
    [
      'a step above the maximum',
      { params: [{ indicator: 'PSAR', name: 'step', value: 0.3 }] },
      /step must not be greater/,
    ],
    ['a target of 0', { risk: { targetPct: 0 } }, /risk\.targetPct/],
    ['a stop of 26 %', { risk: { stopPct: 26 } }, /risk\.stopPct/],
    ['no bar to hold', { risk: { maxHoldingBars: 0 } }, /risk\.maxHoldingBars/],
    ['half a bar of cool-down', { risk: { cooldownBars: 0.5 } }, /risk\.cooldownBars must be a whole/],
  ])('refuse %s with the name of the field', (_name, overrides, message) => {
    expect(() => resolve(overrides)).toThrow(message);
    expect(() => resolve(overrides)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        field: expect.stringMatching(/^options\.overrides\./),
      }),
    );
  });

  test('that silence all that the request lets vote are refused, too', () => {
    const weights = [{ indicator: 'RSI', weight: 0 }] as const;
    expect(resolveOverrides({ weights }, ['BALANCED'], null)).toEqual({ weights: { RSI: 0 } });
    expect(() => resolveOverrides({ weights }, ['BALANCED'], ['RSI', 'ATR'])).toThrow(
      'no indicator that votes',
    );
  });

  test('of every parameter have a range, whose ends give an analysis', () => {
    const candles = randomWalk(11, 700);
    const settings = { ...resolveOptions({}, TODAY), tick: '0.01' };
    for (const indicator of indicatorIds) {
      const { defaults } = indicatorOf(indicator);
      for (const name of Object.keys(defaults)) {
        const range = paramRanges[name];
        if (range === undefined) throw new Error(`${indicator} ${name} has no range`);
        expect(defaults[name]).toBeGreaterThanOrEqual(range.min);
        expect(defaults[name]).toBeLessThanOrEqual(range.max);
        for (const value of [range.min, range.max]) {
          const fits =
            (name !== 'fast' || value === range.min) &&
            (name !== 'slow' || value === range.max) &&
            (name !== 'step' || value === range.min) &&
            (name !== 'max' || value === range.max);
          if (!fits) continue;
          const params = [{ indicator, name, value }];
          const overrides = resolveOverrides({ params }, ['BALANCED'], null);
          const { score, readings } = analyze(candles, customise(strategies.BALANCED, overrides), settings);
          expect(Number.isFinite(score)).toBe(true);
          expect(readings.find((reading) => reading.indicator === indicator)?.params).toMatchObject({
            [name]: value,
          });
        }
      }
    }
  });
});
