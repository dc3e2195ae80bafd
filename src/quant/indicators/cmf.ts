import { type Indicator, NEUTRAL } from '../indicator.ts';
import { quotient, scratchLine, windowSums } from '../window.ts';

type Params = { readonly period: number };

/** Chaikin: sum of multiplier x volume over sum of volume. A bar without a range adds its volume below only. */
export const cmf: Indicator<Params, 'cmf'> = {
  title: 'Chaikin Money Flow',
  summary: 'Whether volume was traded at closes near the high or near the low of the bars.',
  category: 'VOLUME',
  defaults: { period: 20 },
  display: 'cmf',
  votes: true,
  starts: ({ period }) => ({ cmf: period - 1 }),
  lines({ high, low, close, volume }, { period }, windows) {
    const bars = close.length;
    const flow = scratchLine(bars, 0);
    for (let i = 0; i < bars; i += 1) {
      const range = high[i] - low[i];
      flow[i] = range === 0 ? 0 : ((close[i] - low[i] - (high[i] - close[i])) / range) * volume[i];
    }
    const line = windowSums(flow, period);
    const total = windows.sums(volume, period);
    for (let i = period - 1; i < bars; i += 1) line[i] = quotient(line[i], total[i]);
    return { cmf: line };
  },
  judge({ now }) {
    if (now.cmf === 0) return NEUTRAL;
    return { vote: now.cmf > 0 ? 1 : -1, confidence: Math.min(Math.abs(now.cmf) / 0.25, 1) };
  },
};
