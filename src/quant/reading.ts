import type { Chart } from './chart.ts';
import { type Category, type Vote, warmUp } from './indicator.ts';
import { type IndicatorId, indicatorOf } from './indicators/index.ts';

export type Unavailable =
  | { readonly code: 'TOO_FEW_BARS'; readonly needed: number; readonly present: number }
  | { readonly code: 'ZERO_DENOMINATOR' | 'NOT_A_NUMBER' };

interface ReadingCore {
  readonly indicator: IndicatorId;
  readonly category: Category;
  readonly params: Readonly<Record<string, number>>;
}

/** What one indicator says about one bar. Never a stand-in number: what cannot be computed is UNAVAILABLE. */
export type Reading = ReadingCore &
  (
    | {
        readonly status: 'OK';
        readonly lines: Readonly<Record<string, number>>;
        readonly display: number;
        readonly vote: Vote;
        /** 0..1 with 2 decimals: stored, shown and aggregated alike. */
        readonly confidence: number;
      }
    | { readonly status: 'UNAVAILABLE'; readonly reason: Unavailable }
  );

export function readingAt(chart: Chart, bar: number, id: IndicatorId): Reading {
  const indicator = indicatorOf(id);
  const { params, starts, lines } = chart.indicators[id];
  const core = { indicator: id, category: indicator.category, params };
  const first = warmUp(starts);
  if (bar < first) {
    const reason = { code: 'TOO_FEW_BARS', needed: first + 1, present: bar + 1 } as const;
    return { ...core, status: 'UNAVAILABLE', reason };
  }
  const now = atBar(lines, bar);
  if (!Object.values(now).every(Number.isFinite)) {
    const code = inputsAreFinite(chart, bar) ? 'ZERO_DENOMINATOR' : 'NOT_A_NUMBER';
    return { ...core, status: 'UNAVAILABLE', reason: { code } };
  }
  const close = chart.candles.close[bar];
  const judged = indicator.judge({ now, before: atBar(lines, bar - 1), close }, params);
  // Finiteness first: a NaN must never pass through a clamp.
  if (!Number.isFinite(judged.confidence)) {
    return { ...core, status: 'UNAVAILABLE', reason: { code: 'NOT_A_NUMBER' } };
  }
  const confidence = roundedConfidence(judged.confidence);
  return {
    ...core,
    status: 'OK',
    lines: now,
    display: now[indicator.display],
    vote: judged.vote,
    confidence,
  };
}

/** Of a finite number: clamped to 0..1, then 2 decimals. */
export function roundedConfidence(confidence: number): number {
  return Math.round(Math.min(Math.max(confidence, 0), 1) * 100) / 100;
}

function atBar(lines: Readonly<Record<string, Float64Array>>, bar: number): Record<string, number> {
  const values: Record<string, number> = {};
  for (const name of Object.keys(lines)) values[name] = lines[name][bar];
  return values;
}

function inputsAreFinite({ candles }: Chart, bar: number): boolean {
  const { open, high, low, close, volume } = candles;
  for (const column of [open, high, low, close, volume]) {
    for (let i = 0; i <= bar; i += 1) if (!Number.isFinite(column[i])) return false;
  }
  return true;
}
