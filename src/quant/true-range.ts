/** max(H - L, |H - C[t-1]|, |L - C[t-1]|). */
export function trueRange(high: number, low: number, closeBefore: number): number {
  return Math.max(high - low, Math.abs(high - closeBefore), Math.abs(low - closeBefore));
}
