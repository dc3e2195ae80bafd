import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { type Pace, politePace } from '../../../src/market/ask-service.ts';
import { readChart } from '../../../src/market/sources/read-chart.ts';
import { createYahooSource } from '../../../src/market/sources/yahoo.ts';
import { validateCandles } from '../../../src/market/validate.ts';
import { sliceCandles } from '../../../src/quant/candles.ts';
import { gatesOf } from '../../../src/quant/gate.ts';
import { chartOf, startFakeYahoo, wrap } from '../../support/fake-yahoo.ts';
import { cert, key } from '../../support/self-signed.ts';
import { readAapl } from '../../support/series.ts';

const aapl = readAapl();
const lastDay = aapl.dates.at(-1) ?? '';
const now = () => new Date('2018-05-14T12:00:00Z');
const signal = new AbortController().signal;
const fast: Pace = { ...politePace, gapMs: 0, retryMs: 5, deadlineMs: 10_000, failuresToOpen: 1_000 };

const fake = await startFakeYahoo(() => aapl);
afterAll(() => fake.close());
const source = (pace: Partial<Pace> = {}, at = now) =>
  createYahooSource({ now: at, origin: fake.origin, pace: { ...fast, ...pace } });
const load = (
  ticker: string,
  bars: number | 'ALL' = 400,
  asOf: string | null = null,
  pace: Partial<Pace> = {},
) => source(pace).load({ ticker, bars, asOf }, signal);

test('one factor per bar adjusts O, H, L and C for dividends, and volume stays', async () => {
  const { candles, adjustment, currency } = await load('GOOD');
  expect({ adjustment, currency }).toEqual({ adjustment: 'SPLITS_AND_DIVIDENDS', currency: 'USD' });
  expect(candles.dates).toEqual(aapl.dates.slice(-400));
  for (const name of ['open', 'high', 'low', 'close'] as const) {
    expect(candles[name][0]).toBeCloseTo((aapl[name].at(-400) ?? 0) * 0.9, 10);
    expect(candles[name].at(-1)).toBeCloseTo((aapl[name].at(-1) ?? 0) * 0.9, 10);
  }
  expect(candles.volume.at(-1)).toBe(aapl.volume.at(-1));
});

test.each(['M&M.NS', '^GSPC', 'BRK-B', 'EURUSD=X', 'A.B_C'])(
  '%s reaches the service as it is',
  async (ticker) => {
    expect((await load(ticker, 50)).candles.dates).toHaveLength(50);
  },
);

test('bars are counted, not days: a period that holds too few is asked for again, longer', async () => {
  const thin = await startFakeYahoo(() => {
    const days = aapl.dates.map((_, i) => i).filter((i) => i % 5 === 0);
    const pick = (column: Float64Array) => Float64Array.from(days, (i) => column[i] ?? 0);
    const { open, high, low, close, volume } = aapl;
    const columns = {
      open: pick(open),
      high: pick(high),
      low: pick(low),
      close: pick(close),
      volume: pick(volume),
    };
    return { dates: days.map((i) => aapl.dates[i] ?? ''), ...columns };
  });
  try {
    const weekly = createYahooSource({ now, origin: thin.origin, pace: fast });
    const { candles } = await weekly.load({ ticker: 'THIN', bars: 200, asOf: null }, signal);
    expect(candles.dates).toHaveLength(200);
    expect(thin.requests.length).toBeGreaterThan(1);
    const { candles: all } = await weekly.load({ ticker: 'THIN', bars: 5_000, asOf: null }, signal);
    expect(all.dates).toHaveLength(252);
  } finally {
    await thin.close();
  }
});

describe('every answer ends in a typed error or the right bars', () => {
  test.each([
    ['UNKNOWN', { code: 'UNKNOWN_SYMBOL', transient: false }],
    ['BEFORE', { code: 'NO_DATA', transient: false }],
    ['EMPTY', { code: 'NO_DATA', transient: false }],
    ['HTML', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['CUT', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['NOTCHART', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['NAN', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['PAUSE', { code: 'RATE_LIMITED', transient: true, retryAfterMs: 1_000 }],
    ['QUOTA', { code: 'RATE_LIMITED', transient: true, retryAfterMs: 60_000 }],
    ['QUOTAJSON', { code: 'RATE_LIMITED', transient: true, retryAfterMs: 60_000 }],
    ['BROKEN', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['SLOW', { code: 'SOURCE_TIMEOUT', transient: true }],
    ['DRIP', { code: 'SOURCE_TIMEOUT', transient: true }],
    ['HUGE', { code: 'BAD_DATA', detail: 'TOO_LARGE' }],
    ['BOMB', { code: 'BAD_DATA', detail: 'TOO_LARGE' }],
    ['RESET', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['RESETLATER', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['METADATA', { code: 'SOURCE_UNAVAILABLE', message: 'Yahoo redirects to another place.' }],
    ['FILE', { code: 'SOURCE_UNAVAILABLE', message: 'Yahoo redirects to another place.' }],
    ['CIRCLE', { code: 'SOURCE_UNAVAILABLE', transient: true }],
    ['HOURLY', { code: 'BAD_DATA', detail: 'WRONG_INTERVAL' }],
    ['OTHER', { code: 'BAD_DATA', detail: 'WRONG_SYMBOL' }],
    ['NOZONE', { code: 'BAD_DATA', detail: 'TIME_ZONE' }],
  ])('%s', async (ticker, error) => {
    const pace = error.code === 'SOURCE_TIMEOUT' ? { deadlineMs: 150 } : {};
    await expect(load(ticker, 400, null, pace)).rejects.toThrow(
      expect.objectContaining({ name: 'ItemError', ...error }),
    );
  });

  test('a row of nulls is a day without trade', async () => {
    const [whole, gap] = await Promise.all([load('GOOD', 'ALL'), load('NULLS', 'ALL')]);
    expect(gap.candles.dates).toEqual(whole.candles.dates.filter((_, i, all) => i !== all.length - 9));
    expect(validateCandles(gap.candles, { bars: 'ALL', asOf: lastDay }).warnings).toEqual([]);
  });

  test('a number in quotes is a missing cell, and many of them refuse the series', async () => {
    const { candles } = await load('STRINGS', 'ALL');
    expect(Number.isNaN(candles.open.at(-9))).toBe(true);
    const { candles: all } = await load('ALLSTRINGS', 'ALL');
    expect(() => validateCandles(all, { bars: 'ALL', asOf: lastDay })).toThrow(
      expect.objectContaining({ detail: 'TOO_MANY_MISSING' }),
    );
  });

  test('unsorted rows are sorted, each keeps its own prices', async () => {
    const [sorted, unsorted] = await Promise.all([load('GOOD', 'ALL'), load('UNSORTED', 'ALL')]);
    expect(unsorted.candles).toEqual(sorted.candles);
  });

  test('a row that is there twice counts once; two that differ refuse the series', async () => {
    const [once, twice, conflict] = await Promise.all(
      ['GOOD', 'DOUBLE', 'CONFLICT'].map((name) => load(name, 'ALL')),
    );
    expect(twice?.candles).toEqual(once?.candles);
    expect(() => validateCandles(conflict?.candles ?? aapl, { bars: 'ALL', asOf: lastDay })).toThrow(
      expect.objectContaining({ detail: 'DUPLICATE_DATE' }),
    );
  });
});

test('a service that cannot be reached is unavailable, and nothing but its origin is ever asked', async () => {
  const nowhere = createYahooSource({ now, origin: 'http://127.0.0.1:1', pace: fast });
  await expect(nowhere.load({ ticker: 'X', bars: 100, asOf: null }, signal)).rejects.toThrow(
    expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }),
  );
  await load('../../v1/secret').catch(() => undefined);
  expect(
    fake.requests.map(({ url }) => url.pathname).every((path) => path.startsWith('/v8/finance/chart/')),
  ).toBe(true);
});

test('a certificate that nobody vouches for is refused', async () => {
  const server = createServer({ key, cert }, (_request, response) =>
    response.end(JSON.stringify(wrap(chartOf('X', aapl)))),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const tls = createYahooSource({ now, origin: `https://127.0.0.1:${port}`, pace: fast });
    await expect(tls.load({ ticker: 'X', bars: 100, asOf: null }, signal)).rejects.toThrow(
      expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }),
    );
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

describe('the trading day', () => {
  const read = (at: string, change: Record<string, unknown> = {}) => {
    const chart = chartOf('X', sliceCandles(aapl, 1_200));
    return readChart(wrap({ ...chart, meta: { ...chart.meta, ...change } }), 'X', new Date(at));
  };

  test('the running session is left out until 20 minutes after its end', () => {
    // The last bar is of 2018-05-11; the session of the fake ends 6.5 hours after 13:30 UTC.
    expect(read('2018-05-11T20:19:00Z').candles.dates.at(-1)).toBe('2018-05-10');
    expect(read('2018-05-11T20:21:00Z').candles.dates.at(-1)).toBe('2018-05-11');
  });

  test('it tells until when no newer session can have closed', () => {
    expect(read('2018-05-11T15:00:00Z').freshUntil).toEqual(new Date('2018-05-11T20:20:00Z'));
    expect(read('2018-05-11T21:00:00Z').freshUntil).toEqual(new Date('2018-05-12T20:20:00Z'));
    expect(read('2018-05-13T21:00:00Z').freshUntil).toEqual(new Date('2018-05-14T20:20:00Z'));
  });

  test('a day that is over in the exchange’s zone is closed whatever period is told, today only with its own', () => {
    const of = (date: string) => ({
      start: Date.parse(`${date}T13:30:00Z`) / 1_000,
      end: Date.parse(`${date}T20:00:00Z`) / 1_000,
    });
    const last = (at: string, regular: object | undefined) =>
      read(at, { currentTradingPeriod: regular && { regular } }).candles.dates.at(-1);
    expect(last('2018-05-12T12:00:00Z', of('2018-05-14'))).toBe('2018-05-11');
    expect(last('2018-05-11T21:00:00Z', of('2018-05-10'))).toBe('2018-05-10');
    expect(last('2018-05-11T21:00:00Z', undefined)).toBe('2018-05-10');
    expect(last('2018-05-12T04:01:00Z', undefined)).toBe('2018-05-11');
  });

  test('a bar is dated by the day in the exchange’s zone', () => {
    const chart = chartOf('X', sliceCandles(aapl, 1_250));
    // Sydney opens at 10:00, the evening before in UTC.
    chart.timestamp = chart.timestamp.map((_, i) => Date.UTC(2018, 4, 1 + i, 23, 59) / 1_000);
    const meta = { ...chart.meta, exchangeTimezoneName: 'Australia/Sydney' };
    const { candles } = readChart(wrap({ ...chart, meta }), 'X', new Date('2018-06-01T00:00:00Z'));
    expect(candles.dates.slice(0, 2)).toEqual(['2018-05-02', '2018-05-03']);
  });

  test.each(['GBp', 'ZAc', 'ILA'])('prices in %s stay as they are quoted', (currency) => {
    const hundredths = read('2018-06-01T00:00:00Z', { currency });
    expect(hundredths.currency).toBe(currency);
    expect(hundredths.candles).toEqual(read('2018-06-01T00:00:00Z').candles);
  });

  test.each([
    ['CRYPTOCURRENCY', 6, { kind: 'COIN', decimals: 6 }],
    ['CURRENCY', 4, { kind: 'CURRENCY', decimals: 4 }],
    ['EQUITY', 2, { kind: 'OTHER', decimals: 2 }],
    ['ETF', 0, { kind: 'OTHER', decimals: 0 }],
    ['EQUITY', undefined, { kind: 'OTHER', decimals: null }],
    ['NEWKIND', 2, { kind: null, decimals: 2 }],
    [undefined, null, { kind: null, decimals: null }],
    ['constructor', '2', { kind: null, decimals: null }],
    [7, 9, { kind: null, decimals: null }],
    ['EQUITY', 2.5, { kind: 'OTHER', decimals: null }],
    ['EQUITY', -1, { kind: 'OTHER', decimals: null }],
  ])('of the type %j with %j decimals is quoted as %j', (instrumentType, priceHint, quoted) => {
    expect(read('2018-06-01T00:00:00Z', { instrumentType, priceHint }).quoted).toEqual(quoted);
  });

  test('the last quote of a day that comes after its bar replaces it', () => {
    const chart = chartOf('X', sliceCandles(aapl, 1_200));
    const [quote] = chart.indicators.quote;
    chart.timestamp.push(Date.parse('2018-05-11T20:00:01Z') / 1_000);
    for (const column of Object.values(quote ?? {})) column.push((column.at(-1) as number) * 1.01);
    chart.indicators.adjclose[0]?.adjclose.push(100);
    const { candles } = readChart(wrap(chart), 'X', new Date('2018-06-01T00:00:00Z'));
    expect(candles.dates).toEqual(aapl.dates.slice(1_200));
    expect(candles.close.at(-1)).toBe(100);
  });

  test('without adjusted closes the series is adjusted for splits only, and says so', () => {
    const chart = chartOf('X', sliceCandles(aapl, 1_200));
    const { adjclose: _, ...indicators } = chart.indicators;
    const series = readChart({ chart: { result: [{ ...chart, indicators }], error: null } }, 'X', now());
    expect(series.adjustment).toBe('SPLITS');
    expect(series.candles.close.at(-1)).toBe(aapl.close.at(-1));
  });
});

describe('a chart that is not whole', () => {
  const at = new Date('2018-05-11T23:00:00Z');
  const bars = sliceCandles(aapl, 1_200);
  const read = (change: (chart: ReturnType<typeof chartOf>) => void) => {
    const chart = chartOf('X', bars);
    change(chart);
    return readChart(wrap(chart), 'X', at);
  };
  const columnsOf = (chart: ReturnType<typeof chartOf>) => [
    ...Object.values(chart.indicators.quote[0] ?? {}),
    chart.indicators.adjclose[0]?.adjclose ?? [],
  ];

  test('has a last session whose prices are missing, and is asked for again within minutes', () => {
    const { candles, warnings, freshUntil } = read((chart) => {
      for (const column of columnsOf(chart)) column[column.length - 1] = null;
    });
    expect(candles.dates.at(-1)).toBe('2018-05-10');
    expect(warnings).toMatchObject([
      {
        code: 'LAST_SESSION_MISSING',
        message: 'Yahoo has a session of 2018-05-11 without complete prices.',
      },
    ]);
    expect(freshUntil).toEqual(new Date(at.getTime() + 300_000));
    const whole = read(() => undefined);
    expect([whole.warnings, whole.freshUntil]).toEqual([[], new Date('2018-05-12T20:20:00Z')]);
  });

  test('has the last factor where an adjusted close alone is missing', () => {
    const whole = read(() => undefined);
    const { candles, warnings } = read((chart) => {
      for (const i of [5, 50]) (chart.indicators.adjclose[0]?.adjclose ?? [])[i] = null;
    });
    expect(warnings).toEqual([]);
    expect(candles.dates).toEqual(whole.candles.dates);
    for (const name of ['open', 'high', 'low', 'close'] as const)
      for (const i of [5, 50]) expect(candles[name][i]).toBeCloseTo(whole.candles[name][i] ?? 0, 9);
  });

  test('has factors that are checked with its splits and dividends', () => {
    const stepped = (chart: ReturnType<typeof chartOf>) => {
      const { adjclose } = chart.indicators.adjclose[0] ?? { adjclose: [] };
      for (let i = 0; i < 30; i += 1) adjclose[i] = Number(adjclose[i]) * 0.9;
    };
    expect(gatesOf(read(stepped).warnings ?? [])).toEqual(['FACTOR_STEP']);
    const date = (chart: ReturnType<typeof chartOf>) => Number(chart.timestamp[30]);
    const withDividend = read((chart) => {
      stepped(chart);
      chart.events = { dividends: { x: { amount: 17, date: date(chart) } } };
    });
    expect(withDividend.warnings).toEqual([]);
    // Prices before the split are still those of old shares: 3 for 2 is below the jump that every series is checked for.
    const notAdjusted = read((chart) => {
      const { open, high, low, close } = chart.indicators.quote[0] ?? {
        open: [],
        high: [],
        low: [],
        close: [],
      };
      for (const column of [open, high, low, close, chart.indicators.adjclose[0]?.adjclose ?? []])
        for (let i = 0; i < 30; i += 1) column[i] = Number(column[i]) * 1.5;
      chart.events = { splits: { x: { date: date(chart), numerator: 3, denominator: 2 } } };
    });
    expect(gatesOf(notAdjusted.warnings ?? [])).toEqual(['SUSPECTED_SPLIT']);
    const adjusted = read((chart) => {
      chart.events = { splits: { x: { date: date(chart), numerator: 3, denominator: 2 } } };
    });
    expect(adjusted.warnings).toEqual([]);
  });
});
