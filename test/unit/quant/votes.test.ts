import { describe, expect, test } from 'vitest';
import type { Bar } from '../../../src/quant/indicator.ts';
import { type IndicatorId, indicatorOf } from '../../../src/quant/indicators/index.ts';

type Case = [
  id: IndicatorId,
  lines: Record<string, number>,
  vote: number,
  confidence: number,
  extra?: { close?: number; before?: Record<string, number>; params?: Record<string, number> },
];

const cases: Case[] = [
  ['RSI', { rsi: 15 }, 1, 0.5],
  ['RSI', { rsi: 30 }, 0, 0],
  ['RSI', { rsi: 50 }, 0, 0],
  ['RSI', { rsi: 70 }, 0, 0],
  ['RSI', { rsi: 85 }, -1, 0.5],
  ['MACD', { histogram: 1 }, 1, 0.5],
  ['MACD', { histogram: -5 }, -1, 1],
  ['MACD', { histogram: 0 }, 0, 0],
  ['ADX', { adx: 25, plusDi: 20, minusDi: 10 }, 1, 0.5],
  ['ADX', { adx: 15, plusDi: 20, minusDi: 10 }, 1, 0.3],
  ['ADX', { adx: 5, plusDi: 10, minusDi: 20 }, -1, 0.3],
  ['ADX', { adx: 60, plusDi: 10, minusDi: 20 }, -1, 1],
  ['ADX', { adx: 60, plusDi: 10, minusDi: 10 }, 0, 0],
  ['ADX', { adx: 30, plusDi: 20, minusDi: 10 }, 1, 0.75, { params: { threshold: 20 } }],
  ['PSAR', { psar: 98.5, trend: 1 }, 1, 0.6],
  ['PSAR', { psar: 110, trend: -1 }, -1, 1],
  ['EMA', { fast: 105, slow: 100 }, 1, 0.5],
  ['EMA', { fast: 80, slow: 100 }, -1, 1],
  ['EMA', { fast: 100, slow: 100 }, 0, 0],
  ['STOCHASTIC', { k: 10, d: 50 }, 1, 0.5],
  ['STOCHASTIC', { k: 20, d: 50 }, 0, 0],
  ['STOCHASTIC', { k: 90, d: 50 }, -1, 0.5],
  ['CCI', { cci: -150 }, 1, 0.5],
  ['CCI', { cci: 400 }, -1, 1],
  ['CCI', { cci: 100 }, 0, 0],
  ['WILLIAMS_R', { williamsR: -90 }, 1, 0.5],
  ['WILLIAMS_R', { williamsR: -10 }, -1, 0.5],
  ['WILLIAMS_R', { williamsR: -80 }, 0, 0],
  ['ATR', { atr: 2.5, atrPct: 2.5 }, 0, 0.5],
  ['BOLLINGER', { upper: 104, middle: 102, lower: 101, percentB: 0 }, 1, 1 / 3],
  ['BOLLINGER', { upper: 99, middle: 98, lower: 97, percentB: 1 }, -1, 0.5],
  ['BOLLINGER', { upper: 101, middle: 100, lower: 99, percentB: 0.5 }, 0, 0],
  ['OBV', { obv: 1_100, avgVolume: 1_000 }, 1, 0.75, { before: { obv: 1_000 } }],
  ['OBV', { obv: 0, avgVolume: 1_000 }, -1, 1, { before: { obv: 1_000 } }],
  ['OBV', { obv: 1_000, avgVolume: 1_000 }, 0, 0, { before: { obv: 1_000 } }],
  ['CMF', { cmf: 0.125 }, 1, 0.5],
  ['CMF', { cmf: -0.5 }, -1, 1],
  ['CMF', { cmf: 0 }, 0, 0],
];

describe('votes and confidences', () => {
  test.each(cases)('%s with %o votes %i at %f', (id, lines, vote, confidence, extra = {}) => {
    const indicator = indicatorOf(id);
    const bar: Bar<string> = { now: lines, before: extra.before ?? lines, close: extra.close ?? 100 };
    const judged = indicator.judge(bar, { ...indicator.defaults, ...extra.params });
    expect(judged.vote).toBe(vote);
    expect(judged.confidence).toBeCloseTo(confidence, 12);
  });
});
