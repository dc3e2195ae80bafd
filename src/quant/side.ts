import { barsPerYear } from './performance.ts';
import type { Verdict } from './score.ts';

/** Direction of a trade: a long is bought first, a short is sold first. */
export type Side = 'LONG' | 'SHORT';

/** Which directions a backtest trades. */
export type Sides = Side | 'BOTH';

/** The direction that a verdict asks for; null: none. */
export const sideOf: Readonly<Record<Verdict, Side | null>> = {
  STRONG_BUY: 'LONG',
  BUY: 'LONG',
  HOLD: null,
  SELL: 'SHORT',
  STRONG_SELL: 'SHORT',
};

/** In the order in which results list them. */
export function sidesOf(sides: Sides): readonly Side[] {
  return sides === 'BOTH' ? ['LONG', 'SHORT'] : [sides];
}

/** The fewest bars, up to and including its own, with which a bar may signal. */
export const MIN_BARS = 50;

/** What borrowing shares costs a year, percent of their value at the entry, unless a request says otherwise. */
export const BORROW_PCT = 3;

/**
 * What borrowing costs for one bar, as a fraction of the value at the entry. The bars of a year are counted in the first 50 bars: no trade
 * begins earlier, and bars that follow do not change what a trade has cost.
 */
export function borrowPerBar(borrowPct: number, dates: readonly string[]): number {
  return borrowPct / 100 / barsPerYear(dates.slice(0, MIN_BARS));
}

/** Net result of a trade, percent. Of a long it is relative to what the purchase cost, of a short to the value at the entry. */
export function netPct(
  side: Side,
  { entry, exit }: { readonly entry: number; readonly exit: number },
  /** Costs per side and of borrowing for the whole trade, as fractions. */
  { cost, borrow }: { readonly cost: number; readonly borrow: number },
): number {
  if (side === 'LONG') return 100 * ((exit * (1 - cost)) / (entry * (1 + cost)) - 1);
  return 100 * (1 - cost - (exit / entry) * (1 + cost) - borrow);
}
