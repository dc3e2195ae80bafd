import { describe, expect, test } from 'vitest';
import { backtestOptions, isCustomised, resolveBacktest } from '../../../src/backtests/options.ts';
import { barsNeeded, cutToWindow, lastDay, shortHistory } from '../../../src/backtests/window.ts';
import { ItemError } from '../../../src/errors.ts';
import { randomWalk } from '../../support/series.ts';

const TODAY = '2026-01-31';
const resolve = (asked: object = {}) => resolveBacktest(null, asked, TODAY);

describe('options of a backtest', () => {
  test('left out, null and their defaults written out are the same', () => {
    const defaults = {
      windowBars: 365,
      lookback: 400,
      capital: '100000.00',
      costBps: 10,
      overlap: false,
      categoryWeights: {},
      asOf: null,
      from: null,
    } as const;
    expect(resolveBacktest(['BALANCED'], defaults, TODAY)).toEqual(resolve());
    expect(resolve({ sides: 'LONG', borrowPct: null })).toEqual(resolve());
    expect(resolve({ sides: 'SHORT' })).toEqual(resolve({ sides: 'SHORT', borrowPct: 3 }));
    expect(resolve({ overlap: true })).toEqual(resolve({ overlap: true, maxOpenPositions: 5 }));
    expect(backtestOptions.parse(JSON.parse(JSON.stringify(resolve())))).toEqual(resolve());
    expect(isCustomised(resolve())).toBe(false);
  });

  test('keep strategies once, in the order of the registry', () => {
    const asked = resolveBacktest(['WEEKLY_TARGET', 'BALANCED', 'WEEKLY_TARGET'], {}, TODAY);
    expect(asked.strategies).toEqual(['BALANCED', 'WEEKLY_TARGET']);
  });

  test.each([
    { windowBars: 29 },
    { windowBars: 2_001 },
    { windowBars: 100.5 },
    { costBps: -1 },
    { costBps: 201 },
    { costBps: Number.NaN },
    { maxOpenPositions: 3 },
    { overlap: true, maxOpenPositions: 1 },
    { overlap: true, maxOpenPositions: 21 },
    { overlap: true, maxOpenPositions: 2.5 },
    { sides: 'SHORT', borrowPct: -1 },
    { sides: 'BOTH', borrowPct: 201 },
    { borrowPct: 3 },
    { sides: 'LONG', borrowPct: 3 },
    { lookback: 300 },
    { capital: '999' },
    { categoryWeights: { TREND: 2 } },
    { indicators: ['ATR'] },
    { asOf: '2026-02-01' },
    { to: '2025-12-31' },
    { from: 'yesterday' },
    { from: '2026-01-10' },
    { from: '2017-01-01' },
    { from: '2025-06-01', to: '2026-02-01' },
    { from: '2025-06-01', to: '2025-12-31', asOf: '2025-11-30' },
    { from: '2025-06-01', windowBars: 100 },
  ])('%j is refused with the name of the field', (asked) => {
    const names = Object.keys(asked);
    const refused = () => resolve(asked);
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    expect(refused).toThrow(new RegExp(`options\\.(${names.join('|')}|from)`));
  });

  test('are customised by anything that changes decisions or costs, and not by the window', () => {
    expect(isCustomised(resolve({ windowBars: 90 }))).toBe(false);
    expect(isCustomised(resolve({ from: '2025-01-01', asOf: '2025-12-31' }))).toBe(false);
    for (const asked of [
      { costBps: 0 },
      { overlap: true },
      { indicators: ['RSI'] },
      { capital: '5000' },
      { sides: 'BOTH' },
    ])
      expect(isCustomised(resolve(asked))).toBe(true);
  });
});

describe('the window', () => {
  const candles = randomWalk(7, 300);
  const day = (bar: number) => candles.dates[bar] ?? '';

  test('of so many bars is the newest, with the look-back before it', () => {
    const options = resolve({ windowBars: 60, lookback: 100 });
    expect(barsNeeded(options, TODAY)).toBe(160);
    const tested = cutToWindow(candles, options);
    expect(tested.from).toBe(100);
    expect(tested.candles.dates).toEqual(candles.dates.slice(140));
    expect(shortHistory(tested, options, day(240))).toBeNull();
  });

  test('from a day on begins at the first bar that is not before it, and has the same look-back', () => {
    const from = day(200);
    const options = { ...resolve({ lookback: 100 }), window: { from, to: day(299) } };
    expect(barsNeeded(options, TODAY)).toBe(200);
    expect(lastDay(options)).toBe(day(299));
    const tested = cutToWindow(candles, options);
    expect([tested.from, tested.candles.dates[tested.from], tested.candles.dates.length]).toEqual([
      100,
      from,
      200,
    ]);
    expect(lastDay(resolve({ from: '2025-01-01' }))).toBeNull();
    expect(lastDay(resolve({ asOf: '2025-01-01' }))).toBe('2025-01-01');
    expect(barsNeeded(resolve({ lookback: 'ALL' }), TODAY)).toBe('ALL');
  });

  test('tells when history is shorter than asked for', () => {
    const options = resolve({ windowBars: 280, lookback: 100 });
    const tested = cutToWindow(candles, options);
    expect(tested.from).toBe(20);
    const warning = shortHistory(tested, options, day(49));
    expect(warning?.code).toBe('SHORT_HISTORY');
    expect(warning?.message).toContain('20 bars lie before the window instead of 100');
    expect(warning?.message).toContain(`Signals start on ${day(49)}`);
    const longer = resolve({ windowBars: 500 });
    expect(shortHistory(cutToWindow(candles, longer), longer, day(49))?.message).toContain(
      'The window has 300 bars instead of 500',
    );
  });

  test('with fewer than 30 bars is an error of the item', () => {
    const options = { ...resolve(), window: { from: day(271), to: null } };
    expect(() => cutToWindow(candles, options)).toThrow(ItemError);
    expect(() => cutToWindow(candles, options)).toThrow('29 bars');
    const after = { ...resolve(), window: { from: '2100-01-01', to: null } };
    expect(() => cutToWindow(candles, after)).toThrow('0 bars');
  });
});
