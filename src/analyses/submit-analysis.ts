import type { Db } from '../db/client.ts';
import { InvalidInputError, LimitExceededError } from '../errors.ts';
import { resolveSymbols } from '../instruments/find-instrument.ts';
import { parseTickers } from '../instruments/ticker.ts';
import type { JobOrigin } from '../jobs/job.ts';
import { PRIORITY } from '../jobs/job.ts';
import { findSubmitted, type Submitted, submitJob } from '../jobs/submit-job.ts';
import type { Logger } from '../logger.ts';
import { DEFAULT_STRATEGY, type StrategyId } from '../quant/strategies/index.ts';
import { ANALYSIS_KIND } from './kind.ts';
import { type AskedOptions, resolveOptions } from './options.ts';

export const MAX_TICKERS = 5_000;
const MAX_KEY_LENGTH = 255;
const MAX_DELAY_DAYS = 366;

export interface AskedAnalysis {
  /** Exactly one of `tickers`, `watchlistId` and `universe`. */
  readonly tickers?: readonly string[] | null | undefined;
  readonly watchlistId?: string | null | undefined;
  readonly universe?: boolean | null | undefined;
  readonly strategy?: StrategyId | null | undefined;
  readonly source?: string | null | undefined;
  readonly options?: AskedOptions | null | undefined;
  readonly priority?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly force?: boolean | null | undefined;
  readonly runAt?: Date | null | undefined;
}

export interface SubmitAnalysisDeps {
  readonly db: Db;
  readonly log: Logger;
  /** Enabled sources and whether their bars are made up. */
  readonly sources: ReadonlyMap<string, { readonly isDemo: boolean }>;
  readonly defaultSource: string;
  readonly now: () => Date;
  /** Throws NotFoundError. */
  readonly listWatchlistTickers: (workspaceId: string, watchlistId: string) => Promise<string[]>;
  readonly listUniverse: () => Promise<string[]>;
}

/**
 * Submits an analysis of tickers, a watchlist or every active instrument. Throws InvalidTickerError, InvalidInputError, NotFoundError,
 * LimitExceededError or IdempotencyConflictError before anything is stored. A repeat under its idempotency key answers the first job,
 * even when the watchlist has changed since.
 */
export async function submitAnalysis(
  deps: SubmitAnalysisDeps,
  workspaceId: string,
  asked: AskedAnalysis,
): Promise<Submitted> {
  const { db, log, sources } = deps;
  const idempotencyKey = asked.idempotencyKey ?? null;
  if (idempotencyKey !== null && (idempotencyKey.length === 0 || idempotencyKey.length > MAX_KEY_LENGTH)) {
    throw new InvalidInputError(
      'idempotencyKey',
      `idempotencyKey must have 1 to ${MAX_KEY_LENGTH} characters.`,
    );
  }
  const strategy = asked.strategy ?? DEFAULT_STRATEGY;
  const now = deps.now();
  const options = resolveOptions(asked.options ?? {}, tomorrow(now));
  const priority = checkPriority(asked.priority ?? PRIORITY.default);
  const runAt = checkRunAt(asked.runAt ?? null, now);
  const sourceId = asked.source ?? deps.defaultSource;
  const source = sources.get(sourceId);
  if (source === undefined) {
    throw new InvalidInputError(
      'source',
      `The source ${sourceId} is not enabled here; enabled are ${[...sources.keys()].join(', ')}.`,
    );
  }
  const { idempotencyKey: _key, force, ...request } = asked;
  const known = await findSubmitted(db, workspaceId, idempotencyKey, request);
  if (known !== null) return known;
  const { tickers, origin } = await resolveTickers(deps, workspaceId, asked);
  return submitJob(db, log, {
    workspaceId,
    kind: ANALYSIS_KIND,
    origin,
    strategy,
    source: sourceId,
    isDemo: source.isDemo,
    options,
    tickers,
    watchlistId: asked.watchlistId ?? null,
    retryOf: null,
    priority,
    runAt,
    idempotencyKey,
    force: force ?? false,
    asked: request,
  });
}

async function resolveTickers(
  deps: SubmitAnalysisDeps,
  workspaceId: string,
  asked: AskedAnalysis,
): Promise<{ tickers: string[]; origin: JobOrigin }> {
  const given = [asked.tickers != null, asked.watchlistId != null, asked.universe === true].filter(
    Boolean,
  ).length;
  if (given !== 1) {
    throw new InvalidInputError('tickers', 'Give exactly one of tickers, watchlistId and universe: true.');
  }
  if (asked.tickers != null) {
    if (asked.tickers.length === 0) throw new InvalidInputError('tickers', 'tickers is empty.');
    checkCount(asked.tickers.length);
    const tickers = await resolveSymbols(deps.db, parseTickers(asked.tickers));
    return { tickers, origin: 'TICKERS' };
  }
  const tickers =
    asked.watchlistId != null
      ? await deps.listWatchlistTickers(workspaceId, asked.watchlistId)
      : await deps.listUniverse();
  const field = asked.watchlistId != null ? 'watchlistId' : 'universe';
  if (tickers.length === 0)
    throw new InvalidInputError(field, 'There is no ticker to analyse: the list is empty.');
  checkCount(tickers.length);
  return { tickers, origin: asked.watchlistId != null ? 'WATCHLIST' : 'UNIVERSE' };
}

function checkCount(count: number): void {
  if (count > MAX_TICKERS) {
    throw new LimitExceededError(
      MAX_TICKERS,
      `A job has at most ${MAX_TICKERS} tickers, not ${count}: split it.`,
    );
  }
}

function checkPriority(priority: number): number {
  if (priority < PRIORITY.min || priority > PRIORITY.max) {
    throw new InvalidInputError('priority', `priority must be between ${PRIORITY.min} and ${PRIORITY.max}.`);
  }
  return priority;
}

function checkRunAt(runAt: Date | null, now: Date): Date | null {
  if (runAt !== null && runAt.getTime() > now.getTime() + MAX_DELAY_DAYS * 86_400_000) {
    throw new InvalidInputError('runAt', `runAt must lie within ${MAX_DELAY_DAYS} days.`);
  }
  return runAt;
}

/** The latest day that is anywhere on earth today: the exact zone is the instrument's. */
function tomorrow(now: Date): string {
  return new Date(now.getTime() + 14 * 3_600_000).toISOString().slice(0, 10);
}
