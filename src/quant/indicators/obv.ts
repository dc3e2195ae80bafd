import { type Indicator, NEUTRAL } from '../indicator.ts';
import { simpleAverage } from '../moving-average.ts';
import { emptyLine } from '../window.ts';

type Params = { readonly period: number };

/** Granville, as TA-Lib's OBV: starts with the first bar's volume. Without any volume there is no average to judge by. */
export const obv: Indicator<Params, 'obv' | 'avgVolume'> = {
  title: 'On-Balance Volume',
  summary: 'Volume added on rising and taken off on falling closes.',
  category: 'VOLUME',
  defaults: { period: 20 },
  display: 'obv',
  votes: true,
  starts: ({ period }) => ({ obv: 0, avgVolume: period - 1 }),
  lines({ close, volume }, { period }) {
    const line = emptyLine(close.length);
    let balance = volume[0] ?? Number.NaN;
    if (line.length > 0) line[0] = balance;
    for (let i = 1; i < close.length; i += 1) {
      const change = close[i] - close[i - 1];
      balance += change === 0 ? 0 : Math.sign(change) * volume[i];
      line[i] = balance;
    }
    const average = simpleAverage(volume, period);
    return { obv: line, avgVolume: average.map((value) => (value === 0 ? Number.NaN : value)) };
  },
  judge({ now, before }) {
    const change = now.obv - before.obv;
    if (change === 0) return NEUTRAL;
    const confidence = 0.5 + 0.5 * Math.min(Math.abs(change) / (0.2 * now.avgVolume), 1);
    return { vote: change > 0 ? 1 : -1, confidence };
  },
};
