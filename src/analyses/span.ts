import { InvalidInputError, LimitExceededError } from '../errors.ts';
import type { Timeframe } from '../quant/resample.ts';

/** Results of one ticker that a job with a span may give at most. */
export const MAX_TICKER_RESULTS = 400;
/** Results of all tickers of such a job. */
export const MAX_JOB_RESULTS = 100_000;
const DAY_MS = 86_400_000;

/** The trading days that a job fills: first and last day, `YYYY-MM-DD`. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

interface SpanOptions {
  readonly asOf?: string | null | undefined;
  readonly asOfFrom?: string | null | undefined;
  readonly asOfTo?: string | null | undefined;
}

/** The span of a job; null: it analyses one day. */
export function spanOf({ asOfFrom, asOfTo }: SpanOptions): Span | null {
  return asOfFrom == null || asOfTo == null ? null : { from: asOfFrom, to: asOfTo };
}

/** The options of a job that analyses this one day of the span. */
export function asOfDay<Options extends SpanOptions>(
  { asOfFrom: _from, asOfTo: _to, ...options }: Options,
  day: string,
): Omit<Options, 'asOfFrom' | 'asOfTo'> & { readonly asOf: string } {
  return { ...options, asOf: day };
}

/** Throws InvalidInputError that names the field, unless the options name no span or a span that has passed. */
export function checkSpan(options: SpanOptions, today: string): void {
  const { asOf, asOfFrom, asOfTo } = options;
  if (asOfFrom == null && asOfTo == null) return;
  const refuse = (field: keyof SpanOptions, message: string) => {
    throw new InvalidInputError(`options.${field}`, message);
  };
  if (asOfTo == null)
    refuse('asOfTo', 'options.asOfTo is missing: give the first and the last day of the span, or neither.');
  if (asOfFrom == null)
    refuse(
      'asOfFrom',
      'options.asOfFrom is missing: give the first and the last day of the span, or neither.',
    );
  if (asOf != null)
    refuse('asOf', 'options.asOf names one day and the span names several: give one of them.');
  const span = spanOf(options);
  if (span === null) return;
  if (span.to > today)
    refuse('asOfTo', `options.asOfTo ${span.to} lies in the future: the latest day is ${today}.`);
  if (span.from > span.to)
    refuse('asOfFrom', `options.asOfFrom ${span.from} is after options.asOfTo ${span.to}: swap them.`);
}

const daysIn = ({ from, to }: Span) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;

/** Bars that a span may have at most: no market has more sessions than days. */
export function mostBars(span: Span, timeframe: Timeframe): number {
  switch (timeframe) {
    case 'DAILY':
      return daysIn(span);
    case 'WEEKLY':
      return Math.floor(daysIn(span) / 7) + 1;
    case 'MONTHLY':
      return Math.floor(daysIn(span) / 28) + 1;
  }
}

/** Throws LimitExceededError when a job of so many strategies and tickers could give too many results. */
export function checkSpanSize(
  span: Span,
  job: { readonly timeframe: Timeframe; readonly strategies: number; readonly tickers: number },
): void {
  const bars = mostBars(span, job.timeframe);
  const ofTicker = bars * job.strategies;
  if (ofTicker > MAX_TICKER_RESULTS) {
    throw new LimitExceededError(
      MAX_TICKER_RESULTS,
      `${bars} days with ${job.strategies} strategies give up to ${ofTicker} results of a ticker, at most ${MAX_TICKER_RESULTS} are allowed: ask for a shorter span.`,
    );
  }
  const ofJob = ofTicker * job.tickers;
  if (ofJob > MAX_JOB_RESULTS) {
    throw new LimitExceededError(
      MAX_JOB_RESULTS,
      `${job.tickers} tickers with up to ${ofTicker} results each give up to ${ofJob} results, at most ${MAX_JOB_RESULTS} are allowed: ask for fewer tickers or a shorter span.`,
    );
  }
}

/**
 * Points of a submit: one, or one for each day of its span. It is computed before the options are checked: a span that will be rejected, or that is no span, has a
 * cost, too.
 */
export function submitCost(options: SpanOptions | null | undefined): number {
  const span = spanOf(options ?? {});
  const days = span === null ? 1 : daysIn(span);
  return days >= 1 ? Math.min(days, MAX_TICKER_RESULTS) : 1;
}
