import { expect, test } from 'vitest';
import { TALLIED_EVERY, TALLY_NUMBERS, talliesOf, universeRecord } from '../../../src/analyses/tallies.ts';
import { assess } from '../../../src/quant/analyze.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { signalsOf } from '../../../src/quant/signals.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { randomWalk, readAapl } from '../../support/series.ts';

const options = { categoryWeights: {}, indicators: null };

test.each(strategyIds)(
  'signals of every fifth bar by %s are those of all bars, and there are none between',
  (id) => {
    for (const seed of [1, 2, 3]) {
      const chart = computeIndicators(randomWalk(seed, 300), strategies[id]);
      const sampled = signalsOf(chart, strategies[id], options, { from: 49, every: 5 });
      const all = signalsOf(chart, strategies[id], options);
      for (let bar = 49; bar < 300; bar += 1)
        expect(sampled(bar)).toEqual((bar - 49) % 5 === 0 ? all(bar) : null);
    }
  },
);

test.each(['LONG', 'SHORT'] as const)(
  'every fifth bar is a case that ends as the plain rules say: %s',
  (side) => {
    const candles = sliceCandles(readAapl(), 100, 500);
    const { open, high, low, close, dates } = candles;
    const { risk } = strategies.BALANCED;
    const chart = computeIndicators(candles, strategies.BALANCED);
    const asked = {
      ...options,
      capital: '100000',
      riskPct: null,
      positionMaxPct: null,
      minRiskReward: null,
      tick: '0.01',
    };
    const up = side === 'LONG' ? 1 : -1;
    const ended = { STOP: 0, TARGET: 0, TIME: 0 };
    const results: number[] = [];
    for (let bar = 49; bar < dates.length - 1; bar += 5) {
      const { verdict } = assess(chart, bar, strategies.BALANCED, asked);
      if (!verdict.endsWith(side === 'LONG' ? 'BUY' : 'SELL')) continue;
      const entry = open[bar + 1] ?? 0;
      const [stop, target] = [
        entry * (1 - (up * risk.stopPct) / 100),
        entry * (1 + (up * risk.targetPct) / 100),
      ];
      for (let at = bar + 1; at < dates.length; at += 1) {
        const [o = 0, h = 0, l = 0, c = 0] = [open[at], high[at], low[at], close[at]];
        const [worst, best] = side === 'LONG' ? [l, h] : [h, l];
        let exit: readonly [number, keyof typeof ended] | null = null;
        if (at > bar + 1 && up * (o - stop) <= 0) exit = [o, 'STOP'];
        else if (at > bar + 1 && up * (o - target) >= 0) exit = [o, 'TARGET'];
        else if (up * (worst - stop) <= 0) exit = [stop, 'STOP'];
        else if (up * (best - target) >= 0) exit = [target, 'TARGET'];
        else if (at - bar >= risk.maxHoldingBars) exit = [c, 'TIME'];
        if (exit === null) continue;
        const [price, reason] = exit;
        ended[reason] += 1;
        const borrowed = side === 'LONG' ? 0 : (3 * (at - bar)) / 252;
        results.push(
          side === 'LONG'
            ? 100 * ((price * 0.999) / (entry * 1.001) - 1)
            : (100 * (entry - price - 0.001 * (entry + price))) / entry - borrowed,
        );
        break;
      }
    }
    expect(TALLIED_EVERY).toBe(5);
    expect(results.length).toBeGreaterThan(5);
    const row = talliesOf(chart, strategies.BALANCED, options);
    expect(row).toHaveLength(TALLY_NUMBERS);
    const own = side === 'LONG' ? row.slice(0, 5) : row.slice(5);
    expect(own.slice(0, 4)).toEqual([
      ended.TARGET,
      ended.STOP,
      ended.TIME,
      results.filter((pct) => pct > 0).length,
    ]);
    expect((own[4] ?? 0) / 1e6).toBeCloseTo(
      results.reduce((sum, pct) => sum + pct, 0),
      5,
    );
    expect(own.every(Number.isInteger)).toBe(true);
  },
);

test('plans of a request that changes what a strategy decides are counted nowhere', () => {
  const chart = computeIndicators(randomWalk(4, 300), strategies.BALANCED);
  for (const changed of [
    { ...options, indicators: ['RSI' as const] },
    { ...options, categoryWeights: { TREND: 1.2 } },
    { ...options, overrides: { weights: { RSI: 2 } } },
  ])
    expect(talliesOf(chart, strategies.BALANCED, changed).every(Number.isNaN)).toBe(true);
});

test('without results and without cases the counts are zero and the means null', () => {
  const counts = { results: 0, tickers: 0 };
  const nothing = { cases: 0, targets: 0, stops: 0, timeouts: 0, meanResultPct: null, winRatePct: null };
  expect(universeRecord('SHORT', counts, [null, null, null, null, null])).toEqual({
    ...{ side: 'SHORT', results: 0, tickers: 0 },
    ...nothing,
  });
  expect(universeRecord('LONG', { results: 3, tickers: 0 }, [0, 0, 0, 0, 0])).toEqual({
    ...{ side: 'LONG', results: 3, tickers: 0 },
    ...nothing,
  });
  expect(universeRecord('LONG', { results: 3, tickers: 2 }, [2, 1, 1, 3, 6_000_000])).toMatchObject({
    ...{ cases: 4, meanResultPct: 1.5, winRatePct: 75, tickers: 2 },
  });
});
