import { type Indicator, NEUTRAL } from '../indicator.ts';
import { simpleAverage } from '../moving-average.ts';
import { newLine } from '../window.ts';

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
    const middle = simpleAverage(close, period);
    const upper = newLine(bars, period - 1);
    const lower = newLine(bars, period - 1);
    const percentB = newLine(bars, period - 1);
    for (let i = period - 1; i < bars; i += 1) {
      const mean = middle[i];
      const reach = deviations * Math.sqrt(sumOfSquares(close, i, period, mean) / period);
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

/** Of the distances from the mean; four sums side by side, as each addition would wait for the one before. */
function sumOfSquares(values: Float64Array, end: number, length: number, mean: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = end - length + 1;
  for (; i + 3 <= end; i += 4) {
    const p = values[i] - mean;
    const q = values[i + 1] - mean;
    const r = values[i + 2] - mean;
    const s = values[i + 3] - mean;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i <= end; i += 1) a += (values[i] - mean) * (values[i] - mean);
  return a + b + (c + d);
}
