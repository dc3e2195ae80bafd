import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { computeIndicators } from '../../../src/quant/chart.ts';
import type { IndicatorId } from '../../../src/quant/indicators/index.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';
import { readAapl } from '../../support/series.ts';

// The fixture's README names TA-Lib's function behind each column.
const columns: readonly [column: string, indicator: IndicatorId, line: string][] = [
  ['rsi', 'RSI', 'rsi'],
  ['macd', 'MACD', 'macd'],
  ['macdSignal', 'MACD', 'signal'],
  ['macdHist', 'MACD', 'histogram'],
  ['adx', 'ADX', 'adx'],
  ['pdi', 'ADX', 'plusDi'],
  ['mdi', 'ADX', 'minusDi'],
  ['psar', 'PSAR', 'psar'],
  ['ema50', 'EMA', 'fast'],
  ['ema200', 'EMA', 'slow'],
  ['stochK', 'STOCHASTIC', 'k'],
  ['stochD', 'STOCHASTIC', 'd'],
  ['cci', 'CCI', 'cci'],
  ['willr', 'WILLIAMS_R', 'williamsR'],
  ['atr', 'ATR', 'atr'],
  ['bbU', 'BOLLINGER', 'upper'],
  ['bbM', 'BOLLINGER', 'middle'],
  ['bbL', 'BOLLINGER', 'lower'],
  ['obv', 'OBV', 'obv'],
];

const file = new URL('../../fixtures/talib/aapl.csv', import.meta.url);
const reference: Record<string, string>[] = parse(readFileSync(file, 'utf8'), { columns: true });
const candles = readAapl();
const chart = computeIndicators(candles, strategies.BALANCED);

describe('every line equals TA-Lib from its first value on', () => {
  test('the reference has a row per bar of the sample', () => {
    expect(reference.map((row) => row.Date)).toEqual([...candles.dates]);
  });

  test.each(columns)('%s', (column, indicator, line) => {
    const theirs = reference.map((row) => (row[column] === '' ? Number.NaN : Number(row[column])));
    const ours = [...(chart.indicators[indicator].lines[line] ?? [])];
    expect(ours.findIndex(Number.isFinite)).toBe(theirs.findIndex(Number.isFinite));
    const finite = theirs.filter(Number.isFinite);
    expect(finite.length).toBeGreaterThan(1_000);
    const scale = finite.reduce((sum, value) => sum + Math.abs(value), 0) / finite.length;
    let worst = 0;
    theirs.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      worst = Math.max(worst, Math.abs((ours[i] ?? Number.NaN) - value) / Math.max(Math.abs(value), scale));
    });
    expect(worst).toBeLessThanOrEqual(1e-9);
  });
});

test('CMF equals its definition, computed naively', () => {
  const { high, low, close, volume } = candles;
  const at = (column: Float64Array, i: number) => column[i] ?? Number.NaN;
  for (let t = 19; t < close.length; t += 1) {
    let flow = 0;
    let total = 0;
    for (let i = t - 19; i <= t; i += 1) {
      const range = at(high, i) - at(low, i);
      const multiplier = (2 * at(close, i) - at(high, i) - at(low, i)) / range;
      flow += range === 0 ? 0 : multiplier * at(volume, i);
      total += at(volume, i);
    }
    expect(at(chart.indicators.CMF.lines.cmf ?? new Float64Array(), t)).toBeCloseTo(flow / total, 9);
  }
});
