import { type Indicator, NEUTRAL } from '../indicator.ts';
import { exponentialAverage } from '../moving-average.ts';
import { newLine } from '../window.ts';

type Params = { readonly fast: number; readonly slow: number };

/** Two exponential averages, as TA-Lib's EMA. `spreadPct` is their distance in percent of the slow one. */
export const ema: Indicator<Params, 'fast' | 'slow' | 'spreadPct'> = {
  title: 'Exponential Moving Averages',
  summary: 'A fast average above a slow average is an uptrend; below the slow average it is a downtrend.',
  category: 'TREND',
  defaults: { fast: 50, slow: 200 },
  display: 'spreadPct',
  votes: true,
  starts: ({ fast, slow }) => ({ fast: fast - 1, slow: slow - 1, spreadPct: Math.max(fast, slow) - 1 }),
  lines({ close }, params) {
    const fast = exponentialAverage(close, params.fast);
    const slow = exponentialAverage(close, params.slow);
    const first = Math.max(params.fast, params.slow) - 1;
    const spreadPct = newLine(close.length, first);
    for (let i = first; i < close.length; i += 1) spreadPct[i] = (100 * (fast[i] - slow[i])) / slow[i];
    return { fast, slow, spreadPct };
  },
  judge({ now }) {
    if (now.fast === now.slow) return NEUTRAL;
    const confidence = Math.min(Math.abs(now.fast - now.slow) / now.slow, 0.1) * 10;
    return { vote: now.fast > now.slow ? 1 : -1, confidence };
  },
};
