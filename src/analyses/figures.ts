import { type Chart, operandAt } from '../quant/chart.ts';
import { windowMean } from '../quant/window.ts';
import type { AnalysisDetails } from './analysis.ts';

/**
 * Numbers of the bar that a result was computed at, in the order in which rows hold them: append, never change or remove an entry.
 */
export const BAR_FIGURES = [
  'close',
  'previousClose',
  'change',
  'changePct',
  'volume',
  'averageVolume',
  'volumeRatio',
] as const;
export type BarFigure = (typeof BAR_FIGURES)[number];
export type BarFigures = Readonly<Record<BarFigure, number | null>>;

/** Bars of the average volume, the newest included. */
const VOLUME_BARS = 20;

/** `BAR_FIGURES` of a bar, NaN where there is none. Looks at no bar after it. */
export function figuresOf(chart: Chart, bar: number): number[] {
  const { candles } = chart;
  const close = candles.close[bar] ?? Number.NaN;
  const previous = candles.close[bar - 1] ?? Number.NaN;
  const change = differenceOf(close, previous);
  const average = bar < VOLUME_BARS - 1 ? Number.NaN : windowMean(candles.volume, bar, VOLUME_BARS);
  // Indices and currencies have no volume at all; a stock that is not traded for so long has a gate of its own.
  const isTraded = average !== 0;
  return [
    close,
    previous,
    change,
    (100 * change) / previous,
    isTraded ? (candles.volume[bar] ?? Number.NaN) : Number.NaN,
    isTraded ? average : Number.NaN,
    operandAt(chart, bar, 'VOLUME_RATIO') ?? Number.NaN,
  ].map((value) => (Number.isFinite(value) ? value : Number.NaN));
}

/** What the details of a result contain of them, for a row that an earlier version stored without them. */
export function figuresIn({ close, readings }: Partial<AnalysisDetails>): number[] {
  const none = Number.NaN;
  const obv = readings?.find(({ indicator }) => indicator === 'OBV');
  const average = obv?.status === 'OK' ? obv.lines.avgVolume : none;
  return [close ?? none, none, none, none, none, average ?? none, none];
}

/** The numbers by name, null where there is none. */
export function barFiguresIn(figures: readonly number[]): BarFigures {
  const entries = BAR_FIGURES.map((name, i) => {
    const value = figures[i] ?? Number.NaN;
    return [name, Number.isFinite(value) ? value : null];
  });
  return Object.fromEntries(entries) as BarFigures;
}

/** Place of a number in a row, from 1 on. */
export const figurePlaceOf = (name: BarFigure): number => 1 + BAR_FIGURES.indexOf(name);

/** Of prices with up to ten digits in common with their difference: 101.1 - 100.9 is 0.2. */
function differenceOf(close: number, previous: number): number {
  return Number((close - previous).toPrecision(10));
}
