import type { Candles } from './candles.ts';

/** max(H - L, |H - C[t-1]|, |L - C[t-1]|) of bar `i` >= 1. */
export function trueRange({ high, low, close }: Candles, i: number): number {
  const before = close[i - 1];
  return Math.max(high[i] - low[i], Math.abs(high[i] - before), Math.abs(low[i] - before));
}
