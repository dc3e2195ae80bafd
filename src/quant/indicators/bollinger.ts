import { type Indicator, NEUTRAL } from '../indicator.ts';
import { emptyLine, windowMean } from '../window.ts';

type Params = { readonly period: number; readonly deviations: number };

/** Bollinger, as TA-Lib's BBANDS with simple averages: population standard deviation. A band without width has no value. */
export const bollinger: Indicator<Params, 'upper' | 'middle' | 'lower' | 'percentB'> = {
  title: 'Bollinger Bands',
  summary: 'A band around the mean; a close outside it is unusual.',
  category: 'VOLATILITY',
  defaults: { period: 20, deviations: 2 },
  display: 'percentB',
  votes: true,
  starts({ period }) {
    const first = period - 1;
    return { upper: first, middle: first, lower: first, percentB: first };
  },
  lines({ close }, { period, deviations }) {
    const bars = close.length;
    const upper = emptyLine(bars);
    const middle = emptyLine(bars);
    const lower = emptyLine(bars);
    const percentB = emptyLine(bars);
    for (let i = period - 1; i < bars; i += 1) {
      const mean = windowMean(close, i, period);
      let squares = 0;
      for (let j = i - period + 1; j <= i; j += 1) squares += (close[j] - mean) ** 2;
      const reach = deviations * Math.sqrt(squares / period);
      upper[i] = mean + reach;
      middle[i] = mean;
      lower[i] = mean - reach;
      if (2 * reach > 1e-12 * mean) percentB[i] = (close[i] - lower[i]) / (2 * reach);
    }
    return { upper, middle, lower, percentB };
  },
  judge({ now, close }) {
    const width = now.upper - now.lower;
    if (close < now.lower) return { vote: 1, confidence: Math.min((now.lower - close) / width, 1) };
    if (close > now.upper) return { vote: -1, confidence: Math.min((close - now.upper) / width, 1) };
    return NEUTRAL;
  },
};
