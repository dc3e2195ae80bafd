import { type Indicator, NEUTRAL } from '../indicator.ts';
import { newLine, windowMean } from '../window.ts';

type Params = { readonly fast: number; readonly slow: number; readonly signal: number };

/** Appel, as TA-Lib's MACD: both averages start on bar `slow`, the three lines when the signal does. */
export const macd: Indicator<Params, 'macd' | 'signal' | 'histogram'> = {
  title: 'Moving Average Convergence Divergence',
  summary: 'Difference between a fast and a slow average, compared with its own moving average.',
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
    const start = params.slow - 1;
    const first = start + params.signal - 1;
    const macd = newLine(bars, start);
    const signal = newLine(bars, first);
    const histogram = newLine(bars, first);
    if (first >= bars) return { macd: macd.fill(Number.NaN), signal, histogram };
    const [ofFast, ofSlow, ofSignal] = [params.fast, params.slow, params.signal].map((n) => 2 / (n + 1));
    let fast = windowMean(close, start, params.fast);
    let slow = windowMean(close, start, params.slow);
    macd[start] = fast - slow;
    for (let i = start + 1; i < bars; i += 1) {
      fast += ofFast * (close[i] - fast);
      slow += ofSlow * (close[i] - slow);
      macd[i] = fast - slow;
    }
    let average = windowMean(macd, first, params.signal);
    for (let i = first; i < bars; i += 1) {
      if (i > first) average += ofSignal * (macd[i] - average);
      signal[i] = average;
      histogram[i] = macd[i] - average;
    }
    macd.fill(Number.NaN, start, first);
    return { macd, signal, histogram };
  },
  judge({ now, close }) {
    if (now.histogram === 0) return NEUTRAL;
    return {
      vote: now.histogram > 0 ? 1 : -1,
      confidence: Math.min(Math.abs(now.histogram) / (0.02 * close), 1),
    };
  },
};
