import { InvalidInputError } from '../errors.ts';
import { gatesOf } from '../quant/gate.ts';
import type { Verdict } from '../quant/score.ts';
import type { Analysis } from './analysis.ts';

/** Which results a reader of the feed wants; what is undefined lets all pass. */
export interface FeedFilter {
  readonly tickers?: ReadonlySet<string> | undefined;
  /** Only tickers that are in this list at the moment of reading. */
  readonly watchlistId?: string | undefined;
  readonly strategy?: string | undefined;
  readonly verdicts?: readonly Verdict[] | undefined;
  readonly minScore?: number | undefined;
  /** Whether results of suspicious bars pass; undefined: unless the filter is an alert, which asks for verdicts or scores. */
  readonly includeGated?: boolean | undefined;
  /** Whether results of jobs that fill a span of days pass; undefined: they do not. */
  readonly includeBackfill?: boolean | undefined;
}

/** As it is stored: a set becomes a list. */
export function storedFilter({ tickers, ...rest }: FeedFilter): object {
  return { ...rest, ...(tickers !== undefined && { tickers: [...tickers] }) };
}

export function restoredFilter(stored: unknown): FeedFilter {
  const { tickers, ...rest } = stored as Omit<FeedFilter, 'tickers'> & {
    readonly tickers?: readonly string[];
  };
  return tickers === undefined ? rest : { ...rest, tickers: new Set(tickers) };
}

/** `listed`: the tickers of the filter's watchlist. */
export function passes(
  analysis: Analysis,
  { tickers, strategy, verdicts, minScore, includeGated, includeBackfill }: FeedFilter,
  listed: ReadonlySet<string> | undefined,
): boolean {
  const isAlert = verdicts !== undefined || minScore !== undefined;
  return (
    (includeBackfill === true || !analysis.isBackfill) &&
    ((includeGated ?? !isAlert) || gatesOf(analysis.warnings).length === 0) &&
    (tickers === undefined || tickers.has(analysis.ticker)) &&
    (listed === undefined || listed.has(analysis.ticker)) &&
    (strategy === undefined || strategy === analysis.strategy) &&
    (verdicts === undefined || verdicts.includes(analysis.verdict)) &&
    (minScore === undefined || analysis.score >= minScore)
  );
}

/**
 * A place in the feed, as clients keep it. Opaque, unlike a job's seq: a workspace may store more results than GraphQL's Int counts, a
 * filter makes the numbers meaningless to the client, and a later layout of the storage may need more than a number.
 */
export function encodePosition(position: number): string {
  return Buffer.from(`feed:${position}`).toString('base64url');
}

export function decodePosition(cursor: string): number {
  const [, digits] = /^feed:(\d{1,15})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (digits === undefined || encodePosition(Number(digits)) !== cursor) {
    throw new InvalidInputError(
      'after',
      'The cursor does not belong to this feed: pass the cursor of a batch unchanged.',
    );
  }
  return Number(digits);
}
