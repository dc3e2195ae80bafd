import { InvalidTickerError } from '../errors.ts';
import { normaliseTicker, TICKER_RULE } from '../ticker.ts';

export { normaliseTicker } from '../ticker.ts';

/** Normal spelling of every ticker, duplicates merged, in the order of first mention. Throws InvalidTickerError naming all that are none. */
export function parseTickers(texts: readonly string[]): string[] {
  const refused = texts.filter((text) => normaliseTicker(text) === null);
  if (refused.length > 0) {
    const shown = refused.slice(0, 5).map((text) => JSON.stringify(text.slice(0, 40)));
    const more = refused.length > 5 ? ` and ${refused.length - 5} more` : '';
    throw new InvalidTickerError(
      refused,
      `Not a ticker: ${shown.join(', ')}${more}. A ticker has ${TICKER_RULE}. Nothing was stored.`,
    );
  }
  return [...new Set(texts.map((text) => normaliseTicker(text) ?? text))];
}
