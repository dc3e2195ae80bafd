import type { Indicator } from '../indicator.ts';
import { trueRange } from '../true-range.ts';
import { emptyLine } from '../window.ts';

type Params = { readonly period: number };

/** Wilder (1978), as TA-Lib's ATR. A level of volatility: it never votes and carries no weight. */
export const atr: Indicator<Params, 'atr' | 'atrPct'> = {
  title: 'Average True Range',
  summary: 'How far the price moves in a day; shown as a level of volatility only.',
  category: 'VOLATILITY',
  defaults: { period: 14 },
  display: 'atr',
  votes: false,
  starts: ({ period }) => ({ atr: period, atrPct: period }),
  lines(candles, { period }) {
    const { close } = candles;
    const lines = { atr: emptyLine(close.length), atrPct: emptyLine(close.length) };
    let average = 0;
    for (let i = 1; i < close.length; i += 1) {
      const range = trueRange(candles, i);
      average = i <= period ? average + range / period : (average * (period - 1) + range) / period;
      if (i < period) continue;
      lines.atr[i] = average;
      lines.atrPct[i] = (100 * average) / close[i];
    }
    return lines;
  },
  judge: ({ now, close }) => ({ vote: 0, confidence: Math.min(now.atr / (0.05 * close), 1) }),
};
