import type { Candles } from './candles.ts';
import type { Windows } from './share-windows.ts';

export const CATEGORIES = ['TREND', 'MOMENTUM', 'VOLATILITY', 'VOLUME'] as const;
export type Category = (typeof CATEGORIES)[number];

export type Vote = -1 | 0 | 1;

export interface Judgement {
  readonly vote: Vote;
  /** Before clamping to 0..1 and rounding. */
  readonly confidence: number;
}

/** The lines of one bar. They are finite: a bar without a complete reading is never judged. */
export interface Bar<Line extends string> {
  readonly now: Readonly<Record<Line, number>>;
  /** The lines of the bar before. */
  readonly before: Readonly<Record<Line, number>>;
  readonly close: number;
}

/** Written as methods, so that a registry of different parameter types unifies. */
export interface Indicator<Params extends object = object, Line extends string = string> {
  readonly title: string;
  /** One sentence for people who choose indicators. */
  readonly summary: string;
  readonly category: Category;
  readonly defaults: Params;
  /** The line that a list shows. */
  readonly display: Line;
  /** False: informs only; no weight in any score. */
  readonly votes: boolean;
  /** Index of the first bar with a value, per line: NaN before it. */
  starts(params: Params): Readonly<Record<Line, number>>;
  /** Causal: bar `i` depends on the bars up to `i` only. NaN where a denominator is zero. */
  lines(candles: Candles, params: Params, windows: Windows): Readonly<Record<Line, Float64Array>>;
  judge(bar: Bar<Line>, params: Params): Judgement;
}

export const NEUTRAL: Judgement = { vote: 0, confidence: 0 };

/** Index of the first bar with every line: the bars needed for a complete reading, less one. */
export function warmUp(starts: Readonly<Record<string, number>>): number {
  return Math.max(...Object.values(starts));
}
