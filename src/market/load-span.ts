import { ItemError } from '../errors.ts';
import { periodEnd, type Timeframe } from '../quant/resample.ts';
import { cutSeries } from './bars.ts';
import { checkBars, daysNeeded } from './load-bars.ts';
import { askSource, type LoadedCandles, type LoadOptions } from './load-candles.ts';
import type { CandleRequest, Series, Source } from './source.ts';
import type { SourceId } from './sources/index.ts';

const DAY_MS = 86_400_000;

export interface SpanRequest {
  readonly ticker: string;
  /** Bars of the timeframe up to each day. */
  readonly bars: number | 'ALL';
  readonly workspaceId: string;
  readonly timeframe: Timeframe;
  /** First and last day of the span, `YYYY-MM-DD`. */
  readonly from: string;
  readonly to: string;
}

export interface LoadedSpan {
  /**
   * Days of the span, oldest first, each with a bar of its own: trading days, or with another timeframe than DAILY the last calendar day of each period. A day
   * without a bar, such as a holiday, is not among them.
   */
  readonly days: readonly string[];
  /** The bars that `loadBars` returns for the request with `asOf` = `day`. Throws the ItemError that it throws. */
  upTo(day: string): LoadedCandles;
}

/** Loads the bars of a span, and those before it that its first day needs, in one request of the source. Throws ItemError; NO_DATA when the span has no bar. */
export async function loadSpan(
  source: Source,
  id: SourceId,
  { from, to, timeframe, ...asked }: SpanRequest,
  options: LoadOptions,
): Promise<LoadedSpan> {
  const { newestDay = options.today } = options;
  const end = to < newestDay ? to : newestDay;
  const bars = daysNeeded(asked.bars, timeframe);
  // No market has more sessions than days.
  const inSpan = Math.max(0, Math.round((Date.parse(end) - Date.parse(from)) / DAY_MS)) + 1;
  const request: CandleRequest = { ...asked, bars: bars === 'ALL' ? bars : bars + inSpan, asOf: end };
  const series = await askSource(source, options, (load) => load(request));
  const days = daysOf(series, { from, to: end, timeframe });
  if (days.length === 0) {
    throw new ItemError('NO_DATA', `The source has no bars from ${from} to ${to}.`);
  }
  return {
    days,
    upTo(day) {
      const upToDay = cutSeries(series, { ...asked, bars, asOf: day });
      const expected = { bars: asked.bars, timeframe, asOf: day, today: options.today };
      return checkBars(upToDay, { id, isDemo: source.isDemo }, expected);
    },
  };
}

function daysOf(
  { candles }: Series,
  { from, to, timeframe }: Pick<SpanRequest, 'from' | 'to' | 'timeframe'>,
): string[] {
  const traded = candles.dates.filter((day) => day >= from && day <= to);
  const ends = traded.map((day) => periodEnd(day, timeframe));
  return [...new Set(ends.map((day) => (day < to ? day : to)))];
}
