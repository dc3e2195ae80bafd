import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BacktestSettings, runBacktest } from '../../../src/quant/backtest.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { signalsOf } from '../../../src/quant/signals.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import type { Strategy } from '../../../src/quant/strategy.ts';
import { flat, fromRows, type Row, randomWalk } from '../../support/series.ts';

const settings: BacktestSettings = {
  capital: 100_000,
  costBps: 10,
  maxOpenPositions: 1,
  categoryWeights: {},
  indicators: null,
};

/** Buys after every close that is higher than the one before: on-balance volume alone, no filters. Stop 2 %, target 4 %. */
const afterRises: Strategy = {
  ...strategies.BALANCED,
  weights: { OBV: 1 },
  filters: { TREND: { all: [] }, MOMENTUM: { all: [] } },
  risk: { ...strategies.BALANCED.risk, targetPct: 4, stopPct: 2, maxHoldingBars: 4, cooldownBars: 2 },
};

type Prices = readonly [open: number, high: number, low: number, close: number];
const WARM_UP = 60;

/** 60 flat bars at 100, then the window. */
function replay(window: readonly Prices[], changed: Partial<BacktestSettings> = {}, strategy = afterRises) {
  const still = Array.from({ length: WARM_UP }, (): Prices => [100, 100, 100, 100]);
  const rows = [...still, ...window].map(
    ([open, high, low, close]): Row => ({ open, high, low, close, volume: 1_000 }),
  );
  const candles = fromRows(rows);
  const result = runBacktest(computeIndicators(candles, strategy), WARM_UP, strategy, {
    ...settings,
    ...changed,
  });
  return { ...result, day: (bar: number) => candles.dates[WARM_UP + bar] };
}

const RISE: Prices = [100, 101, 100, 101];
const FALL: Prices = [101, 101, 100.5, 100.5];

describe('worked by hand', () => {
  test('a signal enters at the next open and leaves at the target, costs on both sides', () => {
    const { trades, metrics, curve, skipped, pending, day } = replay([
      RISE,
      [102, 103, 101.5, 102],
      [103, 107, 102.5, 105],
    ]);
    // 102 + 4 % = 106.08; bought at 102 x 1.001, sold at 106.08 x 0.999.
    const grown = (106.08 * 0.999) / (102 * 1.001);
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({
      signalDate: day(0),
      entryDate: day(1),
      entryPrice: 102,
      exitDate: day(2),
      exitReason: 'TARGET',
      gap: false,
      barsHeld: 2,
      verdict: 'STRONG_BUY',
      score: 1,
    });
    expect(trades[0]?.exitPrice).toBeCloseTo(106.08, 9);
    expect(trades[0]?.stop).toBeCloseTo(99.96, 9);
    expect(trades[0]?.grossPct).toBeCloseTo(4, 9);
    expect(trades[0]?.returnPct).toBeCloseTo(100 * (grown - 1), 9);
    // Bar 1 rises too while the position is open; bar 2 rises, is the last, and nothing is open at its close.
    expect(skipped).toEqual({ open: 1, cooldown: 0, noSlot: 0 });
    expect(pending).toBe(true);
    expect(curve.equity[0]).toBe(100_000);
    expect(curve.equity[1]).toBeCloseTo(100_000 / 1.001, 6);
    expect(curve.equity[2]).toBeCloseTo(100_000 * grown, 6);
    expect(metrics.totalReturnPct).toBeCloseTo(100 * (grown - 1), 9);
    expect(metrics.exposurePct).toBeCloseTo(200 / 3, 9);
  });

  test('a bar that opens below the stop fills at its open; one that opens above the target too', () => {
    const down = replay([RISE, [102, 103, 101.5, 102], [95, 96, 94, 95.5], [95, 95, 95, 95]]);
    expect(down.trades[0]).toMatchObject({ exitReason: 'STOP', gap: true, exitPrice: 95, barsHeld: 2 });
    const up = replay([RISE, [102, 103, 101.5, 102], [110, 111, 95, 100], [95, 95, 95, 95]]);
    expect(up.trades[0]).toMatchObject({ exitReason: 'TARGET', gap: true, exitPrice: 110, barsHeld: 2 });
  });

  test('stop and target touched in one bar is a stop, on the entry bar as well', () => {
    const later = replay([RISE, [100, 101, 99, 100], [100, 110, 97, 100]]);
    expect(later.trades[0]).toMatchObject({ exitReason: 'STOP', gap: false, exitPrice: 98, barsHeld: 2 });
    const atOnce = replay([RISE, [100, 110, 97, 100]]);
    expect(atOnce.trades[0]).toMatchObject({ exitReason: 'STOP', gap: false, exitPrice: 98, barsHeld: 1 });
  });

  test('the last bar a position may be held closes it; the entry bar counts', () => {
    const quiet: Prices = [100, 100, 100, 100];
    const { trades, day } = replay([RISE, quiet, quiet, quiet, quiet, quiet]);
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({
      exitReason: 'TIME',
      exitDate: day(4),
      exitPrice: 100,
      barsHeld: 4,
      grossPct: 0,
    });
    expect(trades[0]?.returnPct).toBeCloseTo(100 * (0.999 / 1.001 - 1), 9);
  });

  test('the end of the data closes at the last close, on the entry bar too, and frees no place', () => {
    const { trades, skipped, pending } = replay([RISE, [101, 102, 101, 102]]);
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({
      exitReason: 'END_OF_DATA',
      exitPrice: 102,
      entryPrice: 101,
      barsHeld: 1,
    });
    expect(pending).toBe(false);
    expect(skipped.open).toBe(1);
  });

  test('after a stop, the bar itself and the next are skipped; the one after signals again', () => {
    const { trades, skipped, pending, day } = replay([
      RISE,
      [100, 102, 97, 102], // entry, stopped, and higher: skipped
      [102, 103, 102, 103], // higher: skipped
      [103, 104, 103, 104], // higher: signals
      [104, 104, 104, 104],
      [104, 104, 104, 104],
    ]);
    expect(skipped).toEqual({ open: 0, cooldown: 2, noSlot: 0 });
    expect(trades.map(({ signalDate, exitReason }) => [signalDate, exitReason])).toEqual([
      [day(0), 'STOP'],
      [day(3), 'END_OF_DATA'],
    ]);
    expect(pending).toBe(false);
  });

  test('a target starts no cool-down', () => {
    const { trades, skipped } = replay([RISE, [100, 105, 100, 102], [102, 102, 102, 102]]);
    expect(trades.map(({ exitReason }) => exitReason)).toEqual(['TARGET', 'END_OF_DATA']);
    expect(skipped.cooldown).toBe(0);
  });

  test('overlapping positions share the equity; a signal without a free slot is skipped', () => {
    const { trades, skipped, curve } = replay(
      [RISE, [101, 102, 101, 102], [102, 103, 102, 103], [103, 104, 103, 104]],
      { maxOpenPositions: 2, costBps: 0 },
    );
    // Bar 1: half of 100,000 at 101. Bar 2, at its open 102: half of 50,000 + 50,000 x 102/101, but at most the cash of 50,000.
    const second = Math.min((50_000 + (50_000 * 102) / 101) / 2, 50_000);
    expect(trades.map(({ entryPrice }) => entryPrice)).toEqual([101, 102]);
    expect(skipped).toEqual({ open: 0, cooldown: 0, noSlot: 2 });
    expect(curve.equity[3]).toBeCloseTo((50_000 * 104) / 101 + (second * 104) / 102 + (50_000 - second), 6);
  });

  test('buying and holding pays the same costs', () => {
    const { buyAndHold } = replay([[100, 101, 100, 101], FALL, [100, 111, 100, 110]]);
    expect(buyAndHold.metrics.totalReturnPct).toBeCloseTo(100 * ((1.1 * 0.999) / 1.001 - 1), 9);
    expect(buyAndHold.metrics.maxDrawdownPct).toBeCloseTo(100 * (1 - 100.5 / 101), 9);
    expect(buyAndHold.metrics.cagrPct).toBeNull();
    expect(buyAndHold.curve.equity).toHaveLength(3);
  });
});

describe('a backtest', () => {
  test('without trades has the same shape, and null for what is undefined', () => {
    const candles = flat(120);
    const chart = computeIndicators(candles, strategies.BALANCED);
    const result = runBacktest(chart, 60, strategies.BALANCED, settings);
    expect(result.trades).toEqual([]);
    expect(result.pending).toBe(false);
    expect(result.skipped).toEqual({ open: 0, cooldown: 0, noSlot: 0 });
    expect(result.metrics).toEqual({
      trades: 0,
      wins: 0,
      losses: 0,
      totalReturnPct: 0,
      cagrPct: 0,
      maxDrawdownPct: 0,
      peakDate: null,
      troughDate: null,
      winRatePct: null,
      profitFactor: null,
      avgWinPct: null,
      avgLossPct: null,
      expectancyPct: null,
      bestPct: null,
      worstPct: null,
      sharpe: null,
      exposurePct: 0,
      longestWinStreak: 0,
      longestLossStreak: 0,
    });
    expect([...result.curve.equity]).toEqual(Array.from({ length: 60 }, () => 100_000));
    expect(result.buyAndHold.curve.equity).toHaveLength(60);
  });

  test('of a short history starts to signal at its 50th bar and says so', () => {
    const candles = randomWalk(3, 200);
    const chart = computeIndicators(candles, afterRises);
    const result = runBacktest(chart, 10, afterRises, settings);
    expect(result.firstDate).toBe(candles.dates[10]);
    expect(result.tradableFrom).toBe(candles.dates[49]);
    expect(result.trades.length).toBeGreaterThan(5);
    expect(result.trades.every(({ signalDate }) => signalDate >= (candles.dates[49] ?? ''))).toBe(true);
    const tooShort = computeIndicators(sliceCandles(candles, 0, 30), afterRises);
    expect(runBacktest(tooShort, 10, afterRises, settings)).toMatchObject({ tradableFrom: null, trades: [] });
  });

  test('decides nothing by later bars: cutting the data changes no trade, skip or equity before the cut', () => {
    let compared = 0;
    const ofEach = (strategy: Strategy) =>
      fc.property(
        fc.integer(),
        fc.integer({ min: 70, max: 298 }),
        fc.constantFrom(1, 3),
        fc.constantFrom('LONG' as const, 'SHORT' as const, 'BOTH' as const),
        (seed, cut, maxOpenPositions, sides) => {
          const candles = randomWalk(seed, 300);
          const options = { ...settings, maxOpenPositions, sides };
          const whole = runBacktest(computeIndicators(candles, strategy), 60, strategy, options);
          const part = sliceCandles(candles, 0, cut + 1);
          const cutOff = runBacktest(computeIndicators(part, strategy), 60, strategy, options);
          const day = candles.dates[cut] ?? '';
          const before = whole.trades.filter(({ exitDate }) => exitDate <= day);
          const kept = cutOff.trades.filter(({ exitReason }) => exitReason !== 'END_OF_DATA');
          expect(kept).toEqual(before);
          // What the end closed early is what the whole run still holds, entered alike.
          const entries = (trades: typeof whole.trades) =>
            trades
              .filter(({ entryDate }) => entryDate <= day)
              .map(({ side, signalDate, entryDate, entryPrice, stop, target }) => ({
                side,
                signalDate,
                entryDate,
                entryPrice,
                stop,
                target,
              }))
              .sort((a, b) => a.entryDate.localeCompare(b.entryDate));
          expect(entries(cutOff.trades)).toEqual(entries(whole.trades));
          expect(cutOff.pending).toBe(
            whole.trades.some(({ signalDate, entryDate }) => signalDate <= day && entryDate > day),
          );
          expect([...cutOff.curve.equity].slice(0, -1)).toEqual([...whole.curve.equity.slice(0, cut - 60)]);
          // Every signal up to the cut, as the whole series sees it, became a skip, an entry or the pending one.
          const signalAt = signalsOf(computeIndicators(candles, strategy), strategy, options);
          const traded = { LONG: /BUY$/, SHORT: /SELL$/, BOTH: /BUY$|SELL$/ }[sides];
          let signals = 0;
          for (let bar = 60; bar <= cut; bar += 1)
            if (traded.test(signalAt(bar)?.verdict ?? '')) signals += 1;
          const { open, cooldown, noSlot } = cutOff.skipped;
          const entered = cutOff.trades.length + Number(cutOff.pending);
          expect(open + cooldown + noSlot + entered).toBe(signals);
          compared += before.length;
        },
      );
    for (const strategy of [afterRises, ...strategyIds.map((id) => strategies[id])])
      fc.assert(ofEach(strategy), { numRuns: 40 });
    expect(compared).toBeGreaterThan(100);
    // 240 pairs of backtests: a second alone, more than five on a machine that does much else.
  }, 30_000);
});
