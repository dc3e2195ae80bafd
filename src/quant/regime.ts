export const REGIMES = ['CHOPPY', 'WEAK_TREND', 'TRENDING', 'UNKNOWN'] as const;
export type Regime = (typeof REGIMES)[number];

/** From the strength of the trend; it informs and never vetoes. Null: no ADX. */
export function regimeOf(adx: number | null): Regime {
  if (adx === null) return 'UNKNOWN';
  if (adx < 20) return 'CHOPPY';
  return adx < 25 ? 'WEAK_TREND' : 'TRENDING';
}
