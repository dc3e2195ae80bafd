import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { politePace } from '../../../src/market/ask-service.ts';
import { createReaders } from '../../../src/market/files/call-readers.ts';
import { readPriceFile } from '../../../src/market/files/read-price-file.ts';
import { createCsvSource } from '../../../src/market/sources/csv.ts';
import { createOwnSource } from '../../../src/market/sources/own.ts';
import { readChart } from '../../../src/market/sources/read-chart.ts';
import { createTiingoSource } from '../../../src/market/sources/tiingo.ts';
import { createYahooSource } from '../../../src/market/sources/yahoo.ts';
import { gatesOf } from '../../../src/quant/gate.ts';
import { sendJson, startFake } from '../../support/fake-http.ts';
import { chartOf, wrap } from '../../support/fake-yahoo.ts';
import { randomWalk } from '../../support/series.ts';

const bars = randomWalk(21, 400);
const STEP = 290;
/** The factor of the adjusted close steps on this day, and nothing explains it. */
const factorAt = (i: number) => (i < STEP ? 0.9 : 1);
const day = (i: number) => bars.dates[i] ?? '';
const adjusted = (i: number) => (bars.close[i] ?? 0) * factorAt(i);

const lines = bars.dates.map((date, i) =>
  [date, bars.open[i], bars.high[i], bars.low[i], bars.close[i], bars.volume[i], adjusted(i)].join(','),
);
const text = ['Date,Open,High,Low,Close,Volume,Adj Close', ...lines, ''].join('\n');
const folder = mkdtempSync(join(tmpdir(), 'thetool-warnings-'));
writeFileSync(join(folder, 'X.csv'), text);
const readers = createReaders();

const stepped = (from = 0, to = Number.MAX_SAFE_INTEGER) => {
  const chart = chartOf('X', bars, from, to);
  const first = bars.dates.length - chart.timestamp.length;
  const closes = chart.indicators.quote[0]?.close ?? [];
  return {
    ...chart,
    indicators: {
      ...chart.indicators,
      adjclose: [{ adjclose: closes.map((close, i) => Number(close) * factorAt(first + i)) }],
    },
  };
};
const yahoo = await startFake((url, response) =>
  sendJson(response, 200, wrap(stepped(Number(url.searchParams.get('period1'))))),
);
const tiingo = await startFake((url, response) => {
  const from = url.searchParams.get('startDate') ?? '';
  const rows = bars.dates.map((date, i) => ({
    date: `${date}T00:00:00.000Z`,
    open: bars.open[i],
    high: bars.high[i],
    low: bars.low[i],
    close: bars.close[i],
    adjClose: adjusted(i),
    adjVolume: bars.volume[i],
    divCash: 0,
    splitFactor: 1,
  }));
  sendJson(
    response,
    200,
    rows.filter(({ date }) => date >= from),
  );
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  readers.close();
  await Promise.all([yahoo.close(), tiingo.close()]);
});

const now = () => new Date(Date.parse(day(399)) + 2 * 86_400_000);
const pace = { ...politePace, gapMs: 0 };
const sources = {
  OWN: createOwnSource(() => {
    const { candles, adjustment, warnings } = readPriceFile(Buffer.from(text));
    return Promise.resolve({ candles, adjustment, currency: null, warnings });
  }),
  CSV: createCsvSource(folder, readers),
  YAHOO: createYahooSource({ now, origin: yahoo.origin, pace }),
  TIINGO: createTiingoSource({ key: 'x', now, origin: tiingo.origin, pace }),
};

test.each(Object.entries(sources))(
  '%s reports a step of a factor with the bars that contain its day alone',
  async (_id, source) => {
    const gates = async (count: number | 'ALL', asOf: string | null) => {
      const request = { ticker: 'X', bars: count, asOf, workspaceId: 'w' };
      const { candles, warnings = [] } = await source.load(request, new AbortController().signal);
      expect(candles.dates.at(-1)).toBe(asOf ?? day(399));
      return gatesOf(warnings);
    };
    expect(await gates('ALL', null)).toEqual(['FACTOR_STEP']);
    expect(await gates(120, null)).toEqual(['FACTOR_STEP']);
    // The sources on the internet load more bars than they return.
    expect(await gates(100, null)).toEqual([]);
    expect(await gates(100, day(STEP - 1))).toEqual([]);
    expect(await gates(100, day(STEP))).toEqual(['FACTOR_STEP']);
  },
);

test('a dividend or split of a day without a bar is known for the next bar of a chart', () => {
  const chart = stepped();
  const date = Number(chart.timestamp[STEP - 1]);
  const without = <Cell>(cells: readonly Cell[]) => cells.filter((_, i) => i !== STEP - 1);
  const [quote] = chart.indicators.quote;
  const read = (events: (typeof chart)['events']) =>
    readChart(
      wrap({
        ...chart,
        timestamp: without(chart.timestamp),
        ...(events !== undefined && { events }),
        indicators: {
          quote: [
            {
              open: without(quote?.open ?? []),
              high: without(quote?.high ?? []),
              low: without(quote?.low ?? []),
              close: without(quote?.close ?? []),
              volume: without(quote?.volume ?? []),
            },
          ],
          adjclose: [{ adjclose: without(chart.indicators.adjclose[0]?.adjclose ?? []) }],
        },
      }),
      'X',
      now(),
    );
  expect(gatesOf(read(undefined).warnings ?? [])).toEqual(['FACTOR_STEP']);
  expect(gatesOf(read({ dividends: { x: { amount: 9, date } } }).warnings ?? [])).toEqual([]);
});
