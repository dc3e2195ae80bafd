import { describe, expect, test } from 'vitest';
import { gateFactors, gateFuture, gateSplits, lastSessionMissing } from '../../../src/market/gates.ts';
import { loadBars } from '../../../src/market/load-bars.ts';
import { loadSpan } from '../../../src/market/load-span.ts';
import { joinSeries, type KeptSeries } from '../../../src/market/series.ts';
import { joinWarnings, type SeriesWarning, withoutDays } from '../../../src/market/series-warning.ts';
import { createOwnSource } from '../../../src/market/sources/own.ts';
import { type Candles, sliceCandles } from '../../../src/quant/candles.ts';
import { UNQUOTED } from '../../../src/quant/tick.ts';
import { randomWalk } from '../../support/series.ts';

/** From 2020-01-01 on, a bar a day. */
const bars = randomWalk(21, 900);
const day = (i: number) => bars.dates[i] ?? '';
const signal = new AbortController().signal;
const ones = new Float64Array(900).fill(1);
const codesOf = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }) =>
  warnings.map(({ code }) => code);

/** Gates about the bars 300 and 600, and about a session after the last bar. */
const kinds: readonly (readonly [string, SeriesWarning[]])[] = [
  [
    'FACTOR_STEP',
    gateFactors(
      bars,
      ones.map((_, i) => (i < 300 ? 0.81 : i < 600 ? 0.9 : 1)),
      null,
      new Set(),
    ),
  ],
  [
    'FACTOR_RANGE',
    gateFactors(
      bars,
      ones.map((_, i) => (i === 300 || i === 600 ? 1.015 : 1)),
      null,
      new Set(),
    ),
  ],
  [
    'SUSPECTED_SPLIT',
    gateSplits(
      { ...bars, close: bars.close.map((price, i) => (i === 299 || i === 599 ? 2 * price : price)) },
      new Map([300, 600].map((i) => [i, 2])),
    ),
  ],
];

const own = (warnings: readonly SeriesWarning[], candles: Candles = bars) =>
  createOwnSource(() => Promise.resolve({ candles, adjustment: 'UNKNOWN', currency: null, warnings }));
const load = (
  source: ReturnType<typeof own>,
  {
    today = '2022-07-01',
    ...asked
  }: { bars: number | 'ALL'; asOf?: string; timeframe?: 'WEEKLY' | 'MONTHLY'; today?: string },
) =>
  loadBars(
    source,
    'OWN',
    { ticker: 'X', workspaceId: 'w', timeframe: 'DAILY', asOf: null, ...asked },
    { today, signal },
  );

describe.each(kinds)('the gate %s of a series', (code, warnings) => {
  test('is of a result whose bars contain its day, and of no other', async () => {
    const source = own(warnings);
    const found = async (asked: Parameters<typeof load>[1]) =>
      (await load(source, asked)).warnings.filter((one) => one.code === code);
    expect(await found({ bars: 100 })).toEqual([]);
    expect(await found({ bars: 100, asOf: day(599) })).toEqual([]);
    expect(await found({ bars: 'ALL', asOf: day(299) })).toEqual([]);
    const [first] = await found({ bars: 500, asOf: day(599) });
    expect(first?.message).toContain(day(300));
    expect(first?.message).not.toContain(day(600));
    expect(Object.keys(first ?? {})).toEqual(['code', 'message']);
    const [both] = await found({ bars: 'ALL' });
    expect(both?.message).toContain(`${day(600)} (`);
    expect(both?.message).toContain(`${day(300)} (`);
  });

  test('is of the days of a span whose bars contain its day', async () => {
    const request = { ticker: 'X', bars: 100, workspaceId: 'w', timeframe: 'DAILY' } as const;
    const span = await loadSpan(
      own(warnings),
      'OWN',
      { ...request, from: day(590), to: day(720) },
      { today: '2022-07-01', signal },
    );
    const gated = span.days.filter((of) => codesOf(span.upTo(of)).includes(code));
    expect([gated[0], gated.at(-1), gated.length]).toEqual([day(600), day(699), 100]);
  });
});

test('bars of the future and a session that is missing are of no result as of a day before', async () => {
  const source = own([
    ...gateFuture(['2031-01-02'], '2022-07-01'),
    ...lastSessionMissing('Test', '2022-06-19'),
  ]);
  const future = ['FUTURE_BAR', 'LAST_SESSION_MISSING'];
  expect(codesOf(await load(source, { bars: 100 })).filter((code) => future.includes(code))).toEqual(future);
  expect(codesOf(await load(source, { bars: 100, asOf: day(899) }))).toEqual([]);
});

test('a warning without days, as an earlier version stored it, is of every result', async () => {
  const source = own([{ code: 'FACTOR_STEP', message: 'old' }]);
  for (const asOf of [day(200), day(899)])
    expect((await load(source, { bars: 100, asOf })).warnings).toEqual([
      { code: 'FACTOR_STEP', message: 'old' },
    ]);
});

test.each(['WEEKLY', 'MONTHLY'] as const)(
  'a jump before the first %s bar that is used is of no result',
  async (timeframe) => {
    const long = randomWalk(3, 2_500);
    const count = { WEEKLY: 60, MONTHLY: 50 }[timeframe];
    const asked = { bars: count, timeframe, today: '2026-12-01' };
    const unchanged = await load(own([], long), asked);
    // The first period that is used begins on the first day of a week or month.
    const period = unchanged.candles.dates[0] ?? '';
    const end = long.dates.indexOf(period);
    const start = end - (timeframe === 'WEEKLY' ? 6 : Number(period.slice(8)) - 1);
    const jumpAt = (at: number) => {
      const scale = (column: Float64Array) => column.map((price, i) => (i < at ? price * 3 : price));
      return {
        ...long,
        open: scale(long.open),
        high: scale(long.high),
        low: scale(long.low),
        close: scale(long.close),
      };
    };
    const found = async (at: number) => load(own([], jumpAt(at)), asked);
    expect(await found(start)).toEqual(unchanged);
    expect(codesOf(await found(start + 1))).toContain('SUSPECTED_SPLIT');
  },
);

describe('a stored series that is joined with a fresh load', () => {
  const at = (hour: number) => new Date(Date.UTC(2022, 5, 18, hour));
  const series = (
    from: number,
    to: number,
    freshUntil: Date,
    warnings: SeriesWarning[] = [],
  ): KeptSeries => ({
    candles: sliceCandles(bars, from, to),
    currency: null,
    quoted: UNQUOTED,
    complete: false,
    freshUntil,
    warnings,
  });

  test('does not miss a session that is stored, and is as fresh as the fresher of both', () => {
    const missing = lastSessionMissing('Test', day(899));
    for (const [stored, fresh, until] of [
      [at(20), at(12), at(20)],
      [at(10), at(12), at(12)],
    ] as const) {
      const joined = joinSeries(series(0, 900, stored), series(880, 899, fresh, missing));
      expect(joined?.candles.dates.at(-1)).toBe(day(899));
      expect([joined?.warnings, joined?.freshUntil]).toEqual([[], until]);
    }
  });

  test('misses a session that neither has', () => {
    const missing = lastSessionMissing('Test', day(899));
    const joined = joinSeries(series(0, 890, at(20)), series(880, 899, at(12), missing));
    expect([joined?.warnings, joined?.freshUntil]).toEqual([missing, at(12)]);
  });

  test('has the gates of the days of both', () => {
    const [, [, ranges] = [], [, steps] = []] = [undefined, kinds[1], kinds[0]];
    const part = (warnings: SeriesWarning[] = [], i = 0) => {
      const [{ code, about, message } = { code: '', message: '' }] = warnings;
      const days = about?.days.slice(i, i + 1) ?? [];
      return [{ code, message, about: { sentence: about?.sentence ?? '', days } }];
    };
    const joined = joinWarnings([...part(steps, 0), ...part(ranges, 0)], part(steps, 1));
    expect(withoutDays(joined)).toEqual(withoutDays([...part(ranges, 0), ...(steps ?? [])]));
    const old = { code: 'FACTOR_STEP', message: 'old' };
    expect(joinWarnings([old], part(steps, 1))).toEqual(part(steps, 1));
    expect(joinWarnings([old], [])).toEqual([old]);
  });
});
