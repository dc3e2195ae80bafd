import { z } from 'zod';
import { ItemError } from '../../errors.ts';
import type { Candles } from '../../quant/candles.ts';
import type { InstrumentKind, Quoted } from '../../quant/tick.ts';
import { adjust } from '../bars.ts';
import { gateFactors, gateSplits, lastSessionMissing } from '../gates.ts';
import type { SeriesWarning } from '../series-warning.ts';
import type { Series } from '../source.ts';
import { dayFormatter, pickBars, pickCells, tidyRows } from '../trading-day.ts';

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
            instrumentType: z.string().nullish().catch(null),
            /** Decimals that the service shows prices with. */
            priceHint: z.int().min(0).max(8).nullish().catch(null),
            firstTradeDate: z.number().nullish(),
            dataGranularity: z.string(),
            currentTradingPeriod: z.object({ regular: period }).optional(),
          }),
          timestamp: row.optional(),
          events: z
            .object({
              dividends: z.record(z.string(), z.object({ date: z.number() })).optional(),
              splits: z
                .record(
                  z.string(),
                  z.object({ date: z.number(), numerator: z.number(), denominator: z.number() }),
                )
                .optional(),
            })
            .optional()
            .catch(undefined),
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

/** Prices are delayed by up to 15 minutes and the closing auction comes after the bell. */
const SETTLES_MS = 20 * 60_000;
const DAY_MS = 86_400_000;
/** The prices of a session appear some time after it, as a rule within the next hours. */
const MISSING_AGAIN_MS = 5 * 60_000;
/** How long bars count as fresh when the session's hours are not told. */
const UNTOLD_MS = 6 * 3_600_000;

export interface Chart extends Series {
  /** The first bar that the service has of this symbol, milliseconds; null when it does not tell. */
  readonly firstTradeMs: number | null;
}

/**
 * The closed sessions of a chart. Prices come split-adjusted; with adjusted closes the factor adjclose / close of each bar corrects its
 * O, H, L and C for dividends too; a missing adjusted close alone has the factor before it. Volume stays. A row without any price is a
 * day without trade and is dropped; as the last one it is a session whose prices are missing, and the chart is to be asked for again
 * soon. A cell that is no number is NaN and left to validation. A bar is dated by the day in the exchange's zone. Throws ItemError.
 */
export function readChart(body: unknown, ticker: string, now: Date): Chart {
  const parsed = chart.safeParse(body);
  if (!parsed.success) {
    throw new ItemError('SOURCE_UNAVAILABLE', 'Yahoo returned a response that is not a chart.', {
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
      throw new ItemError('BAD_DATA', `Yahoo rejected the request: ${error.code}.`, { detail: 'REFUSED' });
    }
    throw new ItemError('UNKNOWN_SYMBOL', `Yahoo does not know ${ticker}.`);
  }
  const { meta, timestamp = [], indicators, events } = found;
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
  const closes = adjusted === undefined ? raw.close : fillFactors(column(adjusted), adjusted, raw.close);
  const kept = tidyRows(adjusted === undefined ? raw : adjust(raw, closes), times, openDay);
  const asTraded = pickBars(raw, kept);
  const adjClose = pickCells(closes, kept);
  const candles = adjusted === undefined ? asTraded : adjust(asTraded, adjClose);
  const missing = missingSession(raw.dates, candles.dates.at(-1), openDay);
  const { splits, known } = readEvents(events, candles.dates, dayOf);
  const factors = adjClose.map((price, i) => price / (asTraded.close[i] ?? Number.NaN));
  const warnings: SeriesWarning[] = [
    ...gateFactors(asTraded, factors, null, known),
    ...gateSplits(asTraded, splits),
    ...(missing === null ? [] : lastSessionMissing('Yahoo', missing)),
  ];
  return {
    candles,
    adjustment: adjusted === undefined ? 'SPLITS' : 'SPLITS_AND_DIVIDENDS',
    // As it is quoted: pence stay pence.
    currency: meta.currency ?? null,
    quoted: quotedAs(meta.instrumentType, meta.priceHint),
    freshUntil: missing === null ? freshUntil : new Date(now.getTime() + MISSING_AGAIN_MS),
    warnings,
    firstTradeMs: meta.firstTradeDate == null ? null : meta.firstTradeDate * 1_000,
  };
}

/** Types of the service; one that is not here is left to the spelling of the ticker. */
const kinds: ReadonlyMap<string, InstrumentKind> = new Map<string, InstrumentKind>([
  ['CRYPTOCURRENCY', 'COIN'],
  ['CURRENCY', 'CURRENCY'],
  ...['EQUITY', 'ETF', 'FUTURE', 'INDEX', 'MUTUALFUND'].map((type) => [type, 'OTHER'] as const),
]);

function quotedAs(type: string | null | undefined, decimals: number | null | undefined): Quoted {
  return { kind: kinds.get(type ?? '') ?? null, decimals: decimals ?? null };
}

function refuse(detail: string, what: string): never {
  throw new ItemError('BAD_DATA', `Yahoo returned ${what}.`, { detail });
}

/** Adjusted closes; where one is missing beside a close it is the close by the factor before it. */
function fillFactors(adjusted: Float64Array, cells: readonly unknown[], close: Float64Array): Float64Array {
  let factor = Number.NaN;
  return adjusted.map((price, i) => {
    const plain = close[i] ?? Number.NaN;
    if (cells[i] == null && Number.isFinite(plain)) return plain * factor;
    if (Number.isFinite(price / plain)) factor = price / plain;
    return price;
  });
}

/** The newest closed session, when the chart has a row and no prices for it; null: the chart has its prices. */
function missingSession(days: readonly string[], last: string | undefined, openDay: string): string | null {
  const closed = days.filter((day) => day < openDay);
  const newest = closed.reduce((a, b) => (a > b ? a : b), '');
  return newest > (last ?? newest) ? newest : null;
}

type Events = z.infer<typeof chart>['chart']['result'] extends readonly (infer One)[] | null
  ? One extends { events?: infer Found }
    ? Found
    : never
  : never;

/**
 * Ratios of splits by the index of their bar, and the indices of all bars with a split or dividend. One of a day without a bar is that of the first
 * bar after it.
 */
function readEvents(
  events: Events,
  days: readonly string[],
  dayOf: (ms: number) => string,
): { readonly splits: ReadonlyMap<number, number>; readonly known: ReadonlySet<number> } {
  const at = (seconds: number) => {
    const day = dayOf(seconds * 1_000);
    const i = days.findIndex((of) => of >= day);
    return i < 0 ? undefined : i;
  };
  const splits = new Map<number, number>();
  for (const { date, numerator, denominator } of Object.values(events?.splits ?? {})) {
    const i = at(date);
    if (i !== undefined && numerator > 0 && denominator > 0) splits.set(i, numerator / denominator);
  }
  const dividends = Object.values(events?.dividends ?? {}).flatMap(({ date }) => at(date) ?? []);
  return { splits, known: new Set([...splits.keys(), ...dividends]) };
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
