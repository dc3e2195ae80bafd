import { type Indicator, NEUTRAL } from '../indicator.ts';
import { simpleAverage } from '../moving-average.ts';
import { quotient, scratchLine } from '../window.ts';

type Params = {
  readonly k: number;
  readonly smooth: number;
  readonly d: number;
  readonly lo: number;
  readonly hi: number;
};

/** Lane, as TA-Lib's STOCH (slow): both lines start when d does. A window without a range has no value. */
export const stochastic: Indicator<Params, 'k' | 'd'> = {
  title: 'Stochastic Oscillator',
  summary: 'Position of the close within its recent range, smoothed.',
  category: 'MOMENTUM',
  defaults: { k: 14, smooth: 3, d: 3, lo: 20, hi: 80 },
  display: 'k',
  votes: true,
  starts({ k, smooth, d }) {
    const first = k + smooth + d - 3;
    return { k: first, d: first };
  },
  lines({ high, low, close }, params, windows) {
    const bars = close.length;
    const highest = windows.maxima(high, params.k);
    const lowest = windows.minima(low, params.k);
    const raw = scratchLine(bars, params.k - 1);
    for (let i = params.k - 1; i < bars; i += 1) {
      const bottom = lowest[i];
      raw[i] = quotient(100 * (close[i] - bottom), highest[i] - bottom);
    }
    const k = simpleAverage(raw, params.smooth);
    const d = simpleAverage(k, params.d);
    // Without d there is no reading; a k beside a missing d would be judged alone.
    for (let i = 0; i < bars; i += 1) if (Number.isNaN(d[i])) k[i] = Number.NaN;
    return { k, d };
  },
  judge({ now }, { lo, hi }) {
    if (now.k < lo) return { vote: 1, confidence: (lo - now.k) / lo };
    if (now.k > hi) return { vote: -1, confidence: (now.k - hi) / (100 - hi) };
    return NEUTRAL;
  },
};
