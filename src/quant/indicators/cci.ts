import { type Indicator, NEUTRAL } from '../indicator.ts';
import { quotient, scratchLine, windowSums } from '../window.ts';

type Params = { readonly period: number };

/** Lambert (1980), as TA-Lib's CCI: the mean absolute deviation is from the mean of the same window. */
export const cci: Indicator<Params, 'cci'> = {
  title: 'Commodity Channel Index',
  summary: 'Deviation of the typical price from its recent mean.',
  category: 'MOMENTUM',
  defaults: { period: 20 },
  display: 'cci',
  votes: true,
  starts: ({ period }) => ({ cci: period - 1 }),
  lines({ high, low, close }, { period }) {
    const bars = close.length;
    const typical = scratchLine(bars, 0);
    for (let i = 0; i < bars; i += 1) typical[i] = (high[i] + low[i] + close[i]) / 3;
    const line = windowSums(typical, period);
    for (let i = period - 1; i < bars; i += 1) {
      const mean = line[i] / period;
      const deviation = sumOfDistances(typical, i, period, mean) / period;
      // The mean of equal prices may differ from them in the last bit: no deviation all the same.
      const flat = deviation <= 1e-12 * Math.abs(mean);
      line[i] = flat ? Number.NaN : quotient(typical[i] - mean, 0.015 * deviation);
    }
    return { cci: line };
  },
  judge({ now }) {
    const confidence = Math.min((Math.abs(now.cci) - 100) / 100, 1);
    if (now.cci < -100) return { vote: 1, confidence };
    if (now.cci > 100) return { vote: -1, confidence };
    return NEUTRAL;
  },
};

/** From the mean; four sums side by side, as each addition would wait for the one before. */
function sumOfDistances(values: Float64Array, end: number, length: number, mean: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = end - length + 1;
  for (; i + 3 <= end; i += 4) {
    a += Math.abs(values[i] - mean);
    b += Math.abs(values[i + 1] - mean);
    c += Math.abs(values[i + 2] - mean);
    d += Math.abs(values[i + 3] - mean);
  }
  for (; i <= end; i += 1) a += Math.abs(values[i] - mean);
  return a + b + (c + d);
}
