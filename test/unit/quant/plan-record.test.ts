import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assess } from '../../../src/quant/analyze.ts';
import { runBacktest } from '../../../src/quant/backtest.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { recordPlans } from '../../../src/quant/plan-record.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { readAapl } from '../../support/series.ts';

const settings = { categoryWeights: {}, indicators: null };
const aapl = sliceCandles(readAapl(), 0, 800);
const record = (id: (typeof strategyIds)[number], side: 'LONG' | 'SHORT', candles = aapl) =>
  recordPlans(computeIndicators(candles, strategies[id]), strategies[id], side, settings);

test.each(strategyIds)(
  'the first trade of a backtest of %s is a case of the record with the same result',
  (id) => {
    const chart = computeIndicators(aapl, strategies[id]);
    const backtest = runBacktest(chart, 49, strategies[id], {
      ...settings,
      ...{ capital: 100_000, costBps: 10, maxOpenPositions: 1 },
    });
    const [trade] = backtest.trades;
    if (trade === undefined || trade.exitReason === 'END_OF_DATA') throw new Error('no trade');
    // The series up to the exit has the trade, and cases of neighbouring signals that ended by then.
    const end = aapl.dates.indexOf(trade.exitDate) + 1;
    const [before, after] = [end - 1, end].map((bars) => record(id, 'LONG', sliceCandles(aapl, 0, bars)));
    const gained = (after?.cases ?? 0) - (before?.cases ?? 0);
    expect(gained).toBeGreaterThan(0);
    if (gained === 1 && before !== undefined && after !== undefined) {
      const sum = (one: typeof after) => one.cases * (one.meanResultPct ?? 0);
      expect(sum(after) - sum(before)).toBeCloseTo(trade.returnPct, 6);
    }
  },
);

test('cases are counted by how they ended, longs and shorts apart', () => {
  for (const side of ['LONG', 'SHORT'] as const) {
    const { cases, targets, stops, timeouts, meanResultPct, winRatePct } = record('BALANCED', side);
    expect(cases).toBeGreaterThan(10);
    expect(targets + stops + timeouts).toBe(cases);
    expect(Math.abs(meanResultPct ?? Number.NaN)).toBeLessThan(5);
    expect(winRatePct).toBeGreaterThan(0);
  }
});

test('shorts are those that the plain rules give', () => {
  const { open, high, low, close, dates } = aapl;
  const { risk } = strategies.BALANCED;
  const chart = computeIndicators(aapl, strategies.BALANCED);
  const results: number[] = [];
  const asked = {
    ...settings,
    capital: '100000',
    riskPct: null,
    positionMaxPct: null,
    minRiskReward: null,
    tick: '0.01',
  };
  for (let bar = 49; bar < dates.length - 1; bar += 1) {
    if (!assess(chart, bar, strategies.BALANCED, asked).verdict.endsWith('SELL')) continue;
    const entry = open[bar + 1] ?? 0;
    const [stop, target] = [entry * (1 + risk.stopPct / 100), entry * (1 - risk.targetPct / 100)];
    for (let at = bar + 1; at < dates.length; at += 1) {
      const [o = 0, h = 0, l = 0, c = 0] = [open[at], high[at], low[at], close[at]];
      let exit: number | null = null;
      if (at > bar + 1 && (o >= stop || o <= target)) exit = o;
      else if (h >= stop) exit = stop;
      else if (l <= target) exit = target;
      else if (at - bar >= risk.maxHoldingBars) exit = c;
      if (exit === null) continue;
      const costs = 0.001 * (entry + exit);
      results.push((100 * (entry - exit - costs)) / entry - (3 * (at - bar)) / 252);
      break;
    }
  }
  const shorts = record('BALANCED', 'SHORT');
  expect(shorts.cases).toBe(results.length);
  expect(shorts.meanResultPct).toBeCloseTo(results.reduce((sum, x) => sum + x, 0) / results.length, 9);
});

test('a case that has ended never changes by what comes later', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 799 }),
      fc.constantFrom('LONG' as const, 'SHORT' as const),
      (bars, side) => {
        const early = record('BALANCED', side, sliceCandles(aapl, 0, bars));
        const later = record('BALANCED', side, sliceCandles(aapl, 0, bars + 1));
        for (const name of ['cases', 'targets', 'stops', 'timeouts'] as const)
          expect(later[name]).toBeGreaterThanOrEqual(early[name]);
      },
    ),
    { numRuns: 40 },
  );
});

test('without a case there is no mean', () => {
  expect(record('BALANCED', 'LONG', sliceCandles(aapl, 0, 50))).toEqual({
    side: 'LONG',
    ...{ cases: 0, targets: 0, stops: 0, timeouts: 0, meanResultPct: null, winRatePct: null },
  });
});
