import { latestDay } from '../calendar.ts';
import type { Db } from '../db/client.ts';
import { InvalidInputError } from '../errors.ts';
import { resolveSymbols } from '../instruments/find-instrument.ts';
import { parseTickers } from '../instruments/ticker.ts';
import type { JobOrigin } from '../jobs/job.ts';
import { type AskedRequest, checkCount, checkRequest, type RequestRules } from '../jobs/request.ts';
import {
  findSubmitted,
  type JobPlaces,
  type JobRequest,
  type Submitted,
  submitJob,
} from '../jobs/submit-job.ts';
import type { Logger } from '../logger.ts';
import { DEFAULT_STRATEGY, type StrategyId } from '../quant/strategies/index.ts';
import { ANALYSIS_KIND, BACKFILL_KIND } from './kind.ts';
import { type AskedOptions, resolveOptions } from './options.ts';
import { checkSpanSize, spanOf } from './span.ts';
import { chooseStrategies } from './strategies.ts';

export const MAX_TICKERS = 5_000;

export interface AskedAnalysis extends AskedRequest {
  /** Exactly one of `tickers`, `watchlistId` and `universe`. */
  readonly tickers?: readonly string[] | null | undefined;
  readonly watchlistId?: string | null | undefined;
  readonly universe?: boolean | null | undefined;
  /** One, or several in one job: at most one of the two. */
  readonly strategy?: StrategyId | null | undefined;
  readonly strategies?: readonly StrategyId[] | null | undefined;
  readonly options?: AskedOptions | null | undefined;
}

export interface SubmitAnalysisDeps extends RequestRules {
  readonly db: Db;
  readonly log: Logger;
  readonly now: () => Date;
  /** Throws NotFoundError. */
  readonly listWatchlistTickers: (workspaceId: string, watchlistId: string) => Promise<string[]>;
  /** Every active instrument. */
  readonly listUniverse: (source: string) => Promise<string[]>;
  /** Every ticker that the workspace has imported bars of. */
  readonly listOwnTickers: (workspaceId: string) => Promise<string[]>;
  readonly places?: JobPlaces;
}

/** Tickers as the source spells them: symbols of instruments stand for their tickers, unless the tickers are the workspace's own. */
export async function readTickers(
  { db, sources }: Pick<SubmitAnalysisDeps, 'db' | 'sources'>,
  source: string,
  texts: readonly string[],
): Promise<string[]> {
  const tickers = parseTickers(texts);
  return sources.get(source)?.isOwned === true ? tickers : resolveSymbols(db, tickers);
}

/**
 * Submits an analysis of tickers, a watchlist or the universe: every active instrument that its source may know, or every own series. Throws InvalidTickerError, InvalidInputError, NotFoundError,
 * LimitExceededError or IdempotencyConflictError before anything is stored. A repeat under its idempotency key answers the first job,
 * even when the watchlist has changed since.
 */
export async function submitAnalysis(
  deps: SubmitAnalysisDeps,
  workspaceId: string,
  asked: AskedAnalysis,
): Promise<Submitted> {
  const { db, log } = deps;
  const now = deps.now();
  const checked = checkRequest(deps, asked, now);
  if (asked.strategy != null && asked.strategies != null)
    throw new InvalidInputError('strategies', 'Give strategy or strategies, not both.');
  const ids = chooseStrategies(asked.strategies ?? (asked.strategy == null ? null : [asked.strategy]));
  const options = resolveOptions(asked.options ?? {}, latestDay(now), ids);
  const { idempotencyKey: _key, force: _force, ...request } = asked;
  const known = await findSubmitted(db, workspaceId, checked.idempotencyKey, request);
  if (known !== null) return known;
  const { tickers, origin } = await resolveTickers(deps, workspaceId, checked.source, asked);
  const span = spanOf(options);
  if (span !== null) {
    const { timeframe = 'DAILY' } = options;
    checkSpanSize(span, { timeframe, strategies: ids.length, tickers: tickers.length });
  }
  const job: JobRequest = {
    ...checked,
    workspaceId,
    kind: span === null ? ANALYSIS_KIND : BACKFILL_KIND,
    origin,
    strategy: ids[0] ?? DEFAULT_STRATEGY,
    options,
    tickers,
    watchlistId: asked.watchlistId ?? null,
    retryOf: null,
    asked: request,
  };
  return submitJob(db, log, job, deps.places);
}

async function resolveTickers(
  deps: SubmitAnalysisDeps,
  workspaceId: string,
  source: string,
  asked: AskedAnalysis,
): Promise<{ tickers: string[]; origin: JobOrigin }> {
  const given = [asked.tickers != null, asked.watchlistId != null, asked.universe === true].filter(
    Boolean,
  ).length;
  if (given !== 1) {
    throw new InvalidInputError('tickers', 'Give exactly one of tickers, watchlistId and universe: true.');
  }
  if (asked.tickers != null) {
    if (asked.tickers.length === 0)
      throw new InvalidInputError('tickers', 'tickers must not be empty: name at least one ticker.');
    checkCount(asked.tickers.length, MAX_TICKERS);
    const tickers = await readTickers(deps, source, asked.tickers);
    return { tickers, origin: 'TICKERS' };
  }
  const listUniverse = () =>
    deps.sources.get(source)?.isOwned === true ? deps.listOwnTickers(workspaceId) : deps.listUniverse(source);
  const tickers =
    asked.watchlistId != null
      ? await deps.listWatchlistTickers(workspaceId, asked.watchlistId)
      : await listUniverse();
  const field = asked.watchlistId != null ? 'watchlistId' : 'universe';
  if (tickers.length === 0)
    throw new InvalidInputError(
      field,
      'There is no ticker to analyse, because the list is empty: add tickers first.',
    );
  checkCount(tickers.length, MAX_TICKERS);
  return { tickers, origin: asked.watchlistId != null ? 'WATCHLIST' : 'UNIVERSE' };
}
