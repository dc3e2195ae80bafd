import type { Candles } from './candles.ts';
import { type IndicatorId, indicatorIds, indicatorOf } from './indicators/index.ts';
import { shareWindows, type Windows } from './share-windows.ts';
import type { Operand, Strategy } from './strategy.ts';
import { windowMean } from './window.ts';

export interface IndicatorLines {
  /** The parameters really used. */
  readonly params: Readonly<Record<string, number>>;
  readonly starts: Readonly<Record<string, number>>;
  readonly lines: Readonly<Record<string, Float64Array>>;
}

/** A series with everything that does not depend on the bar decided on: computed once, assessed at any bar. */
export interface Chart {
  readonly candles: Candles;
  readonly indicators: Readonly<Record<IndicatorId, IndicatorLines>>;
  readonly sma20: Float64Array;
  readonly sma50: Float64Array;
}

/** Lines of one series that were computed already, by indicator and parameters. */
export interface KnownLines {
  readonly candles: Candles;
  readonly byParams: Map<string, IndicatorLines>;
  readonly windows: Windows;
  readonly sma20: Float64Array;
  readonly sma50: Float64Array;
}

export function knowLines(candles: Candles): KnownLines {
  const { close } = candles;
  const windows = shareWindows();
  return {
    candles,
    byParams: new Map(),
    windows,
    sma20: windows.means(close, 20),
    sma50: windows.means(close, 50),
  };
}

/** All twelve indicators with the strategy's parameters, whether or not they vote: filters read them all. */
export function computeIndicators(
  candles: Candles,
  strategy: Strategy,
  known: KnownLines = knowLines(candles),
): Chart {
  if (known.candles !== candles) throw new Error('these lines are of another series');
  const indicators = {} as Record<IndicatorId, IndicatorLines>;
  for (const id of indicatorIds) indicators[id] = linesOf(id, strategy, known);
  return { candles, indicators, sma20: known.sma20, sma50: known.sma50 };
}

function linesOf(
  id: IndicatorId,
  strategy: Strategy,
  { candles, byParams, windows }: KnownLines,
): IndicatorLines {
  const indicator = indicatorOf(id);
  const { params, key } = paramsOf(strategy)[id];
  const computed = byParams.get(key);
  if (computed !== undefined) return computed;
  const lines = {
    params,
    starts: indicator.starts(params),
    lines: indicator.lines(candles, params, windows),
  };
  byParams.set(key, lines);
  return lines;
}

interface Resolved {
  readonly params: Readonly<Record<string, number>>;
  /** Tells indicators with other parameters apart. */
  readonly key: string;
}

/** Strategies never change; numbers take long to become text. */
const resolved = new WeakMap<Strategy, Readonly<Record<IndicatorId, Resolved>>>();

function paramsOf(strategy: Strategy): Readonly<Record<IndicatorId, Resolved>> {
  const known = resolved.get(strategy);
  if (known !== undefined) return known;
  const all = {} as Record<IndicatorId, Resolved>;
  for (const id of indicatorIds) {
    const params = { ...indicatorOf(id).defaults, ...strategy.params[id] };
    all[id] = { params, key: `${id} ${Object.values(params).join(' ')}` };
  }
  resolved.set(strategy, all);
  return all;
}

/** The number behind an operand at a bar; null when there is none. */
export function operandAt(chart: Chart, bar: number, operand: Operand): number | null {
  const value = rawOperand(chart, bar, operand);
  return Number.isFinite(value) ? value : null;
}

function rawOperand(chart: Chart, bar: number, operand: Operand): number {
  if (typeof operand === 'object') return chart.indicators[operand.indicator].lines[operand.line][bar];
  const { close, volume } = chart.candles;
  switch (operand) {
    case 'CLOSE':
      return close[bar];
    case 'SMA20':
      return chart.sma20[bar];
    case 'SMA50':
      return chart.sma50[bar];
    case 'VOLUME_RATIO':
      // Without 20 bars before it, or without any volume in them, the quotient is not finite.
      return bar < 20 ? Number.NaN : volume[bar] / windowMean(volume, bar - 1, 20);
    case 'OBV_CHANGE': {
      const obv = chart.indicators.OBV.lines.obv;
      return bar === 0 ? Number.NaN : obv[bar] - obv[bar - 1];
    }
  }
}
