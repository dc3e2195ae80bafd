/** What a ticker may be made of, after normalisation. `&` is legal: M&M, J&KBANK. */
const PATTERN = /^[A-Z0-9.\-&^=_]{1,20}$/;
/** The rule in words, for messages. */
export const TICKER_RULE = '1 to 20 of the characters A-Z 0-9 . - & ^ = _';

/** The ticker in its normal spelling (trimmed, upper case, ASCII), or null when it cannot be one. */
export function normaliseTicker(text: string): string | null {
  // Checked before and after: upper-casing turns some other letters into ASCII ones.
  const trimmed = text.trim();
  if (!/^[\x21-\x7e]{1,20}$/.test(trimmed)) return null;
  const ticker = trimmed.toUpperCase();
  // Dots alone would be a path and name no instrument.
  return PATTERN.test(ticker) && /[A-Z0-9]/.test(ticker) ? ticker : null;
}
