import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Candles } from '../../src/quant/candles.ts';
import { type FakeServer, sendJson, startFake } from './fake-http.ts';

type Cell = number | string | null;

export interface FakeChart {
  meta: Record<string, unknown>;
  timestamp: Cell[];
  events?: {
    dividends?: Record<string, { amount: number; date: number }>;
    splits?: Record<string, { date: number; numerator: number; denominator: number }>;
  };
  indicators: {
    quote: { open: Cell[]; high: Cell[]; low: Cell[]; close: Cell[]; volume: Cell[] }[];
    adjclose: { adjclose: Cell[] }[];
  };
}

/** 9:30 in New York, where the bars of a day begin; summer time from March to October is near enough. */
const openOf = (day: string) => {
  const month = Number(day.slice(5, 7));
  return Date.parse(`${day}T${month > 3 && month < 11 ? '13' : '14'}:30:00Z`) / 1_000;
};

/**
 * A chart in the shape of the v8 endpoint: seconds, columns of numbers or null, prices adjusted for splits, closes adjusted for
 * dividends beside them. The current trading period is the day of the last bar unless told otherwise.
 */
export function chartOf(symbol: string, candles: Candles, from = 0, to = Number.MAX_SAFE_INTEGER): FakeChart {
  const times = candles.dates.map(openOf);
  const kept = times.map((_, i) => i).filter((i) => (times[i] ?? 0) >= from && (times[i] ?? 0) < to);
  const pick = (column: Float64Array): Cell[] => kept.map((i) => column[i] ?? null);
  const start = times.at(-1) ?? 0;
  const regular = { timezone: 'EST', start, end: start + 6.5 * 3_600, gmtoffset: -18_000 };
  return {
    meta: {
      currency: 'USD',
      symbol,
      exchangeName: 'NMS',
      instrumentType: 'EQUITY',
      firstTradeDate: times[0] ?? null,
      gmtoffset: -18_000,
      timezone: 'EST',
      exchangeTimezoneName: 'America/New_York',
      currentTradingPeriod: { pre: regular, regular, post: regular },
      dataGranularity: '1d',
      range: '',
    },
    timestamp: kept.map((i) => times[i] ?? null),
    indicators: {
      quote: [
        {
          open: pick(candles.open),
          high: pick(candles.high),
          low: pick(candles.low),
          close: pick(candles.close),
          volume: pick(candles.volume),
        },
      ],
      adjclose: [{ adjclose: kept.map((i) => (candles.close[i] ?? 0) * 0.9) }],
    },
  };
}

export const wrap = (...result: FakeChart[]) => ({ chart: { result, error: null } });
const swap = (cells: Cell[], i: number, j: number) => {
  [cells[i], cells[j]] = [cells[j] ?? null, cells[i] ?? null];
};
const columnsOf = (chart: FakeChart) => [
  chart.timestamp,
  ...Object.values(chart.indicators.quote[0] ?? {}),
  chart.indicators.adjclose[0]?.adjclose ?? [],
];

/** 50 MB of spaces in 50 kB. */
const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));

/** Where a mode changes a row: near the end, so that every request reads it. */
const near = ({ timestamp }: FakeChart) => timestamp.length - 9;

type Act = (chart: FakeChart, response: ServerResponse) => void | Promise<void>;

/** What the endpoint may answer; the ticker names the mode, and any other ticker is good. */
export const modes: Readonly<Record<string, Act>> = {
  UNKNOWN: (_chart, response) =>
    sendJson(response, 404, {
      chart: {
        result: null,
        error: { code: 'Not Found', description: 'No data found, symbol may be delisted' },
      },
    }),
  BEFORE: (_chart, response) =>
    sendJson(response, 400, {
      chart: {
        result: null,
        error: { code: 'Bad Request', description: "Data doesn't exist for startDate = 1, endDate = 2" },
      },
    }),
  EMPTY: ({ meta }, response) =>
    sendJson(response, 200, {
      chart: { result: [{ meta, indicators: { quote: [{}], adjclose: [{}] } }], error: null },
    }),
  HTML: (_chart, response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Before you continue</html>'),
  CUT: (chart, response) => {
    const text = JSON.stringify(wrap(chart));
    response.writeHead(200, { 'content-type': 'application/json' }).end(text.slice(0, text.length / 2));
  },
  QUOTA: (_chart, response) =>
    void response.writeHead(200, { 'content-type': 'text/plain' }).end('Edge: Too Many Requests'),
  QUOTAJSON: (_chart, response) =>
    sendJson(response, 200, {
      Note: 'Our standard API call frequency is 5 calls; your daily limit was reached.',
    }),
  NOTCHART: (_chart, response) => sendJson(response, 200, { finance: [] }),
  NAN: (chart, response) => {
    const text = JSON.stringify(wrap(chart)).replace('"close":[', '"close":[NaN,');
    response.writeHead(200, { 'content-type': 'application/json' }).end(text);
  },
  NULLS: (chart, response) => {
    for (const column of columnsOf(chart).slice(1)) column[near(chart)] = null;
    sendJson(response, 200, wrap(chart));
  },
  STRINGS: (chart, response) => {
    const { open } = chart.indicators.quote[0] ?? { open: [] };
    open[near(chart)] = String(open[near(chart)]);
    sendJson(response, 200, wrap(chart));
  },
  ALLSTRINGS: (chart, response) => {
    const { close } = chart.indicators.quote[0] ?? { close: [] };
    chart.indicators.quote[0]?.close.splice(0, close.length, ...close.map(String));
    sendJson(response, 200, wrap(chart));
  },
  UNSORTED: (chart, response) => {
    for (const column of columnsOf(chart)) swap(column, near(chart), 20);
    sendJson(response, 200, wrap(chart));
  },
  DOUBLE: (chart, response) => {
    const at = near(chart);
    for (const column of columnsOf(chart)) column.splice(at, 0, column[at] ?? null);
    sendJson(response, 200, wrap(chart));
  },
  CONFLICT: (chart, response) => {
    const at = near(chart);
    for (const column of columnsOf(chart)) column.splice(at, 0, column[at] ?? null);
    const { volume } = chart.indicators.quote[0] ?? { volume: [] };
    volume[at] = 1;
    sendJson(response, 200, wrap(chart));
  },
  PAUSE: (_chart, response) => void response.writeHead(429, { 'retry-after': '1' }).end('Too Many Requests'),
  BROKEN: (_chart, response) => void response.writeHead(500).end('oops'),
  LATER: (chart, response) => void setTimeout(() => sendJson(response, 200, wrap(chart)), 30),
  SLOW: () => undefined,
  DRIP: async (_chart, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
  HUGE: (_chart, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const part = Buffer.alloc(1_000_000, ' ');
    const more = () => {
      while (!response.destroyed && response.write(part));
      response.once('drain', more);
    };
    more();
  },
  BOMB: (_chart, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
  },
  RESET: (_chart, response) => void response.socket?.resetAndDestroy(),
  RESETLATER: (chart, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(JSON.stringify(wrap(chart)).slice(0, 1_000), () => response.socket?.resetAndDestroy());
  },
  METADATA: (_chart, response) =>
    void response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end(),
  FILE: (_chart, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  CIRCLE: (_chart, response) =>
    void response.writeHead(302, { location: '/v8/finance/chart/CIRCLE?again' }).end(),
  HOURLY: (chart, response) =>
    sendJson(response, 200, wrap({ ...chart, meta: { ...chart.meta, dataGranularity: '1h' } })),
  OTHER: (chart, response) =>
    sendJson(response, 200, wrap({ ...chart, meta: { ...chart.meta, symbol: 'ANOTHER' } })),
  NOZONE: (chart, response) =>
    sendJson(
      response,
      200,
      wrap({ ...chart, meta: { ...chart.meta, exchangeTimezoneName: 'Mars/Olympus' } }),
    ),
};

/** The v8 chart endpoint on a local port. `candlesOf` may answer other bars from one request to the next. */
export function startFakeYahoo(
  candlesOf: (ticker: string) => Candles,
  change: (chart: FakeChart) => FakeChart = (chart) => chart,
): Promise<FakeServer> {
  return startFake((url, response) => {
    const ticker = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const query = url.searchParams;
    const chart = chartOf(
      ticker,
      candlesOf(ticker),
      Number(query.get('period1')),
      Number(query.get('period2')),
    );
    if (query.has('again')) return sendJson(response, 302, null);
    return (modes[ticker] ?? ((good) => sendJson(response, 200, wrap(change(good)))))(chart, response);
  });
}

/** What an item of a ticker with the name of a mode comes to: its state, or the code of its error. Other tickers have good answers. */
export const outcomes: Readonly<Record<string, string>> = {
  AAPL: 'COMPLETED',
  MSFT: 'COMPLETED',
  NULLS: 'COMPLETED',
  STRINGS: 'COMPLETED',
  UNSORTED: 'COMPLETED',
  DOUBLE: 'COMPLETED',
  LATER: 'COMPLETED',
  UNKNOWN: 'UNKNOWN_SYMBOL',
  BEFORE: 'NO_DATA',
  EMPTY: 'NO_DATA',
  ALLSTRINGS: 'BAD_DATA',
  CONFLICT: 'BAD_DATA',
  HUGE: 'BAD_DATA',
  BOMB: 'BAD_DATA',
  HOURLY: 'BAD_DATA',
  OTHER: 'BAD_DATA',
  NOZONE: 'BAD_DATA',
  HTML: 'SOURCE_UNAVAILABLE',
  CUT: 'SOURCE_UNAVAILABLE',
  NOTCHART: 'SOURCE_UNAVAILABLE',
  NAN: 'SOURCE_UNAVAILABLE',
  BROKEN: 'SOURCE_UNAVAILABLE',
  RESET: 'SOURCE_UNAVAILABLE',
  RESETLATER: 'SOURCE_UNAVAILABLE',
  METADATA: 'SOURCE_UNAVAILABLE',
  FILE: 'SOURCE_UNAVAILABLE',
  CIRCLE: 'SOURCE_UNAVAILABLE',
  SLOW: 'SOURCE_TIMEOUT',
  DRIP: 'SOURCE_TIMEOUT',
  PAUSE: 'RATE_LIMITED',
};
