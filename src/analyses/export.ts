import { isDay } from '../calendar.ts';
import { InvalidInputError } from '../errors.ts';
import { checkParameters, idOf, single } from '../exports/query.ts';
import { parseTickers } from '../instruments/ticker.ts';
import { TIMEFRAMES } from '../quant/resample.ts';
import { VERDICTS, type Verdict } from '../quant/score.ts';
import { isStrategyId, strategyIds } from '../quant/strategies/index.ts';
import { decodePosition } from './feed.ts';

/** Which results to export; what is undefined lets all pass. */
export interface ExportFilter {
  readonly tickers?: readonly string[] | undefined;
  readonly strategy?: string | undefined;
  readonly timeframe?: string | undefined;
  readonly verdicts?: readonly Verdict[] | undefined;
  readonly minScore?: number | undefined;
  readonly maxScore?: number | undefined;
  readonly asOfFrom?: string | undefined;
  readonly asOfTo?: string | undefined;
  readonly jobId?: string | undefined;
  readonly watchlistId?: string | undefined;
  readonly includeDemo: boolean;
  /** Also results of jobs that fill a span of days. */
  readonly includeBackfill: boolean;
}

const known = [
  'after',
  'strategy',
  'timeframe',
  'minScore',
  'maxScore',
  'asOfFrom',
  'asOfTo',
  'job',
  'watchlist',
  'includeDemo',
  'includeBackfill',
] as const;
const lists = ['ticker', 'verdict'] as const;

/** The parameters of an address. Throws InvalidInputError. */
export function parseExportFilter(query: URLSearchParams): ExportFilter {
  checkParameters(query, known, lists);
  const tickers = query.getAll('ticker');
  const verdicts = query.getAll('verdict');
  const strategy = single(query, 'strategy');
  const wrong = verdicts.find((verdict) => !(VERDICTS as readonly string[]).includes(verdict));
  if (wrong !== undefined)
    throw new InvalidInputError('verdict', `verdict must be one of ${VERDICTS.join(', ')}.`);
  if (strategy !== undefined && !isStrategyId(strategy))
    throw new InvalidInputError('strategy', `strategy must be one of ${strategyIds.join(', ')}.`);
  const timeframe = single(query, 'timeframe');
  if (timeframe !== undefined && !(TIMEFRAMES as readonly string[]).includes(timeframe))
    throw new InvalidInputError('timeframe', `timeframe must be one of ${TIMEFRAMES.join(', ')}.`);
  if (tickers.length > 1_000) throw new InvalidInputError('ticker', 'Name at most 1,000 tickers.');
  const jobId = idOf(query, 'job', 'Job');
  return {
    tickers: tickers.length === 0 ? undefined : parseTickers(tickers),
    strategy,
    timeframe,
    verdicts: verdicts.length === 0 ? undefined : (verdicts as Verdict[]),
    minScore: scoreOf(query, 'minScore'),
    maxScore: scoreOf(query, 'maxScore'),
    asOfFrom: dayOf(query, 'asOfFrom'),
    asOfTo: dayOf(query, 'asOfTo'),
    jobId,
    watchlistId: idOf(query, 'watchlist', 'Watchlist'),
    includeDemo: flagOf(query, 'includeDemo', true),
    // Who names a job wants its results.
    includeBackfill: flagOf(query, 'includeBackfill', jobId !== undefined),
  };
}

function flagOf(query: URLSearchParams, name: string, unless: boolean): boolean {
  const text = single(query, name) ?? String(unless);
  if (text !== 'true' && text !== 'false')
    throw new InvalidInputError(name, `${name} must be true or false.`);
  return text === 'true';
}

/** A position as the export writes it, or a cursor of `analysisStored`. */
export function parsePlace(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : decodePosition(text);
}

function scoreOf(query: URLSearchParams, name: string): number | undefined {
  const text = single(query, name);
  if (text === undefined) return undefined;
  const score = text.trim() === '' ? Number.NaN : Number(text);
  if (!(score >= -1 && score <= 1)) throw new InvalidInputError(name, 'A score is between -1 and 1.');
  return score;
}

function dayOf(query: URLSearchParams, name: string): string | undefined {
  const text = single(query, name);
  if (text !== undefined && !isDay(text))
    throw new InvalidInputError(name, `${name} must be a date (YYYY-MM-DD).`);
  return text;
}
