/** Names of the API's enums in words. */

/** `MEAN_REVERSION` as `Mean reversion`. */
export function sentenceCase(id: string): string {
  const text = id.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `STRONG_BUY` as `Strong buy`; nothing for a ticker without a result. */
export function verdictWord(verdict: string): string {
  return sentenceCase(verdict);
}

/** The style of a verdict. */
export function verdictTone(verdict: string): 'up' | 'down' | '' {
  if (verdict.endsWith('BUY')) return 'up';
  return verdict.endsWith('SELL') ? 'down' : '';
}

/** `1 job`, `2 jobs`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

const INDICATORS: Readonly<Record<string, string>> = {
  BOLLINGER: 'Bollinger bands',
  STOCHASTIC: 'Stochastic',
  WILLIAMS_R: 'Williams %R',
  PSAR: 'Parabolic SAR',
};

/** The usual name of an indicator: abbreviations stay in capitals. */
export function indicatorName(id: string): string {
  return INDICATORS[id] ?? id;
}

/** Tickers of a text with commas, blanks or lines between them, each once, in capitals. */
export function tickersOf(text: string): string[] {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  return [...new Set(words.map((word) => word.toUpperCase()))];
}

/** `RSI_30_70` as `RSI 30 to 70`, `CLOSE_AT_LEAST_SMA50` as `Close at least SMA 50`. Pure. */
export function clauseWords(clause: string): string {
  const text = clause
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/(\d+) (\d+)$/, '$1 to $2')
    .replace(/\b(sma|ema)(\d)/g, '$1 $2')
    .replace(/\b(sma|ema|rsi|macd|adx|atr|cci|cmf|obv|psar)\b/g, (name) => name.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}
