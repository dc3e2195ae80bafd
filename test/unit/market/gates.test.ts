import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createAnalysisTask } from '../../../src/analyses/analysis.task.ts';
import type { NewAnalysis } from '../../../src/analyses/analysis.ts';
import { resolveOptions } from '../../../src/analyses/options.ts';
import { ItemError } from '../../../src/errors.ts';
import { createReaders } from '../../../src/market/files/call-readers.ts';
import { readPriceFile } from '../../../src/market/files/read-price-file.ts';
import { loadCandles } from '../../../src/market/load-candles.ts';
import type { Source } from '../../../src/market/source.ts';
import { createCsvSource } from '../../../src/market/sources/csv.ts';
import { createSources, type SourceId } from '../../../src/market/sources/index.ts';
import { validateCandles } from '../../../src/market/validate.ts';
import { type Candles, sliceCandles } from '../../../src/quant/candles.ts';
import { GATES, gatesOf } from '../../../src/quant/gate.ts';
import { randomWalk } from '../../support/series.ts';

const folder = join(import.meta.dirname, '../../fixtures/price-files');
const readers = createReaders();
afterAll(() => readers.close());
/** The day after the last bar of BASE.csv. */
const today = '2024-07-02';
const now = () => new Date(`${today}T12:00:00Z`);
const sources = new Map<SourceId, Source>([
  ...createSources({ csvDir: null, now }),
  ['CSV', createCsvSource(folder, readers)],
]);
const task = createAnalysisTask({ sources, now, findInstrument: () => Promise.resolve(null) });

/** The result of a job's item over the folder; an ItemError rejects. */
async function analyse(
  ticker: string,
  { lookback = 100, strategy = 'BALANCED', source = 'CSV' } = {},
): Promise<NewAnalysis> {
  const steps = task.run(task.parse(resolveOptions({ lookback: lookback as 100 }, today)), {
    jobId: '',
    workspaceId: '',
    ticker,
    attempt: 1,
    strategy,
    source,
    signal: new AbortController().signal,
  });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return (step.value.result as readonly NewAnalysis[])[0] as NewAnalysis;
  }
}

interface Case {
  readonly file: string;
  readonly expected: {
    readonly as?: 'BASE' | 'own';
    readonly error?: string;
    readonly warning?: string | true;
    readonly gate?: string;
    readonly volume?: string;
  };
}
const cases = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as readonly Case[];
const tickerOf = ({ file }: Case) => file.replace('.csv', '');
const codesOf = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }) =>
  warnings.map(({ code }) => code);

describe('a job over the folder of price files', () => {
  test.each(cases.filter(({ expected }) => expected.error !== undefined))(
    'fails the ticker of $file as BAD_DATA, $expected.error',
    async (one) => {
      await expect(analyse(tickerOf(one))).rejects.toThrow(
        expect.objectContaining({ code: 'BAD_DATA', detail: one.expected.error }),
      );
    },
  );

  test.each(cases.filter(({ expected }) => expected.as === 'BASE'))(
    'has for $file the result of BASE.csv',
    async (one) => {
      const [found, want] = [await analyse(tickerOf(one)), await analyse('BASE')];
      const { volume, warning } = one.expected;
      expect(found.asOf).toBe(want.asOf);
      expect(gatesOf(found.warnings)).toEqual(warning === 'FUTURE_BAR' ? ['FUTURE_BAR'] : []);
      if (typeof warning === 'string') expect(codesOf(found)).toContain(warning);
      if (warning === true) expect(found.warnings).not.toEqual([]);
      if (volume !== 'absent') {
        expect(found.score).toBeCloseTo(want.score, 2);
        return;
      }
      const statusOf = (indicator: string) =>
        found.details.readings.find((reading) => reading.indicator === indicator)?.status;
      expect([statusOf('OBV'), statusOf('CMF'), statusOf('RSI')]).toEqual([
        'UNAVAILABLE',
        'UNAVAILABLE',
        'OK',
      ]);
    },
  );

  test('makes no plan from a suspended stock, whatever the verdict', async () => {
    const found = await analyse('SUSPENDED');
    expect(gatesOf(found.warnings)).toEqual(['NO_RECENT_TRADE']);
    expect(found.warnings.find(({ code }) => code === 'NO_RECENT_TRADE')?.message).toBe(
      '5 of the last 5 sessions up to 2024-07-01 have no volume and no change of the close.',
    );
    expect([found.side, found.entry, found.details.plan]).toEqual([null, null, null]);
  });

  test('raises a high to hold the close above it, and says so', async () => {
    const found = await analyse('OUTSIDE_RANGE');
    expect(codesOf(found)).toEqual(['OHLC_REPAIRED']);
    expect(found.asOf).toBe('2024-07-01');
  });

  test('takes the plan of a result away while a gate fires, and keeps its verdict', async () => {
    const { candles } = readPriceFile(readFileSync(join(folder, 'BASE.csv')));
    const source = (bars: Candles): Source => ({
      title: 'Fake',
      isDemo: false,
      instruments: async () => [],
      load: async ({ asOf }) => ({
        candles: asOf === null ? bars : sliceCandles(bars, 0, bars.dates.filter((day) => day <= asOf).length),
        adjustment: 'NONE',
        currency: null,
      }),
    });
    const results = async (bars: Candles) => {
      sources.set('SAMPLE', source(bars));
      const all = [];
      for (const strategy of ['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION'])
        all.push(await analyse('X', { strategy, source: 'SAMPLE' }));
      return all;
    };
    const plain = await results(candles);
    expect(plain.some(({ side }) => side !== null)).toBe(true);
    const withFuture = await results(append(candles, '2031-01-02', 100));
    for (const [i, { verdict, score, asOf, side, warnings, inputHash }] of withFuture.entries()) {
      expect({ verdict, score, asOf, inputHash }).toEqual({
        verdict: plain[i]?.verdict,
        score: plain[i]?.score,
        asOf: '2024-07-01',
        inputHash: plain[i]?.inputHash,
      });
      expect([side, codesOf({ warnings })]).toEqual([null, ['FUTURE_BAR']]);
    }
  });
});

function append(bars: Candles, day: string, price: number): Candles {
  const more = (column: Float64Array, value: number) => Float64Array.from([...column, value]);
  return {
    dates: [...bars.dates, day],
    open: more(bars.open, price),
    high: more(bars.high, price),
    low: more(bars.low, price),
    close: more(bars.close, price),
    volume: more(bars.volume, 1_000),
  };
}

test('a file of currencies is planned on the tick of currencies, not on that of stocks', async () => {
  const { candles } = readPriceFile(readFileSync(join(folder, 'BASE.csv')));
  const scale = (column: Float64Array) => column.map((price) => Math.round(price * 1_000) / 100_000);
  const { open, high, low, close } = candles;
  const bars = { ...candles, open: scale(open), high: scale(high), low: scale(low), close: scale(close) };
  sources.set('SAMPLE', {
    title: 'Fake',
    isDemo: false,
    instruments: async () => [],
    load: async () => ({ candles: bars, adjustment: 'NONE', currency: null }),
  });
  const strategies = ['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION'];
  const results = await Promise.all(
    strategies.map((strategy) => analyse('EURUSD', { strategy, source: 'SAMPLE' })),
  );
  const planned = results.filter(({ side }) => side !== null);
  expect(planned.length).toBeGreaterThan(0);
  for (const { entry, stop, details } of planned) {
    expect([entry, stop]).toEqual([
      expect.stringMatching(/^\d\.\d{5}$/),
      expect.stringMatching(/^\d\.\d{5}$/),
    ]);
    expect(details.plan?.flags).not.toContain('COARSE_TICK');
  }
});

describe('a future bar', () => {
  const bars = randomWalk(3, 200);
  const newest = bars.dates.at(-1) ?? '';
  const requests: (string | null)[] = [];
  const source: Source = {
    title: 'Fake',
    isDemo: false,
    instruments: async () => [],
    load: async ({ bars: count, asOf }) => {
      requests.push(asOf);
      const all = append(append(bars, '2031-01-02', 50), '2031-01-03', 50);
      const end = asOf === null ? all.dates.length : all.dates.filter((day) => day <= asOf).length;
      return { candles: sliceCandles(all, end - Number(count), end), adjustment: 'NONE', currency: null };
    },
  };
  const load = (today: string, newestDay?: string) =>
    loadCandles(
      source,
      'CSV',
      { ticker: 'X', bars: 100, asOf: null },
      {
        today,
        ...(newestDay !== undefined && { newestDay }),
        signal: new AbortController().signal,
      },
    );

  test('is left out, and an older bar takes its place', async () => {
    const { candles, warnings, provenance } = await load(newest);
    expect([candles.dates.length, candles.dates.at(-1), provenance.lastBar]).toEqual([100, newest, newest]);
    expect(warnings).toEqual([
      {
        code: 'FUTURE_BAR',
        message: `2 bars are of days after ${newest} and were left out: 2031-01-02, 2031-01-03.`,
      },
    ]);
  });

  test('is one after the newest day that any time zone has, where the zone is not known', async () => {
    const { candles, warnings } = await load('2031-01-01', '2031-01-02');
    expect(candles.dates.at(-1)).toBe('2031-01-02');
    expect(codesOf({ warnings })).toContain('FUTURE_BAR');
  });
});

describe('bars', () => {
  const base = randomWalk(11, 200);
  const check = (candles: Candles) =>
    validateCandles(candles, { bars: 200, asOf: candles.dates.at(-1) ?? '' });
  const columns = ['open', 'high', 'low', 'close', 'volume'] as const;
  const change = (edit: (bars: Record<(typeof columns)[number], Float64Array>) => void): Candles => {
    const copy = {
      open: base.open.slice(),
      high: base.high.slice(),
      low: base.low.slice(),
      close: base.close.slice(),
      volume: base.volume.slice(),
    };
    edit(copy);
    return { ...base, ...copy };
  };
  const gates = (candles: Candles) => gatesOf(check(candles).warnings);
  const scale = (from: number, to: number, by: number) =>
    change((bars) => {
      for (const column of [bars.open, bars.high, bars.low, bars.close])
        for (let i = from; i < to; i += 1) column[i] = (column[i] ?? 0) * by;
    });

  test('that are sound pass every gate', () => {
    for (let seed = 0; seed < 50; seed += 1)
      expect(check(randomWalk(seed, 200)).warnings, `walk ${seed}`).toEqual([]);
  });

  test('that jump and stay are a suspected split', () => {
    expect(gates(scale(100, 200, 0.5))).toEqual(['SUSPECTED_SPLIT']);
    expect(gates(scale(0, 100, 0.5))).toEqual(['SUSPECTED_SPLIT']);
    expect(gates(scale(100, 200, 0.6))).toEqual([]);
  });

  test('that are a multiple of both neighbours are a spike, also downwards', () => {
    expect(gates(scale(100, 101, 8))).toEqual(['SUSPECTED_SPLIT', 'PRICE_SPIKE']);
    expect(gates(scale(100, 101, 1 / 8))).toEqual(['SUSPECTED_SPLIT', 'PRICE_SPIKE']);
    expect(gates(change((bars) => bars.high.fill(1e6, 100, 101)))).toEqual(['PRICE_SPIKE']);
    expect(gates(scale(100, 101, 4))).toEqual(['SUSPECTED_SPLIT']);
  });

  test('that end with a multiple of the bar before are a spike', () => {
    expect(gates(scale(199, 200, 3.5))).toEqual(['SUSPECTED_SPLIT', 'PRICE_SPIKE']);
    expect(gates(scale(199, 200, 1 / 3.5))).toEqual(['SUSPECTED_SPLIT', 'PRICE_SPIKE']);
  });

  test.each<[string, (bars: Record<(typeof columns)[number], Float64Array>) => void, string[]]>([
    ['high is six times the one before', (bars) => bars.high.fill((base.high[198] ?? 0) * 6, 199), []],
    ['low is a hundredth of the one before', (bars) => bars.low.fill((base.low[198] ?? 0) / 100, 199), []],
    [
      'open is a hundred times the close',
      (bars) => bars.open.fill((base.close[199] ?? 0) * 100, 199),
      ['OHLC_REPAIRED'],
    ],
    [
      'close is 40 % above its high',
      (bars) => bars.close.fill((base.high[199] ?? 0) * 1.4, 199),
      ['OHLC_REPAIRED'],
    ],
  ])('whose last %s are a spike', (_title, spoil, repairs) => {
    const { warnings } = check(change(spoil));
    const codes = new Set(codesOf({ warnings }).filter((code) => code !== 'SHORT_HISTORY'));
    expect([...codes].sort()).toEqual([...repairs, 'PRICE_SPIKE'].sort());
  });

  test('whose last close is a little above its high are no spike', () => {
    const { warnings } = check(change((bars) => bars.close.fill((base.high[199] ?? 0) * 1.02, 199)));
    expect(codesOf({ warnings })).toEqual(['OHLC_REPAIRED']);
  });

  test('without volume and change in five sessions, or in nine of ten, are not traded', () => {
    const quiet = (from: number, to: number, volume = 0) =>
      change((bars) => {
        for (const column of [bars.open, bars.high, bars.low, bars.close])
          column.fill(base.close[from - 1] ?? 0, from, to);
        bars.volume.fill(volume, from, to);
      });
    expect(gates(quiet(195, 200))).toEqual(['NO_RECENT_TRADE']);
    expect(gates(quiet(196, 200))).toEqual([]);
    expect(gates(quiet(190, 199))).toEqual(['NO_RECENT_TRADE']);
    expect(gates(quiet(191, 199))).toEqual([]);
    // A price that does not move and is traded, as a fixed one is.
    expect(gates(quiet(190, 200, 10))).toEqual([]);
  });

  test('whose last one has a missing cell are a session that is missing', () => {
    const { warnings, candles } = check(change((bars) => bars.close.fill(Number.NaN, 199)));
    expect(codesOf({ warnings })).toEqual(['MISSING_CELLS', 'SHORT_HISTORY', 'LAST_SESSION_MISSING']);
    expect(candles.dates.at(-1)).toBe(base.dates[198]);
  });

  test.each<[string, (volume: Float64Array) => void, 'OLD' | 'ALL']>([
    ['of the last bar', (volume) => volume.fill(Number.NaN, 199), 'ALL'],
    [
      'of every third bar',
      (volume) => volume.set(volume.map((cell, i) => (i % 3 === 0 ? Number.NaN : cell))),
      'ALL',
    ],
    ['of the first half', (volume) => volume.fill(Number.NaN, 0, 100), 'OLD'],
    ['of a few old bars', (volume) => volume.fill(Number.NaN, 70, 75), 'OLD'],
  ])('keep every bar when the volume %s is missing', (_title, remove, zeroed) => {
    const changed = change((bars) => remove(bars.volume));
    const { warnings, candles } = check(changed);
    expect(codesOf({ warnings })).toEqual(['MISSING_VOLUMES']);
    expect(candles.dates).toEqual(base.dates);
    expect(candles.close).toEqual(base.close);
    expect(candles.volume).toEqual(
      changed.volume.map((volume) => (zeroed === 'OLD' && Number.isFinite(volume) ? volume : 0)),
    );
    const outcome = zeroed === 'OLD' ? 'it counts as 0' : 'indicators of volume are unavailable';
    expect(warnings[0]?.message).toContain(outcome);
  });

  test('with a price of zero among positive ones have a missing cell there', () => {
    const { warnings, candles } = check(change((bars) => bars.open.fill(0, 10, 20)));
    expect(codesOf({ warnings })).toEqual(['MISSING_CELLS', 'SHORT_HISTORY']);
    expect(candles.dates).toHaveLength(190);
    const many = change((bars) => bars.open.fill(0, 10, 40));
    expect(() => check(many)).toThrow(expect.objectContaining({ detail: 'NON_POSITIVE_PRICE' }));
  });

  test('whose ranges are too small for open and close are widened, a few or by little', () => {
    const few = change((bars) => {
      bars.close[10] = (bars.high[10] ?? 0) * 1.2;
      bars.open[20] = (bars.low[20] ?? 0) * 0.8;
    });
    const { warnings, candles } = check(few);
    expect(codesOf({ warnings })).toEqual(['OHLC_REPAIRED']);
    expect([candles.high[10], candles.low[20]]).toEqual([few.close[10], few.open[20]]);
    expect([few.high[10], few.low[20]]).toEqual([base.high[10], base.low[20]]);
    const little = change((bars) => {
      for (let i = 0; i < 200; i += 1) bars.close[i] = (bars.high[i] ?? 0) * 1.004;
    });
    expect(codesOf(check(little))).toEqual(['OHLC_REPAIRED']);
    const much = change((bars) => {
      for (let i = 0; i < 11; i += 1) bars.close[i] = (bars.high[i] ?? 0) * 1.02;
    });
    expect(() => check(much)).toThrow(
      expect.objectContaining({ code: 'BAD_DATA', detail: 'CLOSE_OUT_OF_RANGE' }),
    );
  });

  test('a week or a month apart are not daily, from whatever source', () => {
    const weekly = {
      ...base,
      dates: base.dates.map((_, i) => new Date(Date.UTC(2015, 0, 2 + 7 * i)).toISOString().slice(0, 10)),
    };
    expect(() => check(weekly)).toThrow(ItemError);
    expect(() => check(weekly)).toThrow('NOT_DAILY: the source has weekly bars instead of daily bars.');
  });
});

test('every gate has a description of its own', () => {
  expect(new Set(Object.values(GATES)).size).toBe(Object.keys(GATES).length);
});
