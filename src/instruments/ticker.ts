import { InvalidTickerError } from '../errors.ts';

/** What a ticker may be made of, after normalisation. `&` is legal: M&M, J&KBANK. */
const PATTERN = /^[A-Z0-9.\-&^=_]{1,20}$/;

/** The ticker in its normal spelling (trimmed, upper case, ASCII), or null when it cannot be one. */
export function normaliseTicker(text: string): string | null {
  // Checked before and after: upper-casing turns some other letters into ASCII ones.
  const trimmed = text.trim();
  if (!/^[\x21-\x7e]{1,20}$/.test(trimmed)) return null;
  const ticker = trimmed.toUpperCase();
  // Dots alone would be a path and name no instrument.
  return PATTERN.test(ticker) && /[A-Z0-9]/.test(ticker) ? ticker : null;
}

/** Normal spelling of every ticker, duplicates merged, in the order of first mention. Throws InvalidTickerError naming all that are none. */
export function parseTickers(texts: readonly string[]): string[] {
  const refused = texts.filter((text) => normaliseTicker(text) === null);
  if (refused.length > 0) {
    const shown = refused.slice(0, 5).map((text) => JSON.stringify(text.slice(0, 40)));
    const more = refused.length > 5 ? ` and ${refused.length - 5} more` : '';
    throw new InvalidTickerError(
      refused,
      `Not a ticker: ${shown.join(', ')}${more}. A ticker has 1 to 20 of the characters A-Z 0-9 . - & ^ = _. Nothing was stored.`,
    );
  }
  return [...new Set(texts.map((text) => normaliseTicker(text) ?? text))];
}
