import { expect, test } from 'vitest';
import {
  BAR_FIGURES,
  barFiguresIn,
  figurePlaceOf,
  figuresIn,
  figuresOf,
} from '../../../src/analyses/figures.ts';
import { assess } from '../../../src/quant/analyze.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';
import { readAapl } from '../../support/series.ts';

const settings = {
  capital: '100000',
  riskPct: null,
  positionMaxPct: null,
  minRiskReward: null,
  categoryWeights: {},
  indicators: null,
  tick: '0.01',
};

function figuresAt(candles: Candles, bar: number) {
  const chart = computeIndicators(candles, strategies.BALANCED);
  const result = assess(chart, bar, strategies.BALANCED, settings);
  return { figures: figuresOf(chart, bar), result };
}

test('the places are those of the rows that are stored already', () => {
  expect(BAR_FIGURES.join(' ')).toBe('close previousClose change changePct volume averageVolume volumeRatio');
  expect([figurePlaceOf('close'), figurePlaceOf('volumeRatio')]).toEqual([1, 7]);
});

test('the figures are those of the bars', () => {
  const candles = readAapl();
  const bar = 600;
  const { figures } = figuresAt(candles, bar);
  const { close, volume } = candles;
  const mean = (from: number, to: number) => volume.slice(from, to).reduce((sum, x) => sum + x, 0) / 20;
  const [now = 0, before = 0] = [close[bar], close[bar - 1]];
  const shown = barFiguresIn(figures);
  expect(shown.close).toBe(now);
  expect(shown.previousClose).toBe(before);
  expect(shown.change).toBeCloseTo(now - before, 9);
  expect(shown.changePct).toBeCloseTo(100 * (now / before - 1), 9);
  expect(shown.volume).toBe(volume[bar]);
  expect(shown.averageVolume).toBeCloseTo(mean(bar - 19, bar + 1), 3);
  expect(shown.volumeRatio).toBeCloseTo((volume[bar] ?? 0) / mean(bar - 20, bar), 9);
});

test('a change is exact to the digits of its prices', () => {
  const candles = readAapl();
  const close = Float64Array.from(candles.close);
  close.set([100.9, 101.1], 99);
  const { figures } = figuresAt({ ...candles, close }, 100);
  expect(barFiguresIn(figures).change).toBe(0.2);
});

test('what a series does not have is null: volumes of an index, and the bar before the first', () => {
  const candles = readAapl();
  const none = { ...candles, volume: new Float64Array(candles.close.length) };
  const { figures } = figuresAt(none, 60);
  expect(barFiguresIn(figures)).toMatchObject({ volume: null, averageVolume: null, volumeRatio: null });
  const first = figuresOf(computeIndicators(candles, strategies.BALANCED), 0);
  expect(barFiguresIn(first)).toMatchObject({ previousClose: null, change: null, averageVolume: null });
});

test('details of an earlier version contain the close and the average volume', () => {
  const { figures, result } = figuresAt(readAapl(), 600);
  const found = figuresIn({ close: result.close, readings: result.readings });
  for (const [i, value] of found.entries()) if (!Number.isNaN(value)) expect(value).toBe(figures[i]);
  expect(found.filter((value) => !Number.isNaN(value))).toHaveLength(2);
  expect(found).toHaveLength(figures.length);
  expect(barFiguresIn(figuresIn({}))).toMatchObject({ close: null, averageVolume: null });
});
