import { expect, test } from 'vitest';
import { assess } from '../../../src/quant/analyze.ts';
import { runBacktest } from '../../../src/quant/backtest.ts';
import { type Candles, sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import type { Strategy } from '../../../src/quant/strategy.ts';
import { readAapl } from '../../support/series.ts';

type Side = 'LONG' | 'SHORT';
interface Terms {
  readonly sides: readonly Side[];
  readonly positions: number;
  readonly borrowPct: number;
  readonly costBps: number;
}
interface Lot {
  readonly side: Side;
  readonly first: number;
  readonly shares: number;
  readonly price: number;
  readonly stop: number;
  readonly target: number;
  /** Money of the broker's account that the lot has moved until now. */
  flow: number;
  readonly put: number;
}

/**
 * The account as a broker keeps it: one balance, to which sales add and from which purchases, fees and borrowing take, and shares that are negative
 * when they are owed. Equity is the balance and the worth of the shares. Written from the rules of docs/backtests.md, with nothing of the engine.
 */
function keepAccount(
  candles: Candles,
  from: number,
  risk: Strategy['risk'],
  signals: (Side | null)[],
  terms: Terms,
) {
  const { open, high, low, close, dates } = candles;
  const at = (prices: Float64Array, bar: number) => prices[bar] ?? Number.NaN;
  const fee = terms.costBps / 10_000;
  const trades: {
    side: Side;
    entryDate?: string;
    exitDate?: string;
    exitPrice: number;
    exitReason: string;
    net: number;
  }[] = [];
  const equity: number[] = [];
  const stopped: Record<Side, number> = { LONG: -1e9, SHORT: -1e9 };
  let balance = 100_000;
  let lots: Lot[] = [];
  let next: Side | null = null;
  const move = (lot: Lot, money: number) => {
    balance += money;
    lot.flow += money;
  };
  const signed = ({ side, shares }: Lot) => (side === 'LONG' ? shares : -shares);
  const total = (prices: Float64Array, bar: number) =>
    balance + lots.reduce((sum, lot) => sum + signed(lot) * at(prices, bar), 0);
  // Of a short the proceeds and as much again are locked, less what it has already cost.
  const locked = () => lots.reduce((sum, lot) => sum + (lot.side === 'SHORT' ? lot.put + lot.flow : 0), 0);
  const settle = (lot: Lot, bar: number, price: number, reason: string) => {
    const paid = lot.shares * price;
    if (lot.side === 'SHORT') move(lot, (-lot.shares * lot.price * terms.borrowPct) / 100 / 252);
    move(lot, lot.side === 'LONG' ? paid - paid * fee : -paid - paid * fee);
    lots = lots.filter((other) => other !== lot);
    if (reason === 'STOP') stopped[lot.side] = bar;
    const [entryDate, exitDate] = [dates[lot.first], dates[bar]];
    const net = (100 * lot.flow) / lot.put;
    trades.push({
      side: lot.side,
      entryDate,
      exitDate,
      exitPrice: price,
      exitReason: reason,
      net,
    } as (typeof trades)[number]);
  };
  for (let bar = from; bar < dates.length; bar += 1) {
    for (const lot of lots) {
      const [o, up] = [at(open, bar), lot.side === 'LONG' ? 1 : -1];
      if (up * o <= up * lot.stop) settle(lot, bar, o, 'STOP');
      else if (up * o >= up * lot.target) settle(lot, bar, o, 'TARGET');
    }
    if (next !== null) {
      const price = at(open, bar);
      const put = Math.min(total(open, bar) / terms.positions, balance - locked());
      const away = next === 'LONG' ? 1 : -1;
      const lot: Lot = {
        side: next,
        first: bar,
        price,
        shares: next === 'LONG' ? put / (price + price * fee) : put / price,
        stop: price - (away * price * risk.stopPct) / 100,
        target: price + (away * price * risk.targetPct) / 100,
        flow: 0,
        put,
      };
      move(lot, next === 'LONG' ? -put : put - put * fee);
      lots.push(lot);
      next = null;
    }
    for (const lot of [...lots]) {
      const isLong = lot.side === 'LONG';
      if (isLong ? at(low, bar) <= lot.stop : at(high, bar) >= lot.stop) settle(lot, bar, lot.stop, 'STOP');
      else if (isLong ? at(high, bar) >= lot.target : at(low, bar) <= lot.target)
        settle(lot, bar, lot.target, 'TARGET');
      else if (bar - lot.first + 1 === risk.maxHoldingBars) settle(lot, bar, at(close, bar), 'TIME');
    }
    const side = signals[bar] ?? null;
    if (side !== null && terms.sides.includes(side) && bar - stopped[side] >= risk.cooldownBars)
      if (lots.length < terms.positions) next = side;
    if (bar === dates.length - 1)
      for (const lot of [...lots]) settle(lot, bar, at(close, bar), 'END_OF_DATA');
    for (const lot of lots)
      if (lot.side === 'SHORT') move(lot, (-lot.shares * lot.price * terms.borrowPct) / 100 / 252);
    equity.push(total(close, bar));
  }
  return { trades, equity };
}

const candles = sliceCandles(readAapl(), 0, 900);
const FROM = 200;

test.each(strategyIds)('%s on both sides is what an account of a broker comes to', (id) => {
  const strategy: Strategy = { ...strategies[id], risk: { ...strategies[id].risk, atrStop: null } };
  const chart = computeIndicators(candles, strategy);
  const shared = { categoryWeights: {}, indicators: null };
  const asked = { ...shared, riskPct: null, positionMaxPct: null, minRiskReward: null, tick: '0.01' };
  const signals = candles.dates.map((_, bar): Side | null => {
    if (bar < FROM) return null;
    const { verdict } = assess(chart, bar, strategy, { ...asked, capital: '100000' });
    return verdict.endsWith('BUY') ? 'LONG' : verdict.endsWith('SELL') ? 'SHORT' : null;
  });
  let shorts = 0;
  for (const sides of ['SHORT', 'BOTH'] as const)
    for (const positions of [1, 3]) {
      const terms = { costBps: 15, borrowPct: 40, positions };
      const settings = { ...shared, ...terms, sides, capital: 100_000, maxOpenPositions: positions };
      const tested = runBacktest(chart, FROM, strategy, settings);
      const both: readonly Side[] = sides === 'BOTH' ? ['LONG', 'SHORT'] : ['SHORT'];
      const expected = keepAccount(candles, FROM, strategy.risk, signals, { ...terms, sides: both });
      expect(
        tested.trades.map(({ side, entryDate, exitDate, exitReason }) => [
          side,
          entryDate,
          exitDate,
          exitReason,
        ]),
      ).toEqual(
        expected.trades.map(({ side, entryDate, exitDate, exitReason }) => [
          side,
          entryDate,
          exitDate,
          exitReason,
        ]),
      );
      for (const [i, trade] of tested.trades.entries()) {
        expect(trade.returnPct).toBeCloseTo(expected.trades[i]?.net ?? Number.NaN, 8);
        expect(trade.exitPrice).toBeCloseTo(expected.trades[i]?.exitPrice ?? Number.NaN, 8);
      }
      for (const [i, worth] of tested.curve.equity.entries())
        expect(worth).toBeCloseTo(expected.equity[i] ?? Number.NaN, 4);
      shorts += tested.trades.filter(({ side }) => side === 'SHORT').length;
    }
  expect(shorts).toBeGreaterThan(10);
});
