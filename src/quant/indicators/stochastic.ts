import { type Indicator, NEUTRAL } from '../indicator.ts';
import { simpleAverage } from '../moving-average.ts';
import { emptyLine, quotient, windowMax, windowMin } from '../window.ts';

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
  summary: 'Where the close lies in its recent range, smoothed.',
  category: 'MOMENTUM',
  defaults: { k: 14, smooth: 3, d: 3, lo: 20, hi: 80 },
  display: 'k',
  votes: true,
  starts({ k, smooth, d }) {
    const first = k + smooth + d - 3;
    return { k: first, d: first };
  },
  lines({ high, low, close }, params) {
    const raw = emptyLine(close.length);
    for (let i = params.k - 1; i < close.length; i += 1) {
      const lowest = windowMin(low, i, params.k);
      raw[i] = quotient(100 * (close[i] - lowest), windowMax(high, i, params.k) - lowest);
    }
    const k = simpleAverage(raw, params.smooth, params.k - 1);
    const d = simpleAverage(k, params.d, params.k + params.smooth - 2);
    // Without d there is no reading; a k beside a missing d would be judged alone.
    return { k: k.map((value, i) => (Number.isNaN(d[i]) ? Number.NaN : value)), d };
  },
  judge({ now }, { lo, hi }) {
    if (now.k < lo) return { vote: 1, confidence: (lo - now.k) / lo };
    if (now.k > hi) return { vote: -1, confidence: (now.k - hi) / (100 - hi) };
    return NEUTRAL;
  },
};
