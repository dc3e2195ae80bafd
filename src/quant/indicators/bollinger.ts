import { type Indicator, NEUTRAL } from '../indicator.ts';
import { newLine } from '../window.ts';
import { windowVariances } from '../window-variance.ts';

type Params = { readonly period: number; readonly deviations: number };

/** Bollinger, as TA-Lib's BBANDS with simple averages: population standard deviation. A band without width has no value. */
export const bollinger: Indicator<Params, 'upper' | 'middle' | 'lower' | 'percentB'> = {
  title: 'Bollinger Bands',
  summary: 'Band around the moving average; a close outside the band is unusual.',
  category: 'VOLATILITY',
  defaults: { period: 20, deviations: 2 },
  display: 'percentB',
  votes: true,
  starts({ period }) {
    const first = period - 1;
    return { upper: first, middle: first, lower: first, percentB: first };
  },
  lines({ close }, { period, deviations }, windows) {
    const bars = close.length;
    const middle = windows.means(close, period);
    const variances = windowVariances(close, period);
    const upper = newLine(bars, period - 1);
    // Each bar's variance is read once, then its place is the lower band's.
    const lower = variances;
    const percentB = newLine(bars, period - 1);
    for (let i = period - 1; i < bars; i += 1) {
      const mean = middle[i];
      const reach = deviations * Math.sqrt(variances[i]);
      upper[i] = mean + reach;
      lower[i] = mean - reach;
      percentB[i] = 2 * reach > 1e-12 * mean ? (close[i] - lower[i]) / (2 * reach) : Number.NaN;
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
