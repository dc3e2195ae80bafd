import type { AnalysisSettings } from './analyze.ts';
import { type Chart, operandAt } from './chart.ts';
import {
  barsPerYear,
  buyAndHold,
  type Curve,
  type Holding,
  type Metrics,
  measure,
  measureTrades,
  type TradeMetrics,
} from './performance.ts';
import {
  bracketOf,
  type Costs,
  type Exit,
  type ExitReason,
  exitAtOpen,
  exitWithin,
  openPosition,
  type Position,
  proceedsOf,
  worthOf,
} from './position.ts';
import { type Regime, regimeOf } from './regime.ts';
import type { Verdict } from './score.ts';
import {
  BORROW_PCT,
  borrowPerBar,
  MIN_BARS,
  netPct,
  type Side,
  type Sides,
  sideOf,
  sidesOf,
} from './side.ts';
import { type Signal, signalsOf } from './signals.ts';
import type { Strategy } from './strategy.ts';

export type { ExitReason };

export interface BacktestSettings extends Pick<AnalysisSettings, 'categoryWeights' | 'indicators'> {
  readonly capital: number;
  /** Per side, in hundredths of a percent. */
  readonly costBps: number;
  /** 1: one position at a time, which takes the whole equity. */
  readonly maxOpenPositions: number;
  /** Which signals open positions; absent: LONG. */
  readonly sides?: Sides | undefined;
  /** What borrowing the shares of a short costs a year, percent of their value at the entry; absent: `BORROW_PCT`. */
  readonly borrowPct?: number | undefined;
}

export interface Trade {
  readonly side: Side;
  readonly signalDate: string;
  readonly entryDate: string;
  readonly entryPrice: number;
  readonly exitDate: string;
  readonly exitPrice: number;
  readonly stop: number;
  readonly target: number;
  /** After costs and borrowing. */
  readonly returnPct: number;
  readonly grossPct: number;
  /** The entry bar is the first. */
  readonly barsHeld: number;
  readonly exitReason: ExitReason;
  /** Filled at an open that lay beyond stop or target. */
  readonly gap: boolean;
  /** Of the signal bar, as the following. */
  readonly score: number;
  readonly verdict: Verdict;
  readonly rsi: number | null;
  readonly adx: number | null;
  readonly volumeRatio: number | null;
  readonly regime: Regime;
}

export type Skipped = Readonly<Record<'open' | 'cooldown' | 'noSlot', number>>;

/** What the trades of one side have done. */
export interface SideResult extends TradeMetrics {
  readonly side: Side;
  /** Profit of the trades, percent of the capital at the start. Those of both sides add up to the total return. */
  readonly contributionPct: number;
  readonly skipped: Skipped;
}

export interface Backtest {
  readonly firstDate: string;
  readonly lastDate: string;
  /** The first bar that may signal: with 50 bars up to and including it. Null: there is none. */
  readonly tradableFrom: string | null;
  readonly trades: readonly Trade[];
  readonly skipped: Skipped;
  /** The last bar signalled: its entry lies in the future. */
  readonly pending: boolean;
  readonly metrics: Metrics;
  /** Of each side that was traded, longs first. */
  readonly bySide: readonly SideResult[];
  readonly curve: Curve;
  readonly buyAndHold: Holding;
}

interface Held extends Position {
  readonly signalBar: number;
  readonly signal: Signal;
  readonly entryBar: number;
}

/** What a run counts for each side. */
interface Tally {
  readonly skipped: Record<keyof Skipped, number>;
  stoppedOn: number;
  exposed: number;
  profit: number;
}

/**
 * Replays the analysis from bar `from` to the end of the chart: a signal is a verdict of the same rules on the bars up to it, the entry is the next open.
 * Bars before `from` only warm the indicators up. Throws RangeError when the window is empty.
 */
export function runBacktest(
  chart: Chart,
  from: number,
  strategy: Strategy,
  settings: BacktestSettings,
): Backtest {
  const { dates, open, close } = chart.candles;
  const last = dates.length - 1;
  if (!(from >= 0 && from <= last)) throw new RangeError(`no bar ${from} in ${dates.length} bars`);
  const { risk } = strategy;
  const { maxOpenPositions, capital, sides = 'LONG', borrowPct = BORROW_PCT } = settings;
  const costs: Costs = { cost: settings.costBps / 10_000, borrow: borrowPerBar(borrowPct, dates) };
  const signalAt = signalsOf(chart, strategy, settings);
  const tradable = Math.max(from, MIN_BARS - 1);
  const traded = sidesOf(sides);
  const tallies: Readonly<Record<Side, Tally>> = { LONG: newTally(), SHORT: newTally() };
  const trades: Trade[] = [];
  const equity = new Float64Array(last - from + 1);
  let cash = capital;
  let positions: Held[] = [];
  let order: { readonly bar: number; readonly side: Side; readonly signal: Signal } | null = null;
  let exposed = 0;

  /** The account at a price of a bar; borrowing of the bar is due at its close. */
  const worth = (prices: Float64Array, bar: number, isClose: boolean) =>
    positions.reduce(
      (sum, held) => sum + worthOf(held, prices[bar], bar - held.entryBar + (isClose ? 1 : 0), costs),
      cash,
    );
  const leave = (held: Held, bar: number, exit: Exit) => {
    const proceeds = proceedsOf(held, exit.price, bar - held.entryBar + 1, costs);
    cash += proceeds;
    const tally = tallies[held.side];
    tally.profit += proceeds - held.amount;
    if (exit.reason === 'STOP') tally.stoppedOn = bar;
    trades.push(toTrade(chart, held, bar, exit, costs));
  };
  /** Closes what `exitOf` finds an exit for, and keeps the rest. */
  const leaveWhere = (bar: number, exitOf: (held: Held) => Exit | null) => {
    if (positions.length === 0) return;
    positions = positions.filter((held) => {
      const exit = exitOf(held);
      if (exit !== null) leave(held, bar, exit);
      return exit === null;
    });
  };

  for (let bar = from; bar <= last; bar += 1) {
    const carried = positions;
    leaveWhere(bar, (held) => exitAtOpen(held, open[bar]));
    if (order !== null) {
      // Both sizes are known at this open: what is held is marked at it.
      const amount = Math.min(worth(open, bar, false) / maxOpenPositions, cash);
      const atr = operandAt(chart, order.bar, { indicator: 'ATR', line: 'atr' });
      const bracket = bracketOf(order.side, open[bar], risk, atr);
      // A short can lose more than the account has; then nothing is left to open a position with.
      if (amount < 0) tallies[order.side].skipped.noSlot += 1;
      else {
        const position = openPosition(bracket, amount, costs);
        positions = [
          ...positions,
          { ...position, signalBar: order.bar, signal: order.signal, entryBar: bar },
        ];
        cash -= amount;
      }
      order = null;
    }
    if (carried.length > 0 || positions.length > 0) exposed += 1;
    for (const side of traded) {
      const isOfSide = (held: Held) => held.side === side;
      if (carried.some(isOfSide) || positions.some(isOfSide)) tallies[side].exposed += 1;
    }
    leaveWhere(bar, (held) =>
      exitWithin(held, chart.candles, bar, bar - held.entryBar + 1 >= risk.maxHoldingBars),
    );

    const signal = bar >= tradable ? signalAt(bar) : null;
    const side = signal === null ? null : sideOf[signal.verdict];
    if (signal !== null && side !== null && traded.includes(side)) {
      const { skipped, stoppedOn } = tallies[side];
      if (bar < stoppedOn + risk.cooldownBars) skipped.cooldown += 1;
      else if (positions.length < maxOpenPositions) order = { bar, side, signal };
      else if (maxOpenPositions === 1) skipped.open += 1;
      else skipped.noSlot += 1;
    }
    // After the signal: that the data end here must not free a place for it.
    if (bar === last) leaveWhere(bar, () => ({ price: close[bar], reason: 'END_OF_DATA', gap: false }));
    equity[bar - from] = worth(close, bar, true);
  }

  const curve = { dates: dates.slice(from), equity };
  const year = barsPerYear(dates);
  const metrics = measure(curve, capital, trades, exposed, year);
  const { LONG, SHORT } = tallies;
  const skipped = {
    open: LONG.skipped.open + SHORT.skipped.open,
    cooldown: LONG.skipped.cooldown + SHORT.skipped.cooldown,
    noSlot: LONG.skipped.noSlot + SHORT.skipped.noSlot,
  };
  const bySide =
    sides === 'BOTH'
      ? traded.map((side): SideResult => {
          const tally = tallies[side];
          const own = trades.filter((trade) => trade.side === side);
          return {
            side,
            ...measureTrades(own, tally.exposed, equity.length),
            contributionPct: (100 * tally.profit) / capital,
            skipped: tally.skipped,
          };
        })
      : [onlySide(sides, metrics, skipped)];
  return {
    firstDate: dates[from],
    lastDate: dates[last],
    tradableFrom: dates[tradable] ?? null,
    trades,
    skipped,
    pending: order !== null,
    metrics,
    bySide,
    curve,
    buyAndHold: buyAndHold(chart.candles, from, capital, costs.cost, year),
  };
}

/** Of a backtest of one side: its figures are those of the backtest. */
export function onlySide(side: Side, metrics: Metrics, skipped: Skipped): SideResult {
  const { totalReturnPct, cagrPct, maxDrawdownPct, peakDate, troughDate, sharpe, ...ofTrades } = metrics;
  return { side, ...ofTrades, contributionPct: totalReturnPct, skipped };
}

const newTally = (): Tally => ({
  skipped: { open: 0, cooldown: 0, noSlot: 0 },
  stoppedOn: Number.NEGATIVE_INFINITY,
  exposed: 0,
  profit: 0,
});

function toTrade(chart: Chart, held: Held, bar: number, exit: Exit, { cost, borrow }: Costs): Trade {
  const { dates } = chart.candles;
  const { side, signalBar, signal, entryBar, entry, stop, target } = held;
  const adx = operandAt(chart, signalBar, { indicator: 'ADX', line: 'adx' });
  const barsHeld = bar - entryBar + 1;
  return {
    side,
    signalDate: dates[signalBar],
    entryDate: dates[entryBar],
    entryPrice: entry,
    exitDate: dates[bar],
    exitPrice: exit.price,
    stop,
    target,
    returnPct: netPct(side, { entry, exit: exit.price }, { cost, borrow: borrow * barsHeld }),
    grossPct: side === 'LONG' ? 100 * (exit.price / entry - 1) : 100 * (1 - exit.price / entry),
    barsHeld,
    exitReason: exit.reason,
    gap: exit.gap,
    score: signal.score,
    verdict: signal.verdict,
    rsi: operandAt(chart, signalBar, { indicator: 'RSI', line: 'rsi' }),
    adx,
    volumeRatio: operandAt(chart, signalBar, 'VOLUME_RATIO'),
    regime: regimeOf(adx),
  };
}
