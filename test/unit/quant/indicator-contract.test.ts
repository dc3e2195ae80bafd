import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Candles, sliceCandles } from '../../../src/quant/candles.ts';
import { computeIndicators } from '../../../src/quant/chart.ts';
import { CATEGORIES, warmUp } from '../../../src/quant/indicator.ts';
import { indicatorIds, indicatorOf } from '../../../src/quant/indicators/index.ts';
import { readingAt } from '../../../src/quant/reading.ts';
import { shareWindows } from '../../../src/quant/share-windows.ts';
import { strategies, strategyIds } from '../../../src/quant/strategies/index.ts';
import { flat, fromRows, randomWalk, readAapl } from '../../support/series.ts';

const bits = (values: Float64Array) =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('hex');

describe.each(indicatorIds)('%s', (id) => {
  const indicator = indicatorOf(id);

  test('has a category, a display line that exists, and a title', () => {
    expect(CATEGORIES).toContain(indicator.category);
    expect(Object.keys(indicator.starts(indicator.defaults))).toContain(indicator.display);
    expect(indicator.title.length).toBeGreaterThan(3);
    expect(indicator.summary).toMatch(/\.$/);
  });

  test.each([1, 2, 3])('lines are as long as the input, NaN exactly before their start (seed %i)', (seed) => {
    const candles = randomWalk(seed, 260);
    const starts = indicator.starts(indicator.defaults);
    const lines = indicator.lines(candles, indicator.defaults, shareWindows());
    expect(Object.keys(lines).sort()).toEqual(Object.keys(starts).sort());
    for (const [name, line] of Object.entries(lines)) {
      expect(line).toHaveLength(260);
      const first = starts[name] ?? Number.NaN;
      line.forEach((value, i) => {
        expect(Number.isFinite(value), `${name}[${i}]`).toBe(i >= first);
      });
    }
  });

  test('leaves its input unchanged', () => {
    const candles = randomWalk(7, 260);
    const before = bits(candles.close) + bits(candles.high) + bits(candles.low) + bits(candles.volume);
    indicator.lines(candles, indicator.defaults, shareWindows());
    expect(bits(candles.close) + bits(candles.high) + bits(candles.low) + bits(candles.volume)).toBe(before);
  });

  test('is causal: the lines of a prefix are the prefix of the lines, bit for bit', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 260 }), (seed, cut) => {
        const candles = randomWalk(seed, 260);
        const whole = indicator.lines(candles, indicator.defaults, shareWindows());
        const part = indicator.lines(sliceCandles(candles, 0, cut), indicator.defaults, shareWindows());
        for (const [name, line] of Object.entries(part)) {
          expect(bits(line)).toBe(bits((whole[name] ?? new Float64Array()).slice(0, cut)));
        }
      }),
      { numRuns: 25 },
    );
  });

  test.each(strategyIds)(
    'reads OK from its warm-up on and never before, with the parameters of %s',
    (strategy) => {
      const chart = computeIndicators(readAapl(), strategies[strategy]);
      const first = warmUp(chart.indicators[id].starts);
      for (const bar of [0, first - 1, first, first + 1, 1_259]) {
        if (bar < 0) continue;
        const reading = readingAt(chart, bar, id);
        expect(reading.status, `bar ${bar}`).toBe(bar < first ? 'UNAVAILABLE' : 'OK');
        if (reading.status === 'UNAVAILABLE') {
          expect(reading.reason).toEqual({ code: 'TOO_FEW_BARS', needed: first + 1, present: bar + 1 });
        } else {
          expect([-1, 0, 1]).toContain(reading.vote);
          expect(reading.confidence).toBeGreaterThanOrEqual(0);
          expect(reading.confidence).toBeLessThanOrEqual(1);
          expect(reading.confidence).toBe(Math.round(reading.confidence * 100) / 100);
          expect(reading.display).toBe(reading.lines[indicator.display]);
        }
      }
    },
  );

  test('an empty series and a short one give empty lines, not an error', () => {
    for (const bars of [0, 1, 2, 5]) {
      const lines = indicator.lines(randomWalk(1, bars), indicator.defaults, shareWindows());
      for (const line of Object.values(lines)) expect(line).toHaveLength(bars);
    }
  });
});

test('bars needed for a complete reading are those of the definition', () => {
  const needed = Object.fromEntries(
    indicatorIds.map((id) => [id, warmUp(indicatorOf(id).starts(indicatorOf(id).defaults)) + 1]),
  );
  expect(needed).toEqual({
    RSI: 15,
    MACD: 34,
    ADX: 28,
    PSAR: 2,
    EMA: 200,
    STOCHASTIC: 18,
    CCI: 20,
    WILLIAMS_R: 14,
    ATR: 15,
    BOLLINGER: 20,
    OBV: 20,
    CMF: 20,
  });
});

describe('on prices that never move', () => {
  const chart = computeIndicators(flat(260), strategies.BALANCED);
  const reading = (id: (typeof indicatorIds)[number], of = chart) => readingAt(of, 259, id);

  test.each(['STOCHASTIC', 'CCI', 'WILLIAMS_R', 'BOLLINGER', 'ADX'] as const)('%s has no value', (id) => {
    expect(reading(id)).toMatchObject({ status: 'UNAVAILABLE', reason: { code: 'ZERO_DENOMINATOR' } });
  });

  test('RSI is 50 and neutral', () => {
    expect(reading('RSI')).toMatchObject({ status: 'OK', display: 50, vote: 0, confidence: 0 });
  });

  test.each(['MACD', 'EMA', 'OBV', 'CMF', 'ATR'] as const)('%s carries no weight', (id) => {
    expect(reading(id)).toMatchObject({ status: 'OK', vote: expect.any(Number), confidence: 0 });
  });

  test('floating-point noise of an odd price does not make a vote', () => {
    const odd = computeIndicators(flat(260, 0.1 + 0.2), strategies.BALANCED);
    expect(reading('MACD', odd)).toMatchObject({ confidence: 0 });
    expect(reading('CCI', odd)).toMatchObject({ status: 'UNAVAILABLE' });
    expect(reading('BOLLINGER', odd)).toMatchObject({ status: 'UNAVAILABLE' });
  });

  test('without any volume OBV and CMF have no value and the rest works', () => {
    const silent = computeIndicators(
      { ...randomWalk(1, 260), volume: new Float64Array(260) },
      strategies.BALANCED,
    );
    const status = Object.fromEntries(indicatorIds.map((id) => [id, reading(id, silent).status]));
    expect(
      Object.entries(status)
        .filter(([, value]) => value === 'UNAVAILABLE')
        .map(([id]) => id)
        .sort(),
    ).toEqual(['CMF', 'OBV']);
  });
});

test('a NaN in the prices is NOT_A_NUMBER, never a vote', () => {
  const candles = randomWalk(3, 260);
  const close = candles.close.slice();
  close[250] = Number.NaN;
  const chart = computeIndicators({ ...candles, close } satisfies Candles, strategies.BALANCED);
  for (const id of ['RSI', 'MACD', 'EMA', 'BOLLINGER', 'ATR'] as const) {
    expect(readingAt(chart, 259, id)).toMatchObject({
      status: 'UNAVAILABLE',
      reason: { code: 'NOT_A_NUMBER' },
    });
  }
});

test('Parabolic SAR starts short when the second bar falls, with its stop at the first high', () => {
  const bar = (high: number, low: number) => ({ open: low, high, low, close: (high + low) / 2, volume: 1 });
  const chart = computeIndicators(fromRows([bar(10, 9), bar(9.5, 8)]), strategies.BALANCED);
  const { psar, trend } = chart.indicators.PSAR.lines;
  expect(trend?.[1]).toBe(-1);
  expect(psar?.[1]).toBe(10);
});
