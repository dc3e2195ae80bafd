import { readTickers, type SubmitAnalysisDeps } from '../analyses/submit-analysis.ts';
import { latestDay } from '../calendar.ts';
import { InvalidInputError } from '../errors.ts';
import { type AskedRequest, checkCount, checkRequest } from '../jobs/request.ts';
import { findSubmitted, type JobRequest, type Submitted, submitJob } from '../jobs/submit-job.ts';
import { DEFAULT_STRATEGY, type StrategyId } from '../quant/strategies/index.ts';
import { BACKTEST_KIND } from './kind.ts';
import { type AskedBacktestOptions, resolveBacktest } from './options.ts';

export const MAX_BACKTEST_TICKERS = 50;

export interface AskedBacktest extends AskedRequest {
  /** Exactly one of `tickers` and `watchlistId`. */
  readonly tickers?: readonly string[] | null | undefined;
  readonly watchlistId?: string | null | undefined;
  readonly strategies?: readonly StrategyId[] | null | undefined;
  readonly options?: AskedBacktestOptions | null | undefined;
}

/**
 * Submits a backtest of tickers or a watchlist with one or more strategies. Throws InvalidTickerError, InvalidInputError, NotFoundError,
 * LimitExceededError or IdempotencyConflictError before anything is stored. A repeat under its idempotency key answers the first job.
 */
export async function submitBacktest(
  deps: Omit<SubmitAnalysisDeps, 'listUniverse' | 'listOwnTickers'>,
  workspaceId: string,
  asked: AskedBacktest,
): Promise<Submitted> {
  const { db, log } = deps;
  const now = deps.now();
  const checked = checkRequest(deps, asked, now);
  const options = resolveBacktest(asked.strategies ?? null, asked.options ?? {}, latestDay(now));
  const { idempotencyKey: _key, force: _force, ...request } = asked;
  const known = await findSubmitted(db, workspaceId, checked.idempotencyKey, { backtest: request });
  if (known !== null) return known;
  const tickers = await pickTickers(deps, workspaceId, checked.source, asked);
  const job: JobRequest = {
    ...checked,
    workspaceId,
    kind: BACKTEST_KIND,
    origin: 'BACKTEST',
    strategy: options.strategies[0] ?? DEFAULT_STRATEGY,
    options,
    tickers,
    watchlistId: asked.watchlistId ?? null,
    retryOf: null,
    asked: { backtest: request },
  };
  return submitJob(db, log, job, deps.places);
}

async function pickTickers(
  deps: Pick<SubmitAnalysisDeps, 'db' | 'sources' | 'listWatchlistTickers'>,
  workspaceId: string,
  source: string,
  { tickers, watchlistId }: AskedBacktest,
): Promise<string[]> {
  if ((tickers == null) === (watchlistId == null)) {
    throw new InvalidInputError('tickers', 'Give exactly one of tickers and watchlistId.');
  }
  if (watchlistId != null) {
    const listed = await deps.listWatchlistTickers(workspaceId, watchlistId);
    if (listed.length === 0)
      throw new InvalidInputError('watchlistId', 'The watchlist is empty: add tickers first.');
    checkCount(listed.length, MAX_BACKTEST_TICKERS);
    return listed;
  }
  if (tickers == null || tickers.length === 0)
    throw new InvalidInputError('tickers', 'tickers must not be empty: name at least one ticker.');
  checkCount(tickers.length, MAX_BACKTEST_TICKERS);
  return readTickers(deps, source, tickers);
}
