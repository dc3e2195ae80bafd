import { type Indicator, NEUTRAL } from '../indicator.ts';
import { newLine } from '../window.ts';

type Params = { readonly period: number };

/** Granville, as TA-Lib's OBV: starts with the first bar's volume. Without any volume there is no average to judge by. */
export const obv: Indicator<Params, 'obv' | 'avgVolume'> = {
  title: 'On-Balance Volume',
  summary: 'Running total of volume: added on rising closes and subtracted on falling closes.',
  category: 'VOLUME',
  defaults: { period: 20 },
  display: 'obv',
  votes: true,
  starts: ({ period }) => ({ obv: 0, avgVolume: period - 1 }),
  lines({ close, volume }, { period }, windows) {
    const bars = close.length;
    const line = newLine(bars, 0);
    let balance = volume[0] ?? Number.NaN;
    if (bars > 0) line[0] = balance;
    for (let i = 1; i < bars; i += 1) {
      const change = close[i] - close[i - 1];
      // Without a branch, as the sign cannot be predicted; 0 times the change keeps what is not a number.
      balance += (Number(change > 0) - Number(change < 0)) * volume[i] + 0 * change;
      line[i] = balance;
    }
    const sums = windows.sums(volume, period);
    const avgVolume = newLine(bars, period - 1);
    for (let i = period - 1; i < bars; i += 1) {
      const mean = sums[i] / period;
      avgVolume[i] = mean === 0 ? Number.NaN : mean;
    }
    return { obv: line, avgVolume };
  },
  judge({ now, before }) {
    const change = now.obv - before.obv;
    if (change === 0) return NEUTRAL;
    const confidence = 0.5 + 0.5 * Math.min(Math.abs(change) / (0.2 * now.avgVolume), 1);
    return { vote: change > 0 ? 1 : -1, confidence };
  },
};
