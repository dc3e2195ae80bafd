import { ItemError } from '../../errors.ts';
import { createAsk, type Pace, politePace, QUEUE_DEADLINE_MS } from '../ask-service.ts';
import { cutSeries } from '../bars.ts';
import type { CandleRequest, Source } from '../source.ts';
import { type Chart, readChart } from './read-chart.ts';

const DAY_MS = 86_400_000;
/** Before the first stock exchange of the service's history. */
const BEGINNING_MS = Date.UTC(1900, 0, 1);
/** Calendar days per bar where five of seven days and about 245 a year are traded, rounded up. */
const DAYS_PER_BAR = 1.5;
const SPARE_DAYS = 20;

/**
 * Yahoo's v8 chart endpoint, daily bars, no key. Its terms allow personal use; see docs/guides/sources.md. `origin` is an argument and no
 * setting: only a test can send the requests elsewhere.
 */
export function createYahooSource(deps: {
  readonly now: () => Date;
  readonly origin?: string;
  readonly pace?: Pace;
}): Source {
  const { now, origin = 'https://query1.finance.yahoo.com', pace = politePace } = deps;
  // Without a user agent the endpoint answers 429.
  const headers = { 'user-agent': 'Mozilla/5.0 (compatible; TheTool)' };
  const ask = createAsk({ title: 'Yahoo', origin, headers }, pace);

  async function fetchChart(
    ticker: string,
    fromMs: number,
    toMs: number,
    signal: AbortSignal,
  ): Promise<Chart> {
    const query = new URLSearchParams({
      period1: String(Math.floor(fromMs / 1_000)),
      period2: String(Math.ceil(toMs / 1_000)),
      interval: '1d',
      events: 'div|split',
      includeAdjustedClose: 'true',
    });
    const path = `/v8/finance/chart/${encodeURIComponent(ticker)}?${query}`;
    const { status, body } = await ask(path, signal);
    if (status === 401 || status === 403)
      throw new ItemError('SOURCE_UNAVAILABLE', 'Yahoo rejected the request.');
    return readChart(body, ticker, now());
  }

  return {
    title: 'Yahoo Finance',
    isDemo: false,
    remote: { adjustment: 'SPLITS_AND_DIVIDENDS', deadlineMs: QUEUE_DEADLINE_MS },
    instruments: () => Promise.resolve([]),
    async load(request, signal) {
      signal.throwIfAborted();
      const toMs = endOf(request, now());
      for (let fromMs = startOf(request, toMs); ; fromMs = toMs - 2 * (toMs - fromMs)) {
        const { firstTradeMs, ...series } = await fetchChart(
          request.ticker,
          Math.max(fromMs, BEGINNING_MS),
          toMs,
          signal,
        );
        const cut = cutSeries(series, request);
        const bars = cut.candles.dates.length;
        // The endpoint takes periods, the request counts bars: thinly traded symbols need a longer period.
        const enough = request.bars === 'ALL' || bars >= request.bars;
        if (enough || fromMs <= (firstTradeMs ?? BEGINNING_MS)) {
          if (bars === 0) {
            throw new ItemError('NO_DATA', `Yahoo has no bars of ${request.ticker} for this period.`);
          }
          return cut;
        }
      }
    },
  };
}

/** Beyond the last day asked for in every time zone. */
function endOf({ asOf }: CandleRequest, now: Date): number {
  const latest = now.getTime() + DAY_MS;
  return asOf === null ? latest : Math.min(latest, Date.parse(`${asOf}T00:00:00Z`) + 2 * DAY_MS);
}

function startOf({ bars }: CandleRequest, toMs: number): number {
  return bars === 'ALL' ? BEGINNING_MS : toMs - (bars * DAYS_PER_BAR + SPARE_DAYS) * DAY_MS;
}
