import type { Candles } from './candles.ts';
import type { Side } from './side.ts';
import type { Risk } from './strategy.ts';
import { stopDistancePct } from './trade-plan.ts';

export const EXIT_REASONS = ['STOP', 'TARGET', 'TIME', 'END_OF_DATA'] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

export interface Exit {
  readonly price: number;
  readonly reason: ExitReason;
  /** Filled at an open that lay beyond stop or target. */
  readonly gap: boolean;
}

/** Where a position is closed. Of a short all prices are mirrored at the entry: its stop is above, its target below. */
export interface Bracket {
  readonly side: Side;
  readonly entry: number;
  readonly stop: number;
  readonly target: number;
}

export function bracketOf(side: Side, entry: number, risk: Risk, atr: number | null): Bracket {
  const stopPct = stopDistancePct(risk, atr, entry);
  return side === 'LONG'
    ? { side, entry, stop: entry * (1 - stopPct / 100), target: entry * (1 + risk.targetPct / 100) }
    : { side, entry, stop: entry * (1 + stopPct / 100), target: entry * (1 - risk.targetPct / 100) };
}

/** The exit at the open of a bar after the entry bar: at the open, when it lies beyond stop or target. */
export function exitAtOpen({ side, stop, target }: Bracket, open: number): Exit | null {
  const isLong = side === 'LONG';
  if (isLong ? open <= stop : open >= stop) return { price: open, reason: 'STOP', gap: true };
  return (isLong ? open >= target : open <= target) ? { price: open, reason: 'TARGET', gap: true } : null;
}

/** The exit after the open of a bar: the stop, before the target when the bar touches both, then the close of the last bar that it may be held. */
export function exitWithin(
  { side, stop, target }: Bracket,
  { high, low, close }: Candles,
  bar: number,
  isLastBar: boolean,
): Exit | null {
  const isLong = side === 'LONG';
  if (isLong ? low[bar] <= stop : high[bar] >= stop) return { price: stop, reason: 'STOP', gap: false };
  if (isLong ? high[bar] >= target : low[bar] <= target)
    return { price: target, reason: 'TARGET', gap: false };
  return isLastBar ? { price: close[bar], reason: 'TIME', gap: false } : null;
}

/** A position of an account. */
export interface Position extends Bracket {
  /** What it took from the free cash: the purchase of a long with its costs, the collateral of a short. */
  readonly amount: number;
  readonly shares: number;
}

/** Costs per side, and of borrowing for one bar, as fractions. */
export interface Costs {
  readonly cost: number;
  readonly borrow: number;
}

/** A long spends the amount on shares and costs. A short sells shares worth the amount, which is its collateral; the account keeps the proceeds locked. */
export function openPosition(bracket: Bracket, amount: number, { cost }: Costs): Position {
  const { side, entry } = bracket;
  return { ...bracket, amount, shares: amount / (side === 'LONG' ? entry * (1 + cost) : entry) };
}

/** Worth of a position to the account at a price, after it was held for so many bars; without the costs of its exit. */
export function worthOf(
  { side, entry, amount, shares }: Position,
  price: number,
  bars: number,
  costs: Costs,
): number {
  if (side === 'LONG') return shares * price;
  return amount + shares * (entry - price) - shares * entry * (costs.cost + costs.borrow * bars);
}

/** What closing a position at a price adds to the free cash. */
export function proceedsOf(position: Position, price: number, bars: number, costs: Costs): number {
  const { side, shares } = position;
  if (side === 'LONG') return shares * price * (1 - costs.cost);
  return worthOf(position, price, bars, costs) - shares * price * costs.cost;
}
