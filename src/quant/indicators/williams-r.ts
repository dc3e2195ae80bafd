import { type Indicator, NEUTRAL } from '../indicator.ts';
import { newLine, quotient } from '../window.ts';

type Params = { readonly period: number };

/** Williams, as TA-Lib's WILLR: -100 at the low of the window, 0 at its high. */
export const williamsR: Indicator<Params, 'williamsR'> = {
  title: 'Williams %R',
  summary: 'Position of the close within its recent range, not smoothed, from -100 to 0.',
  category: 'MOMENTUM',
  defaults: { period: 14 },
  display: 'williamsR',
  votes: true,
  starts: ({ period }) => ({ williamsR: period - 1 }),
  lines({ high, low, close }, { period }, windows) {
    const highest = windows.maxima(high, period);
    const lowest = windows.minima(low, period);
    const line = newLine(close.length, period - 1);
    for (let i = period - 1; i < close.length; i += 1) {
      line[i] = quotient(-100 * (highest[i] - close[i]), highest[i] - lowest[i]);
    }
    return { williamsR: line };
  },
  judge({ now }) {
    if (now.williamsR < -80) return { vote: 1, confidence: (-80 - now.williamsR) / 20 };
    if (now.williamsR > -20) return { vote: -1, confidence: (now.williamsR + 20) / 20 };
    return NEUTRAL;
  },
};
