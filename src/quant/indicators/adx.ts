import { type Indicator, NEUTRAL } from '../indicator.ts';
import { trueRange } from '../true-range.ts';
import { newLine } from '../window.ts';

type Params = { readonly period: number; readonly threshold: number };

/** TA-Lib takes a sum below this for zero. */
const ZERO = 1e-14;

/**
 * Wilder (1978), as TA-Lib's ADX, PLUS_DI and MINUS_DI. Where no direction exists TA-Lib keeps the previous ADX; so does
 * the recursion here, but the bar itself has no value.
 */
export const adx: Indicator<Params, 'adx' | 'plusDi' | 'minusDi'> = {
  title: 'Average Directional Index',
  summary: 'Strength of a trend (adx) and its direction (plusDi compared with minusDi).',
  category: 'TREND',
  defaults: { period: 14, threshold: 25 },
  display: 'adx',
  votes: true,
  starts: ({ period }) => ({ adx: 2 * period - 1, plusDi: period, minusDi: period }),
  lines({ high, low, close }, { period }) {
    const bars = close.length;
    const adx = newLine(bars, 2 * period - 1);
    const plusDi = newLine(bars, period);
    const minusDi = newLine(bars, period);
    const share = 1 / period;
    const decay = 1 - share;
    let plus = 0;
    let minus = 0;
    let range = 0;
    let average = 0;
    // Each price is read once: 171 against 108 µs for 5,000 bars.
    let highBefore = high[0];
    let lowBefore = low[0];
    let closeBefore = close[0];
    for (let i = 1; i < bars; i += 1) {
      const top = high[i];
      const bottom = low[i];
      // Directional movement; on a tie neither side counts. Without a branch: which side it is cannot be predicted.
      const up = top - highBefore;
      const down = lowBefore - bottom;
      const kept = i < period ? 1 : decay;
      plus = plus * kept + Math.max(up, 0) * Number(up > down);
      minus = minus * kept + Math.max(down, 0) * Number(down > up);
      range = range * kept + trueRange(top, bottom, closeBefore);
      highBefore = top;
      lowBefore = bottom;
      closeBefore = close[i];
      if (i < period) continue;
      const ranged = !(Math.abs(range) < ZERO);
      const scale = ranged ? 100 / range : Number.NaN;
      const pdi = plus * scale;
      const mdi = minus * scale;
      plusDi[i] = pdi;
      minusDi[i] = mdi;
      const sum = pdi + mdi;
      const directed = ranged && !(Math.abs(sum) < ZERO);
      const dx = (100 * Math.abs(pdi - mdi)) / sum;
      if (i < 2 * period) average += directed ? dx * share : 0;
      else if (directed) average = average * decay + dx * share;
      if (i >= 2 * period - 1) adx[i] = directed ? average : Number.NaN;
    }
    return { adx, plusDi, minusDi };
  },
  judge({ now }, { threshold }) {
    if (now.plusDi === now.minusDi) return NEUTRAL;
    const confidence = Math.min(Math.max(now.adx / (2 * threshold), 0.3), 1);
    return { vote: now.plusDi > now.minusDi ? 1 : -1, confidence };
  },
};
