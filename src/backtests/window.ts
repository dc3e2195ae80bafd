import { ItemError } from '../errors.ts';
import type { Warning } from '../quant/analyze.ts';
import { type Candles, sliceCandles } from '../quant/candles.ts';
import type { Timeframe } from '../quant/resample.ts';
import { type BacktestOptions, ranges } from './options.ts';

const DAY_MS = 86_400_000;
/** The fewest calendar days that a bar of a timeframe stands for. */
const FEWEST_DAYS: Readonly<Record<Timeframe, number>> = { DAILY: 1, WEEKLY: 7, MONTHLY: 28 };

/** Bars of the window with those that only warm the indicators up before it. */
export interface TestedBars {
  readonly candles: Candles;
  /** Index of the window's first bar. */
  readonly from: number;
}

/** What to load, in bars of the timeframe: no market has more sessions than days. */
export function barsNeeded(
  { window, lookback, asOf, timeframe }: BacktestOptions,
  today: string,
): number | 'ALL' {
  if (lookback === 'ALL') return 'ALL';
  if ('bars' in window) return window.bars + lookback;
  const end = window.to ?? asOf ?? today;
  const days = (Date.parse(end) - Date.parse(window.from)) / DAY_MS + 1;
  return Math.ceil(days / FEWEST_DAYS[timeframe ?? 'DAILY']) + lookback;
}

/** The last day that may be read; null: today. */
export function lastDay({ window, asOf }: BacktestOptions): string | null {
  return 'bars' in window ? asOf : (window.to ?? asOf);
}

/** The bars that the options name, out of all that were loaded. Throws ItemError TOO_FEW_BARS when the window is too short. */
export function cutToWindow(loaded: Candles, { window, lookback }: BacktestOptions): TestedBars {
  const bars = loaded.dates.length;
  const first =
    'bars' in window ? Math.max(0, bars - window.bars) : loaded.dates.findIndex((day) => day >= window.from);
  const length = first < 0 ? 0 : bars - first;
  if (length < ranges.windowBars.min) {
    throw new ItemError(
      'TOO_FEW_BARS',
      `The window has ${length} bars; ${ranges.windowBars.min} are the minimum.`,
    );
  }
  const start = lookback === 'ALL' ? 0 : Math.max(0, first - lookback);
  return { candles: start === 0 ? loaded : sliceCandles(loaded, start), from: first - start };
}

/** What to know when history is shorter than asked for; null when it is not. */
export function shortHistory(
  { candles, from }: TestedBars,
  { window, lookback }: BacktestOptions,
  tradableFrom: string | null,
): Warning | null {
  const bars = candles.dates.length - from;
  const parts: string[] = [];
  if ('bars' in window && bars < window.bars)
    parts.push(`The window has ${bars} bars instead of ${window.bars}.`);
  if (lookback !== 'ALL' && from < lookback)
    parts.push(`${from} bars lie before the window instead of ${lookback}.`);
  if (tradableFrom !== candles.dates[from])
    parts.push(tradableFrom === null ? 'No bar may signal.' : `Signals start on ${tradableFrom}.`);
  return parts.length === 0 ? null : { code: 'SHORT_HISTORY', message: parts.join(' ') };
}
