import { expect, test } from 'vitest';
import { LINES, linePlaceOf, linesOf } from '../../../src/analyses/lines.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { indicatorIds, indicatorOf } from '../../../src/quant/indicators/index.ts';
import { readingAt } from '../../../src/quant/reading.ts';
import { strategies } from '../../../src/quant/strategies/index.ts';
import { readAapl } from '../../support/series.ts';

test('each line of each indicator has a place (else: append it to LINES)', () => {
  const lines = indicatorIds.flatMap((id) =>
    Object.keys(indicatorOf(id).starts(indicatorOf(id).defaults)).map((line) => `${id}.${line}`),
  );
  expect(LINES.map(({ indicator, line }) => `${indicator}.${line}`).sort()).toEqual(lines.sort());
});

test('the places are those of the rows that are stored already', () => {
  const stored =
    'MACD.macd MACD.signal MACD.histogram ADX.adx ADX.plusDi ADX.minusDi EMA.fast EMA.slow EMA.spreadPct PSAR.psar PSAR.trend RSI.rsi ' +
    'STOCHASTIC.k STOCHASTIC.d CCI.cci WILLIAMS_R.williamsR ATR.atr ATR.atrPct BOLLINGER.upper BOLLINGER.middle BOLLINGER.lower ' +
    'BOLLINGER.percentB OBV.obv OBV.avgVolume CMF.cmf';
  const places = LINES.map(({ indicator, line }) => `${indicator}.${line}`);
  // Lines of new indicators are appended.
  expect(places.slice(0, 25).join(' ')).toBe(stored);
  expect(linePlaceOf({ indicator: 'RSI', line: 'rsi' })).toBe(12);
  expect(linePlaceOf({ indicator: 'RSI', line: 'k' })).toBe(0);
});

test('the lines are those of the readings; one that is not available or not asked for has none', () => {
  const chart = computeIndicators(readAapl(), strategies.BALANCED);
  const readings = indicatorIds.map((id) => readingAt(chart, 600, id));
  for (const reading of readings) {
    if (reading.status !== 'OK') throw new Error(`${reading.indicator} has no value`);
    for (const [line, value] of Object.entries(reading.lines))
      expect(linesOf(readings)[linePlaceOf({ indicator: reading.indicator, line }) - 1]).toBe(value);
  }
  const early = linesOf([readingAt(chart, 60, 'RSI'), readingAt(chart, 60, 'EMA')]);
  expect(early.filter((value) => !Number.isNaN(value))).toHaveLength(1);
});
