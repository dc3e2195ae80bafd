import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { ItemError } from '../../../src/errors.ts';
import { politePace } from '../../../src/market/ask-service.ts';
import { readBars } from '../../../src/market/files/read-price-file.ts';
import type { Source } from '../../../src/market/source.ts';
import { createSources, type SourceId, sourceIds, sources } from '../../../src/market/sources/index.ts';
import { createTiingoSource } from '../../../src/market/sources/tiingo.ts';
import { createYahooSource } from '../../../src/market/sources/yahoo.ts';
import { validateCandles } from '../../../src/market/validate.ts';
import type { Candles } from '../../../src/quant/candles.ts';
import { startFakeTiingo, TIINGO_KEY } from '../../support/fake-tiingo.ts';
import { startFakeYahoo } from '../../support/fake-yahoo.ts';
import { flat, randomWalk, readAapl } from '../../support/series.ts';

const folder = mkdtempSync(join(tmpdir(), 'thetool-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));
const aapl = readAapl();
const rows = aapl.dates.map((date, i) =>
  [date, aapl.open[i], aapl.high[i], aapl.low[i], aapl.close[i], aapl.volume[i]].join(','),
);
writeFileSync(join(folder, 'AAPL.csv'), `\ufeffDATE,open,High,low,Close,volume\r\n${rows.join('\r\n')}\r\n`);
writeFileSync(
  join(folder, 'M&M.csv'),
  `Volume,Close,"Adj Close",Low,High,Open,Date\n100,10,5,8,12,9,2024-01-02\n`,
);
writeFileSync(join(folder, 'BAD.csv'), 'Date,Open,High,Low,Volume\n2024-01-02,1,1,1,1\n');
writeFileSync(join(folder, 'DAY.csv'), 'Date,Open,High,Low,Close,Volume\n2024-02-30,1,1,1,1,1\n');
symlinkSync('/etc/passwd', join(folder, 'LINK.csv'));
mkdirSync(join(folder, 'FOLDER.csv'));

const now = () => new Date('2026-03-04T12:00:00Z');
const yahoo = await startFakeYahoo(() => aapl);
const tiingo = await startFakeTiingo(aapl);
afterAll(() => Promise.all([yahoo.close(), tiingo.close()]));
const pace = { ...politePace, gapMs: 0 };
/** Sources on the internet are asked at local fakes of their services. */
const enabled = new Map([
  ...createSources({
    csvDir: folder,
    now,
    findOwnBars: async (workspaceId) =>
      workspaceId === 'mine' ? { candles: aapl, adjustment: 'UNKNOWN', currency: null, warnings: [] } : null,
  }),
  ['YAHOO', createYahooSource({ now, origin: yahoo.origin, pace })],
  ['TIINGO', createTiingoSource({ key: TIINGO_KEY, now, origin: tiingo.origin, pace })],
] as [SourceId, Source][]);
const get = (id: SourceId) => {
  const source = enabled.get(id);
  if (source === undefined) throw new Error(`${id} is not enabled`);
  return source;
};
const signal = new AbortController().signal;
const load = (source: Source, ticker: string, bars: number | 'ALL' = 400, asOf: string | null = null) =>
  source.load({ ticker, bars, asOf, workspaceId: 'mine' }, signal);

describe.each(sourceIds)('source %s', (id) => {
  const source = get(id);

  test('flags demo data as its registry entry does', () => {
    expect(source.isDemo).toBe(sources[id].isDemo);
    const real = ['SAMPLE', 'CSV', 'YAHOO', 'TIINGO', 'OWN'];
    if (real.includes(id)) expect(source.isDemo).toBe(false);
    if (id === 'DEMO') expect(source.isDemo).toBe(true);
  });

  test('answers the newest bars, oldest first, columns of equal length', async () => {
    const { candles } = await load(source, 'AAPL');
    expect(candles.dates).toHaveLength(400);
    expect([...candles.dates].sort()).toEqual([...candles.dates]);
    expect(new Set(candles.dates).size).toBe(400);
    for (const column of [candles.open, candles.high, candles.low, candles.close, candles.volume])
      expect(column).toHaveLength(400);
  });

  test('100 bars are the tail of 400, and asking twice answers the same', async () => {
    const [many, few, again] = await Promise.all([
      load(source, 'AAPL', 400),
      load(source, 'AAPL', 100),
      load(source, 'AAPL', 400),
    ]);
    expect(few.candles.dates).toEqual(many.candles.dates.slice(-100));
    expect([...few.candles.close]).toEqual([...many.candles.close].slice(-100));
    expect(again).toEqual(many);
  });

  test('reads no bar after asOf', async () => {
    const { candles } = await load(source, 'AAPL', 100, '2016-06-15');
    expect(candles.dates.at(-1)).toBe('2016-06-15');
    const { candles: weekend } = await load(source, 'AAPL', 100, '2016-06-19');
    expect(weekend.dates.at(-1)).toBe('2016-06-17');
  });

  test('passes its own validation', async () => {
    const { candles } = await load(source, 'AAPL');
    expect(validateCandles(candles, { bars: 400, asOf: candles.dates.at(-1) ?? '' }).warnings).toEqual([]);
  });

  test('heeds an aborted signal', async () => {
    const run = async () =>
      source.load({ ticker: 'AAPL', bars: 100, asOf: null }, AbortSignal.abort(new Error('stop')));
    await expect(run()).rejects.toThrow('stop');
  });

  test('rejects with the reason of a late abort, and no rejection is left unhandled', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      for (let turns = 0; turns < 40; turns += 3) {
        const abort = new AbortController();
        const request = { ticker: 'AAPL', bars: 100, asOf: null, workspaceId: 'mine' } as const;
        const loading = Promise.resolve(source.load(request, abort.signal)).then(
          () => 'LOADED',
          (error: Error) => error.message,
        );
        for (let turn = 0; turn < turns; turn += 1) await setImmediate();
        abort.abort(new Error('late'));
        expect(['LOADED', 'late']).toContain(await loading);
      }
      // What was abandoned ends before this load does.
      await load(source, 'AAPL', 100);
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});

test('a source that does not know a ticker says so', async () => {
  for (const [id, ticker] of [
    ['SAMPLE', 'NOPE'],
    ['CSV', 'NOPE'],
    ['YAHOO', 'UNKNOWN'],
    ['TIINGO', 'NOPE'],
  ] as const) {
    await expect(load(get(id), ticker)).rejects.toThrow(expect.objectContaining({ code: 'UNKNOWN_SYMBOL' }));
  }
  const theirs = { ticker: 'AAPL', bars: 100, asOf: null, workspaceId: 'theirs' };
  await expect(get('OWN').load(theirs, signal)).rejects.toThrow('No bars of AAPL were imported');
  // Without a workspace no bars of any.
  await expect(get('OWN').load({ ticker: 'AAPL', bars: 100, asOf: null }, signal)).rejects.toThrow(
    'on behalf of a workspace',
  );
});

test('sources on the internet are off until a setting turns them on', () => {
  const unset = createSources({ csvDir: null, now });
  for (const id of ['CSV', 'YAHOO', 'TIINGO', 'OWN'] as const) expect(unset.has(id)).toBe(false);
  expect([...unset.values()].filter(({ remote }) => remote !== undefined)).toEqual([]);
  const findOwnBars = () => Promise.resolve(null);
  const all = createSources({ csvDir: folder, yahoo: true, tiingoKey: TIINGO_KEY, now, findOwnBars });
  expect([...all.keys()]).toEqual(sourceIds);
});

describe('Tiingo', () => {
  const at = (time: string, key = TIINGO_KEY) =>
    createTiingoSource({ key, now: () => new Date(time), origin: tiingo.origin, pace });

  test('sends its key in a header only, and a wrong one is told without it', async () => {
    await load(at('2018-05-11T12:00:00Z'), 'AAPL');
    expect(tiingo.requests.every(({ url }) => !url.href.includes(TIINGO_KEY))).toBe(true);
    const loading = load(at('2018-05-11T12:00:00Z', 'another-key'), 'AAPL');
    const error = await loading.catch((reason: ItemError) => reason);
    const message = 'Tiingo rejected the API key: correct TIINGO_KEY.';
    expect(error).toMatchObject({ code: 'SOURCE_UNAVAILABLE', message });
    expect(JSON.stringify(error)).not.toContain('another-key');
  });

  test('adjusts raw prices with one factor per bar', async () => {
    const { candles, adjustment } = await load(at('2018-05-14T12:00:00Z'), 'AAPL', 100);
    expect(adjustment).toBe('SPLITS_AND_DIVIDENDS');
    expect(candles.high.at(-1)).toBeCloseTo((aapl.high.at(-1) ?? 0) * 0.9, 10);
  });

  test('adjusts the volume for splits and not for dividends', async () => {
    const day = aapl.dates.at(-50) ?? '';
    const split = await startFakeTiingo(aapl, 0.9, { day, ratio: 7 });
    afterAll(split.close);
    const source = createTiingoSource({
      key: TIINGO_KEY,
      now: () => new Date('2018-05-14T12:00:00Z'),
      origin: split.origin,
      pace,
    });
    const { candles } = await load(source, 'AAPL', 100);
    expect([...candles.volume]).toEqual([...aapl.volume.slice(-100)]);
    expect(candles.open.at(-60)).toBeCloseTo((aapl.open.at(-60) ?? 0) * 0.9, 10);
  });

  test('takes a day as final from 20:00 in New York, when corrections end', async () => {
    const last = async (time: string) => {
      const { candles, freshUntil } = await load(at(time), 'AAPL', 100);
      return [candles.dates.at(-1), freshUntil?.toISOString()];
    };
    expect(await last('2018-05-11T23:59:00Z')).toEqual(['2018-05-10', '2018-05-12T00:00:00.000Z']);
    expect(await last('2018-05-12T00:01:00Z')).toEqual(['2018-05-11', '2018-05-13T00:00:00.000Z']);
    expect(await last('2018-01-12T00:59:00Z')).toEqual(['2018-01-10', '2018-01-12T01:00:00.000Z']);
  });
});

test('the sample is adjusted for dividends with one factor per bar', async () => {
  const { candles, adjustment } = await load(get('SAMPLE'), 'AAPL', 'ALL');
  expect(adjustment).toBe('SPLITS_AND_DIVIDENDS');
  expect(candles.close[0]).toBe(50.961628);
  expect((candles.high[0] ?? 0) / (candles.close[0] ?? 1)).toBeCloseTo(
    (aapl.high[0] ?? 0) / (aapl.close[0] ?? 1),
    12,
  );
});

describe('CSV files', () => {
  test('are read in any column order and case, quoted, with byte order mark and CRLF', async () => {
    const { candles } = await load(get('CSV'), 'M&M');
    expect(candles).toMatchObject({
      dates: ['2024-01-02'],
      open: new Float64Array([4.5]),
      close: new Float64Array([5]),
      volume: new Float64Array([100]),
    });
  });

  test.each([
    'Adj Close',
    'Adj. Close',
    'adj close',
    'AdjClose',
    'adjClose',
    'adj_close',
    'Adj-Close',
    'adjusted_close',
    'Adjusted Close',
    'ADJUSTED.CLOSE',
  ])('a column %s holds adjusted closes', (name) => {
    const header = `Date,Open,High,Low,Close,Volume,${name}`;
    const { candles, adjustment } = readBars('X.csv', Buffer.from(`${header}\n2024-01-02,9,12,8,10,100,5\n`));
    expect(adjustment).toBe('SPLITS_AND_DIVIDENDS');
    expect(candles).toMatchObject({ open: new Float64Array([4.5]), close: new Float64Array([5]) });
  });

  test('a whole set of adjusted prices and volume is used as it is', () => {
    const header = 'date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume';
    // High and low are not those of the prices times the factor of the close.
    const row = '2024-01-02,700,714,693,707,10,100,103,98,101,70';
    const { candles } = readBars('X.csv', Buffer.from(`${header}\n${row}\n`));
    expect(candles).toEqual({
      dates: ['2024-01-02'],
      open: new Float64Array([101]),
      high: new Float64Array([103]),
      low: new Float64Array([98]),
      close: new Float64Array([100]),
      volume: new Float64Array([70]),
    });
  });

  test.each([
    ['BAD', 'MISSING_COLUMN'],
    ['DAY', 'BAD_DATE'],
    ['LINK', 'OUTSIDE'],
    ['FOLDER', 'NOT_A_FILE'],
  ])('%s is refused as %s', async (ticker, detail) => {
    await expect(load(get('CSV'), ticker)).rejects.toThrow(
      expect.objectContaining({ code: 'BAD_DATA', detail }),
    );
  });

  test('no ticker leads out of the folder', async () => {
    for (const ticker of ['../AAPL', '..', '/etc/passwd', 'AAPL/../AAPL']) {
      await expect(load(get('CSV'), ticker)).rejects.toThrow(
        expect.objectContaining({ code: 'UNKNOWN_SYMBOL' }),
      );
    }
  });
});

describe('validation', () => {
  const base = randomWalk(11, 200);
  const asOf = base.dates.at(-1) ?? '';
  const check = (candles: Candles, bars = 200, day = asOf) => validateCandles(candles, { bars, asOf: day });
  const set = (
    column: 'open' | 'high' | 'low' | 'close' | 'volume',
    at: readonly number[],
    value: number,
  ): Candles => {
    const changed = base[column].slice();
    for (const i of at) changed[i] = value;
    return { ...base, [column]: changed };
  };
  const swap = (i: number, j: number): Candles => {
    const dates = [...base.dates];
    [dates[i], dates[j]] = [dates[j] ?? '', dates[i] ?? ''];
    return { ...base, dates };
  };
  const first = (count: number) => Array.from({ length: count }, (_, i) => i);

  test.each<[string, Candles, string]>([
    ['nothing', { ...flat(0) }, 'NO_DATA'],
    ['49 bars', randomWalk(1, 49), 'TOO_FEW_BARS'],
  ])('%s is fatal: %s', (_name, candles, code) => {
    expect(() => check(candles)).toThrow(expect.objectContaining({ name: 'ItemError', code }));
  });

  test.each<[string, Candles]>([
    ['NOT_SORTED', swap(3, 4)],
    [
      'DUPLICATE_DATE',
      { ...base, dates: base.dates.map((day, i) => (i === 5 ? (base.dates[4] ?? '') : day)) },
    ],
    ['TOO_MANY_MISSING', set('close', first(199), Number.NaN)],
    ['NON_POSITIVE_PRICE', set('low', first(30), 0)],
    ['HIGH_BELOW_LOW', set('high', [7], 0.01)],
    ['CLOSE_OUT_OF_RANGE', set('close', first(11), 100_000)],
    ['OPEN_OUT_OF_RANGE', set('open', first(11), 100_000)],
    ['NEGATIVE_VOLUME', set('volume', [7], -1)],
  ])('%s is fatal', (detail, candles) => {
    expect(() => check(candles)).toThrow(ItemError);
    expect(() => check(candles)).toThrow(expect.objectContaining({ code: 'BAD_DATA', detail }));
  });

  const codes = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code);

  test('a few missing cells cost their bars and warn', () => {
    const result = check(set('open', [10, 20], Number.POSITIVE_INFINITY));
    expect(codes(result)).toEqual(['MISSING_CELLS', 'SHORT_HISTORY']);
    expect(result.candles.dates).toHaveLength(198);
  });

  test('silence, jumps, short and old series warn', () => {
    expect(codes(check(set('volume', first(11), 0)))).toEqual(['ZERO_VOLUME_DAYS']);
    const half = {
      ...base,
      open: base.open.slice(),
      high: base.high.slice(),
      low: base.low.slice(),
      close: base.close.slice(),
    };
    for (const column of [half.open, half.high, half.low, half.close])
      for (let i = 100; i < 200; i += 1) column[i] = (column[i] ?? 0) / 2;
    expect(codes(check(half))).toEqual(['SUSPECTED_SPLIT']);
    expect(codes(check(base, 400))).toEqual(['SHORT_HISTORY']);
    expect(codes(check(base, 200, '2021-01-01'))).toEqual(['STALE_DATA']);
  });
});
