import type { Candles } from '../candles.ts';
import { type Indicator, NEUTRAL } from '../indicator.ts';
import { trueRange } from '../true-range.ts';
import { emptyLine, quotient } from '../window.ts';

type Params = { readonly period: number; readonly threshold: number };

/** TA-Lib takes a sum below this for zero. */
const ZERO = 1e-14;

/** Directional movement of bar `i`; on a tie neither side counts. */
function directionalMovement({ high, low }: Candles, i: number): { plus: number; minus: number } {
  const up = high[i] - high[i - 1];
  const down = low[i - 1] - low[i];
  return { plus: up > down && up > 0 ? up : 0, minus: down > up && down > 0 ? down : 0 };
}

/**
 * Wilder (1978), as TA-Lib's ADX, PLUS_DI and MINUS_DI. Where no direction exists TA-Lib keeps the previous ADX; so does
 * the recursion here, but the bar itself has no value.
 */
export const adx: Indicator<Params, 'adx' | 'plusDi' | 'minusDi'> = {
  title: 'Average Directional Index',
  summary: 'Strength of a trend (adx) and its direction (plusDi against minusDi).',
  category: 'TREND',
  defaults: { period: 14, threshold: 25 },
  display: 'adx',
  votes: true,
  starts: ({ period }) => ({ adx: 2 * period - 1, plusDi: period, minusDi: period }),
  lines(candles, { period }) {
    const bars = candles.close.length;
    const lines = { adx: emptyLine(bars), plusDi: emptyLine(bars), minusDi: emptyLine(bars) };
    let plus = 0;
    let minus = 0;
    let range = 0;
    let average = 0;
    for (let i = 1; i < bars; i += 1) {
      const movement = directionalMovement(candles, i);
      const decay = i < period ? 1 : 1 - 1 / period;
      plus = plus * decay + movement.plus;
      minus = minus * decay + movement.minus;
      range = range * decay + trueRange(candles, i);
      if (i < period) continue;
      const plusDi = quotient(100 * plus, Math.abs(range) < ZERO ? 0 : range);
      const minusDi = quotient(100 * minus, Math.abs(range) < ZERO ? 0 : range);
      lines.plusDi[i] = plusDi;
      lines.minusDi[i] = minusDi;
      const sum = plusDi + minusDi;
      const directed = !(Math.abs(sum) < ZERO) && !(Math.abs(range) < ZERO);
      const dx = (100 * Math.abs(plusDi - minusDi)) / sum;
      if (i < 2 * period) average += directed ? dx / period : 0;
      else if (directed) average = (average * (period - 1) + dx) / period;
      if (i >= 2 * period - 1 && directed) lines.adx[i] = average;
    }
    return lines;
  },
  judge({ now }, { threshold }) {
    if (now.plusDi === now.minusDi) return NEUTRAL;
    const confidence = Math.min(Math.max(now.adx / (2 * threshold), 0.3), 1);
    return { vote: now.plusDi > now.minusDi ? 1 : -1, confidence };
  },
};
