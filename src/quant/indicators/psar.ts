import type { Indicator } from '../indicator.ts';
import { newLine } from '../window.ts';

type Params = { readonly step: number; readonly max: number };

/** Wilder (1978), as TA-Lib's SAR. `trend` is the side after the bar: +1 long, -1 short. */
export const psar: Indicator<Params, 'psar' | 'trend'> = {
  title: 'Parabolic SAR',
  summary: 'Trailing stop that accelerates; the trend is up while the price is above the stop.',
  category: 'TREND',
  defaults: { step: 0.02, max: 0.2 },
  display: 'psar',
  votes: true,
  starts: () => ({ psar: 1, trend: 1 }),
  lines({ high, low }, { step, max }) {
    const bars = high.length;
    const psar = newLine(bars, 1);
    const trend = newLine(bars, 1);
    if (bars < 2) return { psar, trend };
    const down = low[0] - low[1];
    let long = !(down > high[1] - high[0] && down > 0);
    let sar = long ? low[0] : high[0];
    let extreme = long ? high[1] : low[1];
    let factor = step;
    for (let i = 1; i < bars; i += 1) {
      // On the first bar only its own range bounds the stop.
      const before = i === 1 ? 1 : i - 1;
      const top = Math.max(high[i], high[before]);
      const bottom = Math.min(low[i], low[before]);
      if (long ? low[i] <= sar : high[i] >= sar) {
        sar = long ? Math.max(extreme, top) : Math.min(extreme, bottom);
        long = !long;
        factor = step;
        extreme = long ? high[i] : low[i];
        psar[i] = sar;
      } else {
        psar[i] = sar;
        if (long ? high[i] > extreme : low[i] < extreme) {
          extreme = long ? high[i] : low[i];
          factor = Math.min(factor + step, max);
        }
      }
      trend[i] = long ? 1 : -1;
      const next = sar + factor * (extreme - sar);
      sar = long ? Math.min(next, bottom) : Math.max(next, top);
    }
    return { psar, trend };
  },
  judge({ now, close }) {
    const distance = Math.min(Math.abs(close - now.psar) / (0.03 * close), 1);
    return { vote: now.trend > 0 ? 1 : -1, confidence: Math.min(1.2 * distance, 1) };
  },
};
