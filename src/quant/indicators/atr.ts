import type { Indicator } from '../indicator.ts';
import { trueRange } from '../true-range.ts';
import { newLine } from '../window.ts';

type Params = { readonly period: number };

/** Wilder (1978), as TA-Lib's ATR. A level of volatility: it never votes and carries no weight. */
export const atr: Indicator<Params, 'atr' | 'atrPct'> = {
  title: 'Average True Range',
  summary: 'Mean range of the price per bar, a measure of volatility without a vote.',
  category: 'VOLATILITY',
  defaults: { period: 14 },
  display: 'atr',
  votes: false,
  starts: ({ period }) => ({ atr: period, atrPct: period }),
  lines({ high, low, close }, { period }) {
    const atr = newLine(close.length, period);
    const atrPct = newLine(close.length, period);
    const share = 1 / period;
    const kept = 1 - share;
    let average = 0;
    for (let i = 1; i < close.length; i += 1) {
      const range = trueRange(high[i], low[i], close[i - 1]);
      average = i <= period ? average + range * share : average * kept + range * share;
      if (i < period) continue;
      atr[i] = average;
      atrPct[i] = (100 * average) / close[i];
    }
    return { atr, atrPct };
  },
  judge: ({ now, close }) => ({ vote: 0, confidence: Math.min(now.atr / (0.05 * close), 1) }),
};
