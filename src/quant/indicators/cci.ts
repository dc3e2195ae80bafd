import { type Indicator, NEUTRAL } from '../indicator.ts';
import { emptyLine, quotient, windowMean } from '../window.ts';

type Params = { readonly period: number };

/** Lambert (1980), as TA-Lib's CCI: the mean absolute deviation is from the mean of the same window. */
export const cci: Indicator<Params, 'cci'> = {
  title: 'Commodity Channel Index',
  summary: 'How unusual the typical price is against its recent mean.',
  category: 'MOMENTUM',
  defaults: { period: 20 },
  display: 'cci',
  votes: true,
  starts: ({ period }) => ({ cci: period - 1 }),
  lines({ high, low, close }, { period }) {
    const typical = close.map((value, i) => (high[i] + low[i] + value) / 3);
    const line = emptyLine(close.length);
    for (let i = period - 1; i < close.length; i += 1) {
      const mean = windowMean(typical, i, period);
      let deviation = 0;
      for (let j = i - period + 1; j <= i; j += 1) deviation += Math.abs(typical[j] - mean);
      // The mean of equal prices may differ from them in the last bit: no deviation all the same.
      const flat = deviation / period <= 1e-12 * Math.abs(mean);
      line[i] = flat ? Number.NaN : quotient(typical[i] - mean, (0.015 * deviation) / period);
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
