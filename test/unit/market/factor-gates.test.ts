import { describe, expect, test } from 'vitest';
import { readPriceFile } from '../../../src/market/files/read-price-file.ts';
import { gateFactors } from '../../../src/market/gates.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { gatesOf } from '../../../src/quant/gate.ts';
import { randomWalk } from '../../support/series.ts';

describe('adjustment factors', () => {
  const bars = randomWalk(21, 120);
  const row = (i: number, factor: number, more: string) =>
    `${bars.dates[i]},${bars.open[i]},${bars.high[i]},${bars.low[i]},${bars.close[i]},${bars.volume[i]},${(bars.close[i] ?? 0) * factor}${more}`;
  const gates = (factor: (i: number) => number, name = '', more: (i: number) => string = () => '') => {
    const lines = bars.dates.map((_, i) => row(i, factor(i), name === '' ? '' : `,${more(i)}`));
    const header = `Date,Open,High,Low,Close,Volume,Adj Close${name === '' ? '' : `,${name}`}`;
    return gatesOf(readPriceFile(Buffer.from([header, ...lines].join('\n'))).warnings);
  };

  test('that move where the price does not are a step', () => {
    expect(gates((i) => (i < 60 ? 0.5 : 1))).toEqual(['FACTOR_STEP']);
    expect(gates((i) => (i < 60 ? 0.9 : 1))).toEqual(['FACTOR_STEP']);
    expect(gates((i) => (i < 60 ? 0.99 : 1))).toEqual([]);
  });

  test('that move on the day of a known dividend or split are none', () => {
    const onDay = (value: string) => (i: number) => (i === 60 ? value : '0');
    expect(gates((i) => (i < 60 ? 0.9 : 1), 'Dividends', onDay('12.5'))).toEqual([]);
    expect(gates((i) => (i < 60 ? 0.9 : 1), 'Dividends')).toEqual(['FACTOR_STEP']);
    expect(gates((i) => (i < 60 ? 0.5 : 1), 'Stock Splits', onDay('2'))).toEqual([]);
  });

  test('that no split or dividend can give are out of range', () => {
    expect(gates((i) => (i === 60 ? 8.4e35 : 1))).toContain('FACTOR_RANGE');
    expect(gates((i) => (i === 60 ? -1 : 1))).toContain('FACTOR_RANGE');
    expect(gates((i) => (i === 60 ? 0 : 1))).toContain('FACTOR_RANGE');
    expect(gates((i) => (i < 60 ? 1.015 : 1))).toEqual(['FACTOR_RANGE']);
    expect(gates((i) => (i < 60 ? 1.005 : 1))).toEqual([]);
  });

  test('of a reverse split that the price shows are in range', () => {
    // Ten old shares are one: prices before are a tenth, and volumes ten times as large.
    const cell = (column: keyof Candles, i: number) => Number(bars[column][i]) * (i < 60 ? 0.1 : 1);
    const lines = bars.dates.map(
      (day, i) =>
        `${day},${cell('open', i)},${cell('high', i)},${cell('low', i)},${cell('close', i)},${Number(bars.volume[i]) * (i < 60 ? 10 : 1)},${bars.close[i]}`,
    );
    const file = readPriceFile(
      Buffer.from(['Date,Open,High,Low,Close,Volume,Adj Close', ...lines].join('\n')),
    );
    expect(gatesOf(file.warnings)).toEqual([]);
    expect(file.candles.volume[0]).toBeCloseTo(bars.volume[0] ?? 0, 6);
  });

  test('that move across bars without a close are a step, unless a split or dividend is known for one of these days', () => {
    const close = bars.close.map((price, i) => (i === 60 || i === 61 ? Number.NaN : price));
    const factors = close.map((price, i) => (Number.isFinite(price) ? (i < 60 ? 0.9 : 1) : Number.NaN));
    const codes = (known: readonly number[], of = close) =>
      gatesOf(gateFactors({ ...bars, close: of }, factors, null, new Set(known)));
    expect(codes([])).toEqual(['FACTOR_STEP']);
    for (const day of [60, 61, 62]) expect(codes([day])).toEqual([]);
    for (const day of [59, 63]) expect(codes([day])).toEqual(['FACTOR_STEP']);
    // The price before them moves against the step.
    const fallen = close.map((price, i) => (i < 60 ? price * 2 : price));
    expect(codes([], fallen)).toEqual([]);
  });
});
