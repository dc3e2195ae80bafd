import { type Indicator, NEUTRAL } from '../indicator.ts';
import { emptyLine, quotient, windowSum } from '../window.ts';

type Params = { readonly period: number };

/** Chaikin: sum of multiplier x volume over sum of volume. A bar without a range adds its volume below only. */
export const cmf: Indicator<Params, 'cmf'> = {
  title: 'Chaikin Money Flow',
  summary: 'Whether volume came on closes near the high or near the low.',
  category: 'VOLUME',
  defaults: { period: 20 },
  display: 'cmf',
  votes: true,
  starts: ({ period }) => ({ cmf: period - 1 }),
  lines({ high, low, close, volume }, { period }) {
    const flow = close.map((value, i) => {
      const range = high[i] - low[i];
      return range === 0 ? 0 : ((value - low[i] - (high[i] - value)) / range) * volume[i];
    });
    const line = emptyLine(close.length);
    for (let i = period - 1; i < close.length; i += 1) {
      line[i] = quotient(windowSum(flow, i, period), windowSum(volume, i, period));
    }
    return { cmf: line };
  },
  judge({ now }) {
    if (now.cmf === 0) return NEUTRAL;
    return { vote: now.cmf > 0 ? 1 : -1, confidence: Math.min(Math.abs(now.cmf) / 0.25, 1) };
  },
};
