import { z } from 'zod';
import { ItemError } from '../../errors.ts';
import type { Candles } from '../../quant/candles.ts';
import { adjust } from '../bars.ts';
import type { Series } from '../source.ts';
import { dayFormatter, tidyBars } from '../trading-day.ts';

const row = z.array(z.unknown());
const period = z.object({ start: z.number(), end: z.number() });

/** The part of a v8 chart that is read; cells are looked at one by one. */
const chart = z.object({
  chart: z.object({
    result: z
      .array(
        z.object({
          meta: z.object({
            symbol: z.string(),
            currency: z.string().nullish(),
            exchangeTimezoneName: z.string(),
            firstTradeDate: z.number().nullish(),
            dataGranularity: z.string(),
            currentTradingPeriod: z.object({ regular: period }).optional(),
          }),
          timestamp: row.optional(),
          indicators: z.object({
            quote: z.array(
              z.object({
                open: row.optional(),
                high: row.optional(),
                low: row.optional(),
                close: row.optional(),
                volume: row.optional(),
              }),
            ),
            adjclose: z.array(z.object({ adjclose: row.optional() })).optional(),
          }),
        }),
      )
      .nullable(),
    error: z.object({ code: z.string(), description: z.string() }).nullish(),
  }),
});

/** Quoted in hundredths of the currency: pence, cents, agorot. */
const minorUnits: Readonly<Record<string, string>> = { GBp: 'GBP', GBX: 'GBP', ZAc: 'ZAR', ILA: 'ILS' };

/** Prices are delayed by up to 15 minutes and the closing auction comes after the bell. */
const SETTLES_MS = 20 * 60_000;
const DAY_MS = 86_400_000;
/** How long bars count as fresh when the session's hours are not told. */
const UNTOLD_MS = 6 * 3_600_000;

export interface Chart extends Series {
  /** The first bar that the service has of this symbol, milliseconds; null when it does not tell. */
  readonly firstTradeMs: number | null;
}

/**
 * The closed sessions of a chart. Prices come split-adjusted; with adjusted closes the factor adjclose / close of each bar corrects its
 * O, H, L and C for dividends too. Volume stays. A row without any price is a day without trade and is dropped; a cell that
 * is no number is NaN and left to validation. A bar is dated by the day in the exchange's zone. Throws ItemError.
 */
export function readChart(body: unknown, ticker: string, now: Date): Chart {
  const parsed = chart.safeParse(body);
  if (!parsed.success) {
    throw new ItemError('SOURCE_UNAVAILABLE', 'Yahoo answers something that is no chart.', {
      cause: parsed.error,
    });
  }
  const { result, error } = parsed.data.chart;
  const [found] = result ?? [];
  if (found === undefined) {
    // What it answers with status 400 for a period before the first trade.
    if (error != null && /data doesn't exist/i.test(error.description)) {
      throw new ItemError('NO_DATA', `Yahoo has no bars of ${ticker} for this period.`);
    }
    if (error != null && !/not found/i.test(error.code)) {
      throw new ItemError('BAD_DATA', `Yahoo refuses the request: ${error.code}.`, { detail: 'REFUSED' });
    }
    throw new ItemError('UNKNOWN_SYMBOL', `Yahoo does not know ${ticker}.`);
  }
  const { meta, timestamp = [], indicators } = found;
  if (meta.symbol.toUpperCase() !== ticker) refuse('WRONG_SYMBOL', `a chart of ${meta.symbol}`);
  if (meta.dataGranularity !== '1d')
    refuse('WRONG_INTERVAL', `bars of ${meta.dataGranularity} instead of days`);

  const times = timestamp.map(toNumber);
  const [quote] = indicators.quote;
  const column = (cells: readonly unknown[] | undefined) =>
    Float64Array.from(times, (_, i) => toNumber(cells?.[i]));
  const dayOf = formatDay(meta.exchangeTimezoneName);
  const adjusted = indicators.adjclose?.[0]?.adjclose;
  const raw: Candles = {
    dates: times.map((seconds) => (Number.isFinite(seconds) ? dayOf(seconds * 1_000) : '')),
    open: column(quote?.open),
    high: column(quote?.high),
    low: column(quote?.low),
    close: column(quote?.close),
    volume: column(quote?.volume),
  };
  if (raw.dates.includes('')) refuse('BAD_DATE', 'a bar without a time');
  const { openDay, freshUntil } = sessionOf(meta.currentTradingPeriod?.regular, dayOf, now);
  const bars = adjusted === undefined ? raw : adjust(raw, column(adjusted));
  const candles = tidyBars(bars, times, openDay);
  const major = minorUnits[meta.currency ?? ''];
  return {
    candles: major === undefined ? candles : inHundreds(candles),
    adjustment: adjusted === undefined ? 'SPLITS' : 'SPLITS_AND_DIVIDENDS',
    currency: major ?? meta.currency ?? null,
    freshUntil,
    firstTradeMs: meta.firstTradeDate == null ? null : meta.firstTradeDate * 1_000,
  };
}

function refuse(detail: string, what: string): never {
  throw new ItemError('BAD_DATA', `Yahoo answers ${what}.`, { detail });
}

/** Only a number is one: `"12.5"` in place of 12.5 tells that something is wrong with the bar. */
function toNumber(cell: unknown): number {
  return typeof cell === 'number' ? cell : Number.NaN;
}

function formatDay(timeZone: string): (ms: number) => string {
  try {
    return dayFormatter(timeZone);
  } catch {
    return refuse('TIME_ZONE', `the time zone ${JSON.stringify(timeZone.slice(0, 40))}`);
  }
}

/**
 * The first day whose bar may still change, and until when no newer session can have closed. A day that is over in the exchange's zone
 * is closed, today from the end of its session on. At a weekend the same hour of the next day is named: it costs a look a day.
 */
function sessionOf(
  regular: z.infer<typeof period> | undefined,
  dayOf: (ms: number) => string,
  now: Date,
): { openDay: string; freshUntil: Date } {
  const at = now.getTime();
  const today = dayOf(at);
  if (regular === undefined) return { openDay: today, freshUntil: new Date(at + UNTOLD_MS) };
  const closesAt = regular.end * 1_000 + SETTLES_MS;
  const isClosed = at >= closesAt && dayOf(regular.start * 1_000) === today;
  const daysPast = Math.max(0, Math.floor((at - closesAt) / DAY_MS) + 1);
  return {
    openDay: isClosed ? dayOf(at + DAY_MS) : today,
    freshUntil: new Date(closesAt + daysPast * DAY_MS),
  };
}

function inHundreds(candles: Candles): Candles {
  const scale = (prices: Float64Array) => prices.map((price) => price / 100);
  const { open, high, low, close } = candles;
  return { ...candles, open: scale(open), high: scale(high), low: scale(low), close: scale(close) };
}
