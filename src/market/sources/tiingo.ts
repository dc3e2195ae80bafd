import { z } from 'zod';
import { ItemError } from '../../errors.ts';
import type { Candles } from '../../quant/candles.ts';
import type { Quoted } from '../../quant/tick.ts';
import { createAsk, type Pace, politePace, QUEUE_DEADLINE_MS } from '../ask-service.ts';
import { adjust, cutSeries } from '../bars.ts';
import { gateAdjustment } from '../files/adjust-bars.ts';
import type { SeriesWarning } from '../series-warning.ts';
import type { CandleRequest, Source } from '../source.ts';
import { dayFormatter, pickBars, pickCells, tidyRows } from '../trading-day.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS_PER_BAR = 1.5;
const SPARE_DAYS = 20;
const BEGINNING = '1900-01-01';
/** Prices appear at 17:30 and may be corrected until 20:00, New York (https://www.tiingo.com/documentation/end-of-day). */
const FINAL_HOUR = 20;
const EXCHANGE = 'America/New_York';

/** The endpoint serves stocks and funds, and says nothing about steps of prices. */
const QUOTED: Quoted = { kind: 'OTHER', decimals: null };

const cell = z.unknown();
const bar = z.object({
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}/),
  open: cell,
  high: cell,
  low: cell,
  close: cell,
  adjClose: cell,
  adjVolume: cell,
  divCash: cell,
  splitFactor: cell,
});

/**
 * Tiingo's end-of-day prices; needs a key. Unadjusted prices come with an adjusted close, whose factor corrects open, high, low and
 * close of each bar for splits and dividends. The volume is Tiingo's `adjVolume`, which is adjusted for splits. `origin` is an argument and no setting: only a test can send the requests elsewhere.
 */
export function createTiingoSource(deps: {
  readonly key: string;
  readonly now: () => Date;
  readonly origin?: string;
  readonly pace?: Pace;
}): Source {
  const { key, now, origin = 'https://api.tiingo.com', pace = politePace } = deps;
  // In a header and not in the address, which ends up in logs.
  const ask = createAsk({ title: 'Tiingo', origin, headers: { authorization: `Token ${key}` } }, pace);
  const dayOf = dayFormatter(EXCHANGE);
  /** Days from this on may still change. */
  const openDay = (at: Date) => dayOf(at.getTime() + (24 - FINAL_HOUR) * HOUR_MS);

  return {
    title: 'Tiingo',
    isDemo: false,
    remote: { adjustment: 'SPLITS_AND_DIVIDENDS', deadlineMs: QUEUE_DEADLINE_MS },
    instruments: () => Promise.resolve([]),
    async load(request, signal) {
      signal.throwIfAborted();
      const at = now();
      const to = request.asOf ?? dayOf(at.getTime());
      // A symbol whose history is shorter than the request costs three requests at most.
      for (let days = daysOf(request); ; days *= 8) {
        const from = Number.isFinite(days) ? dayBefore(to, days) : BEGINNING;
        const query = new URLSearchParams({ startDate: from, endDate: to, format: 'json' });
        const path = `/tiingo/daily/${encodeURIComponent(request.ticker)}/prices?${query}`;
        const { status, body } = await ask(path, signal);
        const read = readBars(status, body, request.ticker, openDay(at));
        const { candles, warnings } = cutSeries(read, request);
        if (request.bars === 'ALL' || candles.dates.length >= request.bars || from <= BEGINNING) {
          if (candles.dates.length === 0) {
            throw new ItemError('NO_DATA', `Tiingo has no bars of ${request.ticker} for this period.`);
          }
          const freshUntil = nextFinal(at);
          return {
            candles,
            adjustment: 'SPLITS_AND_DIVIDENDS',
            currency: null,
            quoted: QUOTED,
            freshUntil,
            warnings,
          };
        }
      }
    },
  };
}

function daysOf({ bars }: CandleRequest): number {
  return bars === 'ALL' ? Number.POSITIVE_INFINITY : bars * DAYS_PER_BAR + SPARE_DAYS;
}

function dayBefore(day: string, days: number): string {
  const ms = Math.max(Date.parse(day) - days * DAY_MS, Date.parse(BEGINNING));
  return new Date(ms).toISOString().slice(0, 10);
}

function readBars(
  status: number,
  body: unknown,
  ticker: string,
  openDay: string,
): { readonly candles: Candles; readonly warnings: readonly SeriesWarning[] } {
  if (status === 404) throw new ItemError('UNKNOWN_SYMBOL', `Tiingo does not know ${ticker}.`);
  if (status === 401 || status === 403)
    throw new ItemError('SOURCE_UNAVAILABLE', 'Tiingo rejected the API key: correct TIINGO_KEY.');
  const parsed = z.array(bar).safeParse(body);
  if (!parsed.success) {
    const message = `Tiingo returned a response that is not a list of bars (status ${status}).`;
    throw new ItemError('SOURCE_UNAVAILABLE', message, { cause: parsed.error });
  }
  const bars = parsed.data;
  const column = (of: Exclude<keyof z.infer<typeof bar>, 'date'>) =>
    Float64Array.from(bars, (row) => (typeof row[of] === 'number' ? row[of] : Number.NaN));
  const dates = bars.map(({ date }) => date.slice(0, 10));
  const raw: Candles = {
    dates,
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('adjVolume'),
  };
  const adjClose = column('adjClose');
  const kept = tidyRows(adjust(raw, adjClose), dates.map(Date.parse), openDay);
  const asTraded = pickBars(raw, kept);
  const closes = pickCells(adjClose, kept);
  const split = pickCells(column('splitFactor'), kept);
  const dividend = pickCells(column('divCash'), kept);
  const warnings = gateAdjustment(asTraded, closes, { split, dividend });
  return { candles: adjust(asTraded, closes), warnings };
}

/** The next 20:00 in New York, found without a calendar of daylight saving: the day changes four hours after it. */
function nextFinal(at: Date): Date {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: EXCHANGE, hour: '2-digit', hourCycle: 'h23' });
  const start = Math.ceil(at.getTime() / HOUR_MS) * HOUR_MS;
  for (let ms = start; ; ms += HOUR_MS) if (Number(hour.format(ms)) === FINAL_HOUR) return new Date(ms);
}
