import { type Indicator, NEUTRAL } from '../indicator.ts';
import { newLine } from '../window.ts';

type Params = { readonly period: number; readonly lo: number; readonly hi: number };

/** Wilder (1978), as TA-Lib's RSI: averages seeded with the mean of the first changes. Flat prices read 50. */
export const rsi: Indicator<Params, 'rsi'> = {
  title: 'Relative Strength Index',
  summary: 'Compares average gains with average losses; low values mean oversold, high values overbought.',
  category: 'MOMENTUM',
  defaults: { period: 14, lo: 30, hi: 70 },
  display: 'rsi',
  votes: true,
  starts: ({ period }) => ({ rsi: period }),
  lines({ close }, { period }) {
    const line = newLine(close.length, period);
    const share = 1 / period;
    const kept = 1 - share;
    let gain = 0;
    let loss = 0;
    for (let i = 1; i < close.length; i += 1) {
      const change = close[i] - close[i - 1];
      const up = Math.max(change, 0);
      const down = Math.max(-change, 0);
      if (i <= period) {
        gain += up * share;
        loss += down * share;
      } else {
        gain = gain * kept + up * share;
        loss = loss * kept + down * share;
      }
      if (i >= period) line[i] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
    }
    return { rsi: line };
  },
  judge({ now }, { lo, hi }) {
    if (now.rsi < lo) return { vote: 1, confidence: (lo - now.rsi) / lo };
    if (now.rsi > hi) return { vote: -1, confidence: (now.rsi - hi) / (100 - hi) };
    return NEUTRAL;
  },
};
