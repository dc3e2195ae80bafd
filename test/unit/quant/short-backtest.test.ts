import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BacktestSettings, runBacktest } from '../../../src/quant/backtest.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { borrowPerBar } from '../../../src/quant/side.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';
import type { Strategy } from '../../../src/quant/strategy.ts';
import { fromRows, type Row, randomWalk } from '../../support/series.ts';

const settings: BacktestSettings = {
  capital: 100_000,
  costBps: 10,
  maxOpenPositions: 1,
  categoryWeights: {},
  indicators: null,
  sides: 'SHORT',
  borrowPct: 3.65,
};

/** Buys after every close that is higher than the one before, and sells after every lower one. Stop 2 %, target 4 %. */
const afterMoves: Strategy = {
  ...strategies.BALANCED,
  weights: { OBV: 1 },
  filters: { TREND: { all: [] }, MOMENTUM: { all: [] } },
  risk: {
    ...strategies.BALANCED.risk,
    ...{ targetPct: 4, stopPct: 2, atrStop: null, maxHoldingBars: 4, cooldownBars: 2 },
  },
};

type Prices = readonly [open: number, high: number, low: number, close: number];
const WARM_UP = 60;

/** 60 flat bars at 100, one per calendar day, then the window. A year has 365 bars: borrowing at 3.65 % a year costs 0.01 % a bar. */
function replay(window: readonly Prices[], changed: Partial<BacktestSettings> = {}, strategy = afterMoves) {
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

const FALL: Prices = [100, 100, 99, 99];
const RISE: Prices = [100, 101, 100, 101];
const QUIET: Prices = [100, 100, 100, 100];

describe('a short worked by hand', () => {
  test('enters at the open after a sell signal and leaves at the target below, after costs and borrowing', () => {
    const { trades, metrics, curve, bySide, day } = replay([FALL, [100, 101, 99, 100], [98, 99, 95, 97]]);
    // Sold at 100 x 0.999, bought back at 96 x 1.001, two bars borrowed at 0.01 % of 100.
    const net = 100 * 0.999 - 96 * 1.001 - 2 * 0.01;
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({
      side: 'SHORT',
      signalDate: day(0),
      entryDate: day(1),
      entryPrice: 100,
      exitDate: day(2),
      exitPrice: 96,
      stop: 102,
      target: 96,
      exitReason: 'TARGET',
      gap: false,
      barsHeld: 2,
      verdict: 'STRONG_SELL',
      score: -1,
    });
    expect(trades[0]?.grossPct).toBeCloseTo(4, 9);
    expect(trades[0]?.returnPct).toBeCloseTo(net, 9);
    // At the close of the entry bar: the costs of the sale and one bar of borrowing are paid.
    expect(curve.equity[0]).toBe(100_000);
    expect(curve.equity[1]).toBeCloseTo(100_000 - 100 - 10, 6);
    expect(curve.equity[2]).toBeCloseTo(100_000 * (1 + net / 100), 6);
    expect(metrics.totalReturnPct).toBeCloseTo(net, 9);
    expect(bySide).toMatchObject([
      { side: 'SHORT', trades: 1, wins: 1, contributionPct: metrics.totalReturnPct },
    ]);
  });

  test('an open above the stop or below the target fills at that open', () => {
    const up = replay([FALL, QUIET, [105, 106, 94, 100], QUIET]);
    expect(up.trades[0]).toMatchObject({ exitReason: 'STOP', gap: true, exitPrice: 105, barsHeld: 2 });
    const down = replay([FALL, QUIET, [90, 106, 89, 100], QUIET]);
    expect(down.trades[0]).toMatchObject({ exitReason: 'TARGET', gap: true, exitPrice: 90, barsHeld: 2 });
  });

  test('stop and target touched in one bar is a stop, on the entry bar as well', () => {
    const later = replay([FALL, QUIET, [100, 103, 90, 100]]);
    expect(later.trades[0]).toMatchObject({ exitReason: 'STOP', gap: false, exitPrice: 102, barsHeld: 2 });
    const atOnce = replay([FALL, [100, 103, 90, 100]]);
    expect(atOnce.trades[0]).toMatchObject({ exitReason: 'STOP', gap: false, exitPrice: 102, barsHeld: 1 });
  });

  test('is closed after the bars that it may be held, and pays borrowing for each of them', () => {
    const { trades } = replay([FALL, QUIET, QUIET, QUIET, QUIET, QUIET]);
    expect(trades[0]).toMatchObject({ exitReason: 'TIME', exitPrice: 100, barsHeld: 4, grossPct: 0 });
    expect(trades[0]?.returnPct).toBeCloseTo(-0.2 - 4 * 0.01, 9);
    const free = replay([FALL, QUIET, QUIET, QUIET, QUIET, QUIET], { borrowPct: 0 });
    expect(free.trades[0]?.returnPct).toBeCloseTo(-0.2, 9);
    const usual = replay([FALL, QUIET, QUIET, QUIET, QUIET, QUIET], { borrowPct: undefined });
    expect(usual.trades[0]?.returnPct).toBeCloseTo(-0.2 - (4 * 3) / 365, 9);
  });

  test('that loses more than the account has leaves it below zero, and nothing is opened after that', () => {
    const { trades, metrics, curve, skipped } = replay([
      FALL,
      QUIET,
      [250, 250, 249, 249],
      QUIET,
      ...Array.from({ length: 30 }, (): Prices => [100, 100, 98, 98]),
      ...Array.from({ length: 3 }, (): Prices => [97, 97, 97, 97]),
    ]);
    expect(trades).toHaveLength(1);
    expect(trades[0]?.returnPct).toBeLessThan(-150);
    expect(curve.equity.at(-1)).toBeLessThan(-50_000);
    expect(skipped.noSlot).toBeGreaterThan(1);
    expect(metrics.totalReturnPct).toBeLessThan(-150);
    expect(metrics.maxDrawdownPct).toBeGreaterThan(150);
    expect(metrics.cagrPct).toBeNull();
    expect(metrics.sharpe).toBeNull();
  });

  test('a stop starts a cool-down for its own side alone', () => {
    const { trades, bySide, day } = replay([FALL, [100, 102, 98, 101], [101, 101, 100, 100], QUIET, QUIET], {
      sides: 'BOTH',
    });
    // Bar 1 stops the short and closes higher: a buy. Bar 2 closes lower: a sell within the cool-down of shorts, while the long is open.
    expect(trades.map(({ side, signalDate }) => [side, signalDate])).toEqual([
      ['SHORT', day(0)],
      ['LONG', day(1)],
    ]);
    expect(bySide.map(({ side, skipped }) => [side, skipped.cooldown])).toEqual([
      ['LONG', 0],
      ['SHORT', 1],
    ]);
  });
});

describe('sides', () => {
  test('a sell signal closes no long and a buy signal no short; both wait for a free position', () => {
    const { trades, skipped, bySide } = replay([RISE, [101, 101, 100, 100], RISE, [101, 101, 100, 100]], {
      sides: 'BOTH',
    });
    expect(trades).toMatchObject([{ side: 'LONG', exitReason: 'END_OF_DATA' }]);
    expect(skipped.open).toBe(3);
    expect(bySide.map(({ side, trades, skipped }) => [side, trades, skipped.open])).toEqual([
      ['LONG', 1, 1],
      ['SHORT', 0, 2],
    ]);
  });

  test('LONG is the default, and of one side the figures are those of the backtest', () => {
    const candles = randomWalk(5, 400);
    const chart = computeIndicators(candles, afterMoves);
    const { sides: _none, borrowPct: _rate, ...released } = settings;
    expect(runBacktest(chart, 60, afterMoves, released)).toEqual(
      runBacktest(chart, 60, afterMoves, { ...settings, sides: 'LONG', borrowPct: 50 }),
    );
    for (const sides of ['LONG', 'SHORT'] as const) {
      const { bySide, metrics, skipped, trades } = runBacktest(chart, 60, afterMoves, { ...settings, sides });
      expect(trades.length).toBeGreaterThan(20);
      expect(trades.every(({ side }) => side === sides)).toBe(true);
      const { totalReturnPct, cagrPct, maxDrawdownPct, peakDate, troughDate, sharpe, ...ofTrades } = metrics;
      expect(bySide).toEqual([{ side: sides, ...ofTrades, contributionPct: totalReturnPct, skipped }]);
    }
  });

  test('with room for every signal, both sides together trade what each trades alone, and their contributions add up', () => {
    const held: Strategy = { ...afterMoves, risk: { ...afterMoves.risk, maxHoldingBars: 3 } };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const chart = computeIndicators(randomWalk(seed, 250), held);
        const run = (sides: 'LONG' | 'SHORT' | 'BOTH') =>
          runBacktest(chart, 60, held, { ...settings, sides, maxOpenPositions: 20 });
        const [long, short, both] = [run('LONG'), run('SHORT'), run('BOTH')];
        for (const one of [long, short])
          expect(both.trades.filter(({ side }) => side === one.bySide[0]?.side)).toEqual(one.trades);
        expect(both.trades).toHaveLength(long.trades.length + short.trades.length);
        const { bySide, metrics, skipped } = both;
        const total = (of: (side: (typeof bySide)[number]) => number) =>
          bySide.reduce((sum, side) => sum + of(side), 0);
        expect(total(({ contributionPct }) => contributionPct)).toBeCloseTo(metrics.totalReturnPct, 8);
        expect(total(({ wins }) => wins)).toBe(metrics.wins);
        expect(total(({ trades }) => trades)).toBe(metrics.trades);
        expect(total((side) => side.skipped.cooldown)).toBe(skipped.cooldown);
      }),
      { numRuns: 30 },
    );
  });
});

/** The series with every price mirrored at a price: rises become falls of the same size. */
function mirror({ dates, open, high, low, close, volume }: Candles, at: number): Candles {
  const mirrored = (prices: Float64Array) => prices.map((price) => 2 * at - price);
  return {
    dates,
    volume,
    open: mirrored(open),
    high: mirrored(low),
    low: mirrored(high),
    close: mirrored(close),
  };
}

test('a short is the mirror image of a long on the series that is mirrored at its entry', () => {
  const widened: Strategy = {
    ...afterMoves,
    risk: { ...afterMoves.risk, targetPct: 3, atrStop: { multiple: 1.2, capPct: 6 } },
  };
  const free = { ...settings, costBps: 0, borrowPct: 0 };
  const seen = new Set<string>();
  let compared = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const candles = randomWalk(seed, 220);
    const shorts = runBacktest(computeIndicators(candles, widened), 60, widened, free);
    for (const short of shorts.trades) {
      const image = mirror(candles, short.entryPrice);
      if (Math.min(...image.low) <= 0) continue;
      const from = candles.dates.indexOf(short.signalDate);
      const chart = computeIndicators(image, widened);
      const [long] = runBacktest(chart, from, widened, { ...free, sides: 'LONG' }).trades;
      expect(long).toMatchObject({
        signalDate: short.signalDate,
        entryDate: short.entryDate,
        exitDate: short.exitDate,
        exitReason: short.exitReason,
        gap: short.gap,
        barsHeld: short.barsHeld,
      });
      expect(long?.exitPrice).toBeCloseTo(2 * short.entryPrice - short.exitPrice, 8);
      expect(long?.stop).toBeCloseTo(2 * short.entryPrice - short.stop, 8);
      expect(long?.returnPct).toBeCloseTo(short.returnPct, 8);
      expect(long?.grossPct).toBeCloseTo(short.grossPct, 8);
      seen.add(`${short.exitReason} ${short.gap}`);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(100);
  expect([...seen].sort()).toEqual(
    expect.arrayContaining(['STOP false', 'STOP true', 'TARGET false', 'TARGET true', 'TIME false']),
  );
});

test('what a bar of borrowing costs depends on the first 50 bars, not on what comes later', () => {
  const day = (n: number) => new Date(Date.UTC(2020, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
  const daily = Array.from({ length: 60 }, (_, n) => day(n));
  const thinned = [...daily, ...Array.from({ length: 200 }, (_, n) => day(67 + 7 * n))];
  expect(borrowPerBar(3.65, daily)).toBeCloseTo(0.0001, 12);
  expect(borrowPerBar(3.65, thinned)).toBe(borrowPerBar(3.65, daily));
  const weekly = Array.from({ length: 60 }, (_, n) => day(7 * n));
  expect(borrowPerBar(5.2, weekly)).toBeCloseTo(0.001, 12);
});
