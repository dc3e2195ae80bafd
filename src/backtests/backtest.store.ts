import type { Executor, Tx } from '../db/client.ts';
import { and, asc, eq, sql } from '../db/drizzle.ts';
import { type IdPage, pageOf } from '../db/newest-first.ts';
import type { Backtest } from '../quant/backtest.ts';
import type { Timeframe } from '../quant/resample.ts';
import type { Sides } from '../quant/side.ts';
import { backtestDetails, backtests } from './backtest.tables.ts';
import type { BacktestDetails, NewBacktest, StoredBacktest } from './backtest.ts';
import { type CurvePair, decodeCurves, encodeCurves } from './curve.ts';
import { sidesTraded } from './options.ts';
import { type Field, field, insertRows } from './rows.store.ts';

export interface BacktestOfItem {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  readonly backtest: NewBacktest;
}

const own: readonly Field<BacktestOfItem>[] = [
  field('id', 'uuid', ({ backtest }) => backtest.id),
  field('workspace_id', 'uuid', (row) => row.workspaceId),
  field('job_id', 'uuid', (row) => row.jobId),
  field('ticker', 'text', (row) => row.ticker),
  field('strategy', 'text', ({ backtest }) => backtest.strategy),
  field('source', 'text', ({ backtest }) => backtest.details.provenance.source),
  field('is_demo', 'bool', ({ backtest }) => backtest.details.provenance.isDemo),
  field('customised', 'bool', ({ backtest }) => backtest.customised),
  field('timeframe', 'text', ({ backtest }) => backtest.details.options.timeframe ?? 'DAILY'),
  field('sides', 'text', ({ backtest }) => sidesTraded(backtest.details.options)),
  field('by_side', 'jsonb', ({ backtest: { result, details } }) =>
    sidesTraded(details.options) === 'BOTH' ? JSON.stringify(result.bySide) : null,
  ),
  field('input_hash', 'bytea', ({ backtest }) => Buffer.from(backtest.inputHash, 'hex')),
  field('engine_version', 'int2', ({ backtest }) => backtest.engineVersion),
  field('warnings', 'jsonb', ({ backtest }) => JSON.stringify(backtest.warnings)),
];

const figures: readonly Field<Backtest>[] = [
  field('first_date', 'date', (result) => result.firstDate),
  field('last_date', 'date', (result) => result.lastDate),
  field('tradable_from', 'date', (result) => result.tradableFrom),
  field('window_bars', 'int4', (result) => result.curve.equity.length),
  field('pending', 'bool', (result) => result.pending),
  field('skipped_open', 'int4', ({ skipped }) => skipped.open),
  field('skipped_cooldown', 'int4', ({ skipped }) => skipped.cooldown),
  field('skipped_no_slot', 'int4', ({ skipped }) => skipped.noSlot),
  field('trades', 'int4', ({ metrics }) => metrics.trades),
  field('wins', 'int4', ({ metrics }) => metrics.wins),
  field('losses', 'int4', ({ metrics }) => metrics.losses),
  field('total_return_pct', 'float8', ({ metrics }) => metrics.totalReturnPct),
  field('cagr_pct', 'float8', ({ metrics }) => metrics.cagrPct),
  field('max_drawdown_pct', 'float8', ({ metrics }) => metrics.maxDrawdownPct),
  field('peak_date', 'date', ({ metrics }) => metrics.peakDate),
  field('trough_date', 'date', ({ metrics }) => metrics.troughDate),
  field('win_rate_pct', 'float8', ({ metrics }) => metrics.winRatePct),
  field('profit_factor', 'float8', ({ metrics }) => metrics.profitFactor),
  field('avg_win_pct', 'float8', ({ metrics }) => metrics.avgWinPct),
  field('avg_loss_pct', 'float8', ({ metrics }) => metrics.avgLossPct),
  field('expectancy_pct', 'float8', ({ metrics }) => metrics.expectancyPct),
  field('best_pct', 'float8', ({ metrics }) => metrics.bestPct),
  field('worst_pct', 'float8', ({ metrics }) => metrics.worstPct),
  field('sharpe', 'float8', ({ metrics }) => metrics.sharpe),
  field('exposure_pct', 'float8', ({ metrics }) => metrics.exposurePct),
  field('longest_win_streak', 'int4', ({ metrics }) => metrics.longestWinStreak),
  field('longest_loss_streak', 'int4', ({ metrics }) => metrics.longestLossStreak),
  field('hold_return_pct', 'float8', ({ buyAndHold }) => buyAndHold.metrics.totalReturnPct),
  field('hold_cagr_pct', 'float8', ({ buyAndHold }) => buyAndHold.metrics.cagrPct),
  field('hold_max_drawdown_pct', 'float8', ({ buyAndHold }) => buyAndHold.metrics.maxDrawdownPct),
  field('hold_peak_date', 'date', ({ buyAndHold }) => buyAndHold.metrics.peakDate),
  field('hold_trough_date', 'date', ({ buyAndHold }) => buyAndHold.metrics.troughDate),
  field('hold_sharpe', 'float8', ({ buyAndHold }) => buyAndHold.metrics.sharpe),
];

const narrow = [
  ...own,
  ...figures.map(
    ({ values, ...rest }): Field<BacktestOfItem> => ({
      ...rest,
      values: (rows) => values(rows.map(({ backtest }) => backtest.result)),
    }),
  ),
];

export async function insertBacktests(tx: Tx, rows: readonly BacktestOfItem[]): Promise<void> {
  await insertRows(tx, 'insertBacktests', 'backtests', narrow, rows);
}

const bulky: readonly Field<NewBacktest>[] = [
  field('backtest_id', 'uuid', ({ id }) => id),
  field('body', 'jsonb', ({ details }) => JSON.stringify(details)),
  field('curve', 'bytea', ({ result: { curve, buyAndHold } }) =>
    encodeCurves({ ...curve, buyAndHold: buyAndHold.curve.equity }),
  ),
];

export async function insertBacktestDetails(tx: Tx, rows: readonly NewBacktest[]): Promise<void> {
  await insertRows(tx, 'insertBacktestDetails', 'backtest_details', bulky, rows);
}

const columns = {
  id: backtests.id,
  workspaceId: backtests.workspaceId,
  jobId: backtests.jobId,
  ticker: backtests.ticker,
  strategy: backtests.strategy,
  source: backtests.source,
  isDemo: backtests.isDemo,
  customised: backtests.customised,
  timeframe: sql<Timeframe>`${backtests.timeframe}`,
  sides: sql<Sides>`${backtests.sides}`,
  bySide: sql<StoredBacktest['bySide']>`${backtests.bySide}`,
  firstDate: backtests.firstDate,
  lastDate: backtests.lastDate,
  tradableFrom: backtests.tradableFrom,
  windowBars: backtests.windowBars,
  pending: backtests.pending,
  skipped: {
    open: backtests.skippedOpen,
    cooldown: backtests.skippedCooldown,
    noSlot: backtests.skippedNoSlot,
  },
  metrics: {
    trades: backtests.trades,
    wins: backtests.wins,
    losses: backtests.losses,
    totalReturnPct: backtests.totalReturnPct,
    cagrPct: backtests.cagrPct,
    maxDrawdownPct: backtests.maxDrawdownPct,
    peakDate: backtests.peakDate,
    troughDate: backtests.troughDate,
    winRatePct: backtests.winRatePct,
    profitFactor: backtests.profitFactor,
    avgWinPct: backtests.avgWinPct,
    avgLossPct: backtests.avgLossPct,
    expectancyPct: backtests.expectancyPct,
    bestPct: backtests.bestPct,
    worstPct: backtests.worstPct,
    sharpe: backtests.sharpe,
    exposurePct: backtests.exposurePct,
    longestWinStreak: backtests.longestWinStreak,
    longestLossStreak: backtests.longestLossStreak,
  },
  buyAndHold: {
    totalReturnPct: backtests.holdReturnPct,
    cagrPct: backtests.holdCagrPct,
    maxDrawdownPct: backtests.holdMaxDrawdownPct,
    peakDate: backtests.holdPeakDate,
    troughDate: backtests.holdTroughDate,
    sharpe: backtests.holdSharpe,
  },
  warnings: sql<StoredBacktest['warnings']>`${backtests.warnings}`,
  createdAt: backtests.createdAt,
  inputHash: sql<string | null>`encode(${backtests.inputHash}, 'hex')`,
  engineVersion: backtests.engineVersion,
};

export async function findBacktest(
  db: Executor,
  workspaceId: string,
  id: string,
): Promise<StoredBacktest | null> {
  const [row] = await db
    .select(columns)
    .from(backtests)
    .where(and(eq(backtests.workspaceId, workspaceId), eq(backtests.id, id)));
  return row ?? null;
}

export async function listBacktestsByIds(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<StoredBacktest[]> {
  return db.select(columns).from(backtests).where(amongIds(workspaceId, ids));
}

function amongIds(workspaceId: string, ids: readonly string[]) {
  return and(eq(backtests.workspaceId, workspaceId), sql`${backtests.id} = any(${sql.param(ids)}::uuid[])`);
}

export interface BacktestFilter {
  readonly jobId?: string | undefined;
  readonly ticker?: string | undefined;
  readonly strategy?: string | undefined;
}

function matching(workspaceId: string, filter: BacktestFilter) {
  return and(
    eq(backtests.workspaceId, workspaceId),
    filter.jobId === undefined ? undefined : eq(backtests.jobId, filter.jobId),
    filter.ticker === undefined ? undefined : eq(backtests.ticker, filter.ticker),
    filter.strategy === undefined ? undefined : eq(backtests.strategy, filter.strategy),
  );
}

/** Newest first; ids grow with time. */
export async function listBacktests(
  db: Executor,
  workspaceId: string,
  filter: BacktestFilter,
  page: IdPage,
): Promise<StoredBacktest[]> {
  return pageOf(db.select(columns).from(backtests), backtests.id, matching(workspaceId, filter), page);
}

export async function countBacktests(
  db: Executor,
  workspaceId: string,
  filter: BacktestFilter,
): Promise<number> {
  return db.$count(backtests, matching(workspaceId, filter));
}

/** Results of items, by (job, ticker). */
export async function listBacktestsOfItems(
  db: Executor,
  workspaceId: string,
  items: readonly { readonly jobId: string; readonly ticker: string }[],
): Promise<StoredBacktest[]> {
  return db
    .select(columns)
    .from(backtests)
    .where(sql`${backtests.workspaceId} = ${workspaceId} and (${backtests.jobId}, ${backtests.ticker}) in (
    select * from unnest(${sql.param(items.map((item) => item.jobId))}::uuid[], ${sql.param(items.map((item) => item.ticker))}::text[]))`)
    .orderBy(asc(backtests.id));
}

export async function listBacktestDetails(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, BacktestDetails>> {
  const rows = await db
    .select({ id: backtestDetails.backtestId, body: backtestDetails.body })
    .from(backtestDetails)
    .innerJoin(backtests, eq(backtests.id, backtestDetails.backtestId))
    .where(amongIds(workspaceId, ids));
  return new Map(rows.map((row) => [row.id, row.body as BacktestDetails]));
}

export async function listCurves(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, CurvePair>> {
  const rows = await db
    .select({ id: backtestDetails.backtestId, curve: backtestDetails.curve })
    .from(backtestDetails)
    .innerJoin(backtests, eq(backtests.id, backtestDetails.backtestId))
    .where(amongIds(workspaceId, ids));
  return new Map(rows.map((row) => [row.id, decodeCurves(row.curve)]));
}
