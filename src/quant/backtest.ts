import type { AnalysisSettings } from './analyze.ts';
import { type Chart, operandAt } from './chart.ts';
import { barsPerYear, buyAndHold, type Curve, type Holding, type Metrics, measure } from './performance.ts';
import { type Regime, regimeOf } from './regime.ts';
import type { Verdict } from './score.ts';
import { type Signal, signalsOf } from './signals.ts';
import type { Strategy } from './strategy.ts';
import { stopDistancePct } from './trade-plan.ts';

export type ExitReason = 'STOP' | 'TARGET' | 'TIME' | 'END_OF_DATA';

export interface BacktestSettings extends Pick<AnalysisSettings, 'categoryWeights' | 'indicators'> {
  readonly capital: number;
  /** Per side, in hundredths of a percent. */
  readonly costBps: number;
  /** 1: one position at a time, which takes the whole equity. */
  readonly maxOpenPositions: number;
}

export interface Trade {
  readonly signalDate: string;
  readonly entryDate: string;
  readonly entryPrice: number;
  readonly exitDate: string;
  readonly exitPrice: number;
  readonly stop: number;
  readonly target: number;
  /** After costs. */
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

export interface Backtest {
  readonly firstDate: string;
  readonly lastDate: string;
  /** The first bar that may signal: with 50 bars up to and including it. Null: there is none. */
  readonly tradableFrom: string | null;
  readonly trades: readonly Trade[];
  readonly skipped: Readonly<Record<'open' | 'cooldown' | 'noSlot', number>>;
  /** The last bar signalled: its entry lies in the future. */
  readonly pending: boolean;
  readonly metrics: Metrics;
  readonly curve: Curve;
  readonly buyAndHold: Holding;
}

interface Position {
  readonly signalBar: number;
  readonly signal: Signal;
  readonly entryBar: number;
  readonly shares: number;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
}

interface Exit {
  readonly price: number;
  readonly reason: ExitReason;
  readonly gap: boolean;
}

const MIN_BARS = 50;

/**
 * Replays the analysis from bar `from` to the end of the chart: a signal is a buy verdict of the same rules on the bars up to it, the entry is the next open.
 * Bars before `from` only warm the indicators up. Long only. Throws RangeError when the window is empty.
 */
export function runBacktest(
  chart: Chart,
  from: number,
  strategy: Strategy,
  settings: BacktestSettings,
): Backtest {
  const { dates, open, high, low, close } = chart.candles;
  const last = dates.length - 1;
  if (!(from >= 0 && from <= last)) throw new RangeError(`no bar ${from} in ${dates.length} bars`);
  const { risk } = strategy;
  const cost = settings.costBps / 10_000;
  const signalAt = signalsOf(chart, strategy, settings);
  const tradable = Math.max(from, MIN_BARS - 1);
  const skipped = { open: 0, cooldown: 0, noSlot: 0 };
  const trades: Trade[] = [];
  const equity = new Float64Array(last - from + 1);
  let cash = settings.capital;
  let positions: Position[] = [];
  let order: { readonly bar: number; readonly signal: Signal } | null = null;
  let stoppedOn = Number.NEGATIVE_INFINITY;
  let exposed = 0;

  const worth = (prices: Float64Array, bar: number) =>
    positions.reduce((sum, { shares }) => sum + shares * prices[bar], cash);
  const sell = (position: Position, bar: number, exit: Exit) => {
    cash += position.shares * exit.price * (1 - cost);
    if (exit.reason === 'STOP') stoppedOn = bar;
    trades.push(toTrade(chart, position, bar, exit, cost));
  };
  /** Sells what `exitOf` finds an exit for, and keeps the rest. */
  const sellWhere = (bar: number, exitOf: (position: Position) => Exit | null) => {
    if (positions.length === 0) return;
    positions = positions.filter((position) => {
      const exit = exitOf(position);
      if (exit !== null) sell(position, bar, exit);
      return exit === null;
    });
  };

  for (let bar = from; bar <= last; bar += 1) {
    const carried = positions.length > 0;
    sellWhere(bar, ({ stop, target }) => {
      if (open[bar] <= stop) return { price: open[bar], reason: 'STOP', gap: true };
      return open[bar] >= target ? { price: open[bar], reason: 'TARGET', gap: true } : null;
    });
    if (order !== null) {
      // Both sizes are known at this open: what is held is marked at it.
      const amount = Math.min(worth(open, bar) / settings.maxOpenPositions, cash);
      const entry = open[bar];
      const atr = operandAt(chart, order.bar, { indicator: 'ATR', line: 'atr' });
      const stopPct = stopDistancePct(risk, atr, entry);
      positions.push({
        signalBar: order.bar,
        signal: order.signal,
        entryBar: bar,
        shares: amount / (entry * (1 + cost)),
        entry,
        stop: entry * (1 - stopPct / 100),
        target: entry * (1 + risk.targetPct / 100),
      });
      cash -= amount;
      order = null;
    }
    if (carried || positions.length > 0) exposed += 1;
    sellWhere(bar, ({ stop, target, entryBar }) => {
      if (low[bar] <= stop) return { price: stop, reason: 'STOP', gap: false };
      if (high[bar] >= target) return { price: target, reason: 'TARGET', gap: false };
      const held = bar - entryBar + 1;
      return held >= risk.maxHoldingBars ? { price: close[bar], reason: 'TIME', gap: false } : null;
    });

    const signal = bar >= tradable ? signalAt(bar) : null;
    if (signal !== null && (signal.verdict === 'BUY' || signal.verdict === 'STRONG_BUY')) {
      if (bar < stoppedOn + risk.cooldownBars) skipped.cooldown += 1;
      else if (positions.length < settings.maxOpenPositions) order = { bar, signal };
      else if (settings.maxOpenPositions === 1) skipped.open += 1;
      else skipped.noSlot += 1;
    }
    // After the signal: that the data end here must not free a place for it.
    if (bar === last) sellWhere(bar, () => ({ price: close[bar], reason: 'END_OF_DATA', gap: false }));
    equity[bar - from] = worth(close, bar);
  }

  const curve = { dates: dates.slice(from), equity };
  const year = barsPerYear(dates);
  return {
    firstDate: dates[from],
    lastDate: dates[last],
    tradableFrom: dates[tradable] ?? null,
    trades,
    skipped,
    pending: order !== null,
    metrics: measure(curve, settings.capital, trades, exposed, year),
    curve,
    buyAndHold: buyAndHold(chart.candles, from, settings.capital, cost, year),
  };
}

function toTrade(chart: Chart, position: Position, bar: number, exit: Exit, cost: number): Trade {
  const { dates } = chart.candles;
  const { signalBar, signal, entryBar, entry, stop, target } = position;
  const adx = operandAt(chart, signalBar, { indicator: 'ADX', line: 'adx' });
  return {
    signalDate: dates[signalBar],
    entryDate: dates[entryBar],
    entryPrice: entry,
    exitDate: dates[bar],
    exitPrice: exit.price,
    stop,
    target,
    returnPct: 100 * ((exit.price * (1 - cost)) / (entry * (1 + cost)) - 1),
    grossPct: 100 * (exit.price / entry - 1),
    barsHeld: bar - entryBar + 1,
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
