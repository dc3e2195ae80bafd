import { TimeframeEnum } from '../analyses/options.graphql.ts';
import { ProvenanceRef, WarningRef } from '../analyses/reading.graphql.ts';
import { SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { perRequestById } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import {
  type ConnectionArgs,
  countOf,
  foreignCursor,
  resolveNewestFirst,
  resolvePage,
} from '../graphql/pages.ts';
import { InstrumentRef } from '../instruments/instrument.graphql.ts';
import { parseTickers } from '../instruments/ticker.ts';
import { JobRef } from '../jobs/job.graphql.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import {
  type BacktestFilter,
  countBacktests,
  findBacktest,
  listBacktestDetails,
  listBacktests,
  listBacktestsByIds,
  listCurves,
} from './backtest.store.ts';
import { type BacktestDetails, type NumberedTrade, type StoredBacktest, sidesOfResult } from './backtest.ts';
import { type CurvePair, spreadIndices } from './curve.ts';
import { ranges } from './options.ts';
import {
  BacktestSidesEnum,
  CurvePointRef,
  HoldingRef,
  MetricsRef,
  RiskRef,
  SideResultRef,
  SkippedRef,
  TradeRef,
} from './result.graphql.ts';
import { listTrades, type TradeSort } from './trade.store.ts';

/** Bulky parts of all backtests of one request in one statement each, and only when a field of theirs is selected. */
const readDetails = perRequestById(({ db, access }: Context, ids) =>
  listBacktestDetails(db, access.workspaceId, ids),
);
const readCurves = perRequestById(({ db, access }: Context, ids) => listCurves(db, access.workspaceId, ids));

async function detailsOf(context: Context, { id }: StoredBacktest): Promise<BacktestDetails> {
  const details = await readDetails(context, id);
  if (details === undefined) throw new Error(`backtest ${id} has no details`);
  return details;
}

export async function curvesOf(context: Context, { id }: StoredBacktest): Promise<CurvePair> {
  const curves = await readCurves(context, id);
  if (curves === undefined) throw new Error(`backtest ${id} has no curve`);
  return curves;
}

export const BacktestRef = builder.loadableNodeRef('Backtest', {
  id: { resolve: (backtest: StoredBacktest) => backtest.id },
  load: async (ids: string[], { db, access }): Promise<(StoredBacktest | Error)[]> => {
    const rows = await listBacktestsByIds(db, access.workspaceId, ids);
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? new NotFoundError(`There is no backtest ${id}.`));
  },
});

const MAX_POINTS = ranges.windowBars.max;
const DEFAULT_POINTS = 200;

/** A point is two or three numbers that are at hand: ten of them cost as much as one object of a list. */
export const pointsCost = ({ points }: { points?: number | null | undefined }) => ({
  field: 1,
  multiplier: Math.max((points ?? DEFAULT_POINTS) / 10, 1),
});
export const pointsText = `Maximum number of points, 2 to ${MAX_POINTS}, evenly spaced; all points when there are fewer.`;

export function checkPoints(points: number | null | undefined): number {
  const count = points ?? DEFAULT_POINTS;
  if (count < 2 || count > MAX_POINTS) {
    throw new InvalidInputError('points', `points must be between 2 and ${MAX_POINTS}.`);
  }
  return count;
}

const TradeSortEnum = builder.enumType('BacktestTradeSort', {
  description:
    'Value by which trades are sorted. Trades with equal values are sorted in the order of their exits.',
  values: {
    DATE: { description: 'Trading day of the exit.' },
    RETURN: { description: 'Net return of the trade.' },
    REASON: { description: 'Name of the exit reason.' },
  } satisfies Record<TradeSort, object>,
});

const pageCost = (args: ConnectionArgs) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 });

async function pageOfTrades(
  { db, access }: Context,
  { id, metrics }: StoredBacktest,
  args: ConnectionArgs & { sort?: TradeSort | null | undefined; descending?: boolean | null | undefined },
) {
  const sort = args.sort ?? 'DATE';
  const descending = args.descending ?? false;
  const page = await resolvePage(
    args,
    (trade: NumberedTrade) => String(trade.n),
    async ({ limit, after, before, backwards }) => {
      const key = after ?? before;
      const beyond = key === undefined ? null : /^[1-9]\d{0,8}$/.test(key) ? Number(key) : Number.NaN;
      if (beyond !== null && !(beyond <= metrics.trades)) {
        throw foreignCursor(backwards ? 'before' : 'after');
      }
      const rows = await listTrades(
        db,
        access.workspaceId,
        id,
        { sort, descending: descending !== backwards },
        { limit, beyond },
      );
      return backwards ? rows.reverse() : rows;
    },
  );
  return { ...page, count: () => metrics.trades };
}

builder.objectType(BacktestRef, {
  scope: 'results:read',
  description: 'Simulation of a strategy over the past bars of one ticker, bar by bar, including costs.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'Ticker of the instrument, in upper case.' }),
    instrument: t.field({
      type: InstrumentRef,
      nullable: true,
      description: 'The instrument of the ticker; null when the ticker is not in the list of instruments.',
      resolve: (row, _args, context) =>
        InstrumentRef.getDataloader(context)
          .load(row.ticker)
          .catch(() => null),
    }),
    job: t.field({
      type: JobRef,
      nullable: true,
      description: 'Job that stored the backtest; null when the job has been removed.',
      resolve: (row) => row.jobId,
    }),
    strategy: t.field({
      type: StrategyIdEnum,
      description: 'Strategy that was simulated.',
      resolve: (row) => row.strategy as StrategyId,
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Source that delivered the bars.',
      resolve: (row) => row.source as SourceId,
    }),
    isDemo: t.exposeBoolean('isDemo', { description: 'True when the bars are synthetic (source DEMO).' }),
    customised: t.exposeBoolean('customised', {
      description: 'True when options other than the window differ from the defaults.',
    }),
    timeframe: t.expose('timeframe', {
      type: TimeframeEnum,
      description: 'Period that one bar of the backtest covers.',
    }),
    inputHash: t.exposeString('inputHash', {
      nullable: true,
      description:
        'Hash of the bars, including those before the window. Equal hash, options and engine version give an equal result. The format is that of `Analysis.inputHash`. Null for results stored before hashes were recorded.',
    }),
    engineVersion: t.exposeInt('engineVersion', {
      nullable: true,
      description:
        'Version of the rules and indicators that computed the result; null for results stored before versions were recorded.',
    }),
    firstDate: t.expose('firstDate', {
      type: 'Date',
      description: 'Trading day of the first bar of the window.',
    }),
    lastDate: t.expose('lastDate', {
      type: 'Date',
      description: 'Trading day of the last bar of the window.',
    }),
    tradableFrom: t.expose('tradableFrom', {
      type: 'Date',
      nullable: true,
      description:
        'Trading day of the first bar that may signal, which has 50 bars up to and including itself. Null when there is no such bar.',
    }),
    windowBars: t.exposeInt('windowBars', { description: 'Number of bars in the window.' }),
    metrics: t.expose('metrics', {
      type: MetricsRef,
      description: 'Returns, risk and trade statistics of the strategy.',
    }),
    sides: t.expose('sides', { type: BacktestSidesEnum, description: 'Sides that the backtest traded.' }),
    bySide: t.field({
      type: [SideResultRef],
      description: 'Results of each traded side, longs first. One entry unless `sides` is BOTH.',
      complexity: { field: 1, multiplier: 2 },
      resolve: (row) => [...sidesOfResult(row)],
    }),
    buyAndHold: t.expose('buyAndHold', {
      type: HoldingRef,
      description: 'Result of buying at the start of the window and holding to its end, for comparison.',
    }),
    skipped: t.expose('skipped', {
      type: SkippedRef,
      description: 'Numbers of signals that opened no position.',
    }),
    pending: t.exposeBoolean('pending', {
      description: 'True when the last bar signals: the entry would be at the next bar, after the window.',
    }),
    warnings: t.field({
      type: [WarningRef],
      description: 'Warnings about the bars or the result; empty when there are none.',
      resolve: (row) => row.warnings,
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the backtest was stored.',
    }),
    risk: t.field({
      type: RiskRef,
      description: 'Risk numbers with which the strategy was simulated.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).risk,
    }),
    provenance: t.field({
      type: ProvenanceRef,
      description: 'Source, adjustment and range of the bars, including those before the window.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).provenance,
    }),
    options: t.field({
      type: 'JSON',
      description: 'Resolved options of the backtest as JSON, with defaults filled in.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).options,
    }),
    curve: t.field({
      type: [CurvePointRef],
      description:
        'Equity at the close of the bars of the window. The peak and the trough of the largest drawdown are always included.',
      args: { points: t.arg.int({ defaultValue: DEFAULT_POINTS, description: pointsText }) },
      complexity: pointsCost,
      resolve: async (row, { points }, context) => {
        const count = checkPoints(points);
        const { dates, equity, buyAndHold } = await curvesOf(context, row);
        const { peakDate, troughDate } = row.metrics;
        const kept = [peakDate, troughDate].flatMap((day) => (day === null ? [] : [dates.indexOf(day)]));
        return spreadIndices(dates.length, count, kept).map((i) => ({
          date: dates[i] ?? '',
          equity: equity[i] ?? 0,
          buyAndHold: buyAndHold[i] ?? 0,
        }));
      },
    }),
    trades: t.connection(
      {
        type: TradeRef,
        description: 'Closed positions of the backtest.',
        args: {
          sort: t.arg({
            type: TradeSortEnum,
            defaultValue: 'DATE',
            description: 'Value to sort by; default DATE.',
          }),
          descending: t.arg.boolean({
            defaultValue: false,
            description: 'True: largest value first. Default: smallest value first.',
          }),
        },
        complexity: pageCost,
        resolve: (row, args, context) => pageOfTrades(context, row, args),
      },
      {
        name: 'BacktestTradeConnection',
        description: 'A page of trades.',
        fields: (c) => ({
          totalCount: c.int({
            description: 'Number of trades on all pages.',
            resolve: countOf,
          }),
        }),
      },
      { name: 'BacktestTradeEdge', description: 'A trade with its cursor.' },
    ),
  }),
});

const BacktestFilterInput = builder.inputType('BacktestFilter', {
  description: 'Conditions on the backtests to list; all conditions must hold.',
  fields: (t) => ({
    ticker: t.string({ description: 'Only backtests of this ticker, in upper or lower case.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Only backtests of this strategy.' }),
  }),
});

async function pageOfBacktests(
  { db, access }: Context,
  args: ConnectionArgs & {
    filter?:
      | { ticker?: string | null | undefined; strategy?: StrategyId | null | undefined }
      | null
      | undefined;
  },
  jobId?: string,
) {
  const { ticker, strategy } = args.filter ?? {};
  const filter: BacktestFilter = {
    jobId,
    ticker: ticker == null ? undefined : parseTickers([ticker])[0],
    strategy: strategy ?? undefined,
  };
  return resolveNewestFirst(
    args,
    (page) => listBacktests(db, access.workspaceId, filter, page),
    () => countBacktests(db, access.workspaceId, filter),
  );
}

const BacktestConnection = builder.connectionObject(
  {
    type: BacktestRef,
    name: 'BacktestConnection',
    description: 'A page of backtests.',
    fields: (c) => ({
      totalCount: c.int({
        description: 'Number of backtests on all pages; counted only when this field is selected.',
        resolve: countOf,
      }),
    }),
  },
  { name: 'BacktestEdge', description: 'A backtest with its cursor.' },
);

builder.queryFields((t) => ({
  backtest: t.field({
    scope: 'results:read',
    type: BacktestRef,
    nullable: true,
    description: 'The backtest with this id; null when there is none.',
    args: {
      id: t.arg.globalID({ required: true, for: BacktestRef, description: 'Global id of the backtest.' }),
    },
    resolve: (_root, { id }, { db, access }) => findBacktest(db, access.workspaceId, id.id),
  }),
  backtests: t.connection(
    {
      scope: 'results:read',
      type: BacktestRef,
      description: 'Backtests of the workspace, newest first.',
      args: {
        filter: t.arg({
          type: BacktestFilterInput,
          description: 'Conditions on the backtests; default: all backtests.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context) => pageOfBacktests(context, args),
    },
    BacktestConnection,
  ),
}));

builder.objectFields(JobRef, (t) => ({
  backtests: t.connection(
    {
      type: BacktestRef,
      description: 'Backtests of the job, newest first; empty for jobs of another kind.',
      complexity: pageCost,
      resolve: (job, args, context) => pageOfBacktests(context, args, job.id),
    },
    BacktestConnection,
  ),
}));
