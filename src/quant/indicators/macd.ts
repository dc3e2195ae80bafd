import { type Indicator, NEUTRAL } from '../indicator.ts';
import { exponentialAverage } from '../moving-average.ts';
import { emptyLine, windowMean } from '../window.ts';

type Params = { readonly fast: number; readonly slow: number; readonly signal: number };

/** Appel, as TA-Lib's MACD: both averages start on bar `slow`, the three lines when the signal does. */
export const macd: Indicator<Params, 'macd' | 'signal' | 'histogram'> = {
  title: 'Moving Average Convergence Divergence',
  summary: 'Distance of a fast from a slow average, and of that from its own average.',
  category: 'TREND',
  defaults: { fast: 12, slow: 26, signal: 9 },
  display: 'histogram',
  votes: true,
  starts({ slow, signal }) {
    const first = slow + signal - 2;
    return { macd: first, signal: first, histogram: first };
  },
  lines({ close }, params) {
    const bars = close.length;
    const fast = exponentialAverage(close, params.fast, params.slow - 1);
    const slow = exponentialAverage(close, params.slow, params.slow - 1);
    const first = params.slow + params.signal - 2;
    const lines = { macd: emptyLine(bars), signal: emptyLine(bars), histogram: emptyLine(bars) };
    if (first >= bars) return lines;
    const spread = fast.map((value, i) => value - slow[i]);
    const alpha = 2 / (params.signal + 1);
    let signal = windowMean(spread, first, params.signal);
    for (let i = first; i < bars; i += 1) {
      if (i > first) signal += alpha * (spread[i] - signal);
      lines.macd[i] = spread[i];
      lines.signal[i] = signal;
      lines.histogram[i] = spread[i] - signal;
    }
    return lines;
  },
  judge({ now, close }) {
    if (now.histogram === 0) return NEUTRAL;
    return {
      vote: now.histogram > 0 ? 1 : -1,
      confidence: Math.min(Math.abs(now.histogram) / (0.02 * close), 1),
    };
  },
};
