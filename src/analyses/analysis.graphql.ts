import { entriesOf, NumberEntryRef, SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { shareReads } from '../events/share-reads.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { described } from '../graphql/described.ts';
import { type ConnectionArgs, countOf, resolveNewestFirst } from '../graphql/pages.ts';
import { InstrumentRef } from '../instruments/instrument.graphql.ts';
import { parseTickers } from '../instruments/ticker.ts';
import { JobItemRef, JobRef } from '../jobs/job.graphql.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { Verdict } from '../quant/score.ts';
import { DEFAULT_STRATEGY, type StrategyId, strategyIds } from '../quant/strategies/index.ts';
import { WatchlistItemRef } from '../watchlists/watchlist.graphql.ts';
import {
  type AnalysisFilter,
  countAnalyses,
  findAnalysis,
  listAnalyses,
  listAnalysesByIds,
  listAnalysesOfItems,
  listDetails,
  listLatest,
} from './analysis.store.ts';
import type { Analysis, AnalysisDetails } from './analysis.ts';
import { columnsFor } from './columns.ts';
import { TimeframeEnum } from './options.graphql.ts';
import { PlanRef } from './plan.graphql.ts';
import { ClauseRef, LedgerRef, ProvenanceRef, ReadingRef, VetoRef, WarningRef } from './reading.graphql.ts';

/** By the score's limits (`src/quant/score.ts`). */
export const verdictTexts: Readonly<Record<Verdict, string>> = {
  STRONG_BUY: 'A score of 0.6 or more.',
  BUY: 'A score of 0.2 or more, below 0.6.',
  HOLD: 'A score above -0.2 and below 0.2, or a buy that a filter held back.',
  SELL: 'A score of -0.2 or less, above -0.6.',
  STRONG_SELL: 'A score of -0.6 or less.',
};
export const VerdictEnum = builder.enumType('Verdict', {
  description: 'What the rules say about the chart.',
  values: described(verdictTexts),
});
/** Bulky parts of all analyses of one request in one statement, and only when a field of theirs is selected. */
const detailReads = new WeakMap<Context, (id: string) => Promise<AnalysisDetails | undefined>>();

export function findDetails(context: Context, { id }: Analysis): Promise<AnalysisDetails | undefined> {
  let read = detailReads.get(context);
  if (read === undefined) {
    read = shareReads<string, AnalysisDetails>(
      (key) => key,
      (ids) => listDetails(context.db, context.access.workspaceId, ids),
    );
    detailReads.set(context, read);
  }
  return read(id);
}

export async function detailsOf(context: Context, analysis: Analysis): Promise<AnalysisDetails> {
  const details = await findDetails(context, analysis);
  if (details === undefined) throw new Error(`analysis ${analysis.id} has no details`);
  return details;
}

/** The bar of an item of a watchlist is made of more than what is selected of its analysis itself. */
const wantedOf = ({ selected }: Context) =>
  selected?.get('WatchlistItem')?.has('bar') === true ? null : columnsFor(selected?.get('Analysis'));

export const AnalysisRef = builder.loadableNodeRef('Analysis', {
  id: { resolve: (analysis: Analysis) => analysis.id },
  load: async (ids: string[], context): Promise<(Analysis | Error)[]> => {
    const { db, access } = context;
    const rows = await listAnalysesByIds(db, access.workspaceId, ids, wantedOf(context));
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? new NotFoundError(`There is no analysis ${id}.`));
  },
});

builder.objectType(AnalysisRef, {
  scope: 'results:read',
  description: 'The judgement of one chart by one strategy.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'The ticker.' }),
    instrument: t.field({
      type: InstrumentRef,
      nullable: true,
      description: 'What is known of it; null when it is not in the list.',
      resolve: (row, _args, context) =>
        InstrumentRef.getDataloader(context)
          .load(row.ticker)
          .catch(() => null),
    }),
    job: t.field({
      type: JobRef,
      nullable: true,
      description: 'The job; null once it was removed.',
      resolve: (row) => row.jobId,
    }),
    strategy: t.field({
      type: StrategyIdEnum,
      description: 'The strategy.',
      resolve: (row) => row.strategy as StrategyId,
    }),
    score: t.exposeFloat('score', { description: '-1 (sell) to 1 (buy).' }),
    scoreVerdict: t.expose('scoreVerdict', {
      type: VerdictEnum,
      description: 'Of the score alone, before filters.',
    }),
    verdict: t.expose('verdict', { type: VerdictEnum, description: 'After filters: a vetoed buy is HOLD.' }),
    regime: t.exposeString('regime', {
      description: 'CHOPPY, WEAK_TREND, TRENDING or UNKNOWN; informs only.',
    }),
    coverage: t.exposeFloat('coverage', {
      description: 'Share of the voters’ weight that had a value, 0 to 1.',
    }),
    conviction: t.exposeFloat('conviction', {
      description: 'Share of the available weight that spoke, 0 to 1.',
    }),
    buyVotes: t.exposeInt('buyVotes', { description: 'Indicators that voted to buy.' }),
    neutralVotes: t.exposeInt('neutralVotes', { description: 'Indicators without an opinion.' }),
    sellVotes: t.exposeInt('sellVotes', { description: 'Indicators that voted to sell.' }),
    unavailableVotes: t.exposeInt('unavailableVotes', { description: 'Indicators without a value.' }),
    warnings: t.field({ type: [WarningRef], description: 'What to know.', resolve: (row) => row.warnings }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Where the bars came from.',
      resolve: (row) => row.source as SourceId,
    }),
    isDemo: t.exposeBoolean('isDemo', { description: 'True exactly when the bars are made up.' }),
    isBackfill: t.exposeBoolean('isBackfill', {
      description:
        'True when a job with a span of days (`asOfFrom`, `asOfTo`) stored it. Lists, feeds, exports and webhooks leave such results out unless their filter has `includeBackfill`; the job lists them in any case.',
    }),
    customised: t.exposeBoolean('customised', { description: 'Options differed from the defaults.' }),
    timeframe: t.expose('timeframe', {
      type: TimeframeEnum,
      description: 'What one of its bars stands for.',
    }),
    currency: t.exposeString('currency', {
      nullable: true,
      description:
        'Currency of the prices, where known: ISO 4217, or GBp, GBX, ZAc or ILA where the exchange quotes hundredths.',
    }),
    asOf: t.field({
      type: 'Date',
      description: 'Trading day of the last bar used.',
      resolve: (row) => row.asOf,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was stored.' }),
    inputHash: t.exposeString('inputHash', {
      nullable: true,
      description:
        'Of the bars that it was computed from: equal bars, options and engine version give an equal result. The first 32 hex digits of the SHA-256 over open, high, low, close and volume as columns of little-endian doubles, oldest bar first, then first and last day (YYYY-MM-DD). Null: stored before it was kept.',
    }),
    engineVersion: t.exposeInt('engineVersion', {
      nullable: true,
      description: 'Version of the rules and indicators that computed it; null: stored before it was kept.',
    }),
    plan: t.field({
      type: PlanRef,
      nullable: true,
      description:
        'Null when the verdict is HOLD, when the price is too small for the tick, or when a warning says that the bars are suspicious (docs/data.md).',
      resolve: async (row, _args, context) =>
        row.side === null ? null : (await detailsOf(context, row)).plan,
    }),
    indicators: t.field({
      type: [ReadingRef],
      description: 'All readings.',
      complexity: { field: 1, multiplier: 12 },
      resolve: async (row, _args, context) => (await detailsOf(context, row)).readings,
    }),
    filters: t.field({
      type: [ClauseRef],
      description: 'The conditions of the buy filters.',
      complexity: { field: 1, multiplier: 8 },
      resolve: async (row, _args, context) => (await detailsOf(context, row)).filters,
    }),
    vetoes: t.field({
      type: [VetoRef],
      description: 'Why a buy was held back; empty otherwise.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).vetoes,
    }),
    categoryScores: t.field({
      type: [NumberEntryRef],
      description: 'The score within each category; null without weight.',
      resolve: async (row, _args, context) => entriesOf((await detailsOf(context, row)).categoryScores),
    }),
    ledger: t.field({
      type: LedgerRef,
      nullable: true,
      description: 'For strategies that keep one.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).ledger,
    }),
    provenance: t.field({
      type: ProvenanceRef,
      description: 'Where the bars came from.',
      resolve: async (row, _args, context) => (await detailsOf(context, row)).provenance,
    }),
    rawData: t.field({
      type: 'JSON',
      description: 'Everything that is stored beside the fields above, with the resolved options.',
      resolve: (row, _args, context) => detailsOf(context, row),
    }),
  }),
});

const AnalysisFilterInput = builder.inputType('AnalysisFilter', {
  description: 'Which analyses to list.',
  fields: (t) => ({
    ticker: t.string({ description: 'Of this ticker.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'By this strategy.' }),
    verdicts: t.field({ type: [VerdictEnum], description: 'With one of these verdicts.' }),
    includeBackfill: t.boolean({
      defaultValue: false,
      description:
        'True: also results of jobs that fill a span of days (`isBackfill`). `Job.analyses` lists those of its job whatever this says.',
    }),
  }),
});

interface FilterInput {
  readonly ticker?: string | null | undefined;
  readonly strategy?: StrategyId | null | undefined;
  readonly verdicts?: Verdict[] | null | undefined;
  readonly includeBackfill?: boolean | null | undefined;
}

async function pageOfAnalyses(
  context: Context,
  args: ConnectionArgs & { filter?: FilterInput | null | undefined },
  jobId?: string,
) {
  const { db, access } = context;
  const input = args.filter ?? {};
  const filter: AnalysisFilter = {
    jobId,
    ticker: input.ticker == null ? undefined : parseTickers([input.ticker])[0],
    strategy: input.strategy ?? undefined,
    verdicts: input.verdicts ?? undefined,
    includeBackfill: input.includeBackfill ?? undefined,
  };
  return resolveNewestFirst(
    args,
    (page) => listAnalyses(db, access.workspaceId, filter, page, wantedOf(context)),
    () => countAnalyses(db, access.workspaceId, filter),
  );
}

const AnalysisConnection = builder.connectionObject(
  {
    type: AnalysisRef,
    name: 'AnalysisConnection',
    description: 'A page of analyses.',
    fields: (c) => ({
      totalCount: c.int({
        description: 'How many there are over all pages; counted only when selected.',
        resolve: countOf,
      }),
    }),
  },
  { name: 'AnalysisEdge', description: 'An analysis with its cursor.' },
);

const pageCost = (args: ConnectionArgs) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 });

builder.queryFields((t) => ({
  analysis: t.field({
    scope: 'results:read',
    type: AnalysisRef,
    nullable: true,
    description: 'One analysis, or null when there is none with this id.',
    args: { id: t.arg.globalID({ required: true, for: AnalysisRef, description: 'Its global id.' }) },
    resolve: (_root, { id }, context) =>
      findAnalysis(context.db, context.access.workspaceId, id.id, wantedOf(context)),
  }),
  analyses: t.connection(
    {
      scope: 'results:read',
      type: AnalysisRef,
      description:
        'Results, the newest first. With a ticker in the filter those of the newest bar come first, so that a past day that is filled in later is not the newest.',
      args: { filter: t.arg({ type: AnalysisFilterInput, description: 'Only these.' }) },
      complexity: pageCost,
      resolve: (_root, args, context) => pageOfAnalyses(context, args),
    },
    AnalysisConnection,
  ),
  latestAnalyses: t.field({
    scope: 'results:read',
    type: [AnalysisRef],
    description:
      'The latest result of each of up to 100 tickers: real before demo data, then the newest bar. Tickers without one are left out.',
    args: {
      tickers: t.arg.stringList({ required: true, description: 'The tickers.' }),
      strategy: t.arg({ type: StrategyIdEnum, description: `The strategy; default ${DEFAULT_STRATEGY}.` }),
      timeframe: t.arg({
        type: TimeframeEnum,
        description: 'Results of bars that stand for this; default DAILY.',
      }),
    },
    complexity: ({ tickers }) => ({ field: 1, multiplier: Math.max(tickers.length, 1) }),
    resolve: (_root, { tickers, strategy, timeframe }, context) => {
      const { db, access } = context;
      if (tickers.length > 100)
        throw new InvalidInputError('tickers', 'Ask for at most 100 tickers at once.');
      return listLatest(
        db,
        access.workspaceId,
        parseTickers(tickers),
        strategy ?? DEFAULT_STRATEGY,
        timeframe ?? 'DAILY',
        wantedOf(context),
      );
    },
  }),
}));

builder.objectFields(JobRef, (t) => ({
  analyses: t.connection(
    {
      type: AnalysisRef,
      description: 'Its results, newest first.',
      complexity: pageCost,
      resolve: (job, args, context) => pageOfAnalyses(context, args, job.id),
    },
    AnalysisConnection,
  ),
}));

/** Results of all items of one request in one statement. */
const itemReads = new WeakMap<Context, (key: string) => Promise<Analysis[] | undefined>>();

async function readItems(context: Context, key: string): Promise<Analysis[]> {
  let read = itemReads.get(context);
  if (read === undefined) {
    read = shareReads<string, Analysis[]>(
      (one) => one,
      (keys) => analysesOfItems(context, keys),
    );
    itemReads.set(context, read);
  }
  return (await read(key)) ?? [];
}

async function analysesOfItems(context: Context, keys: readonly string[]): Promise<Map<string, Analysis[]>> {
  const rows = await listAnalysesOfItems(
    context.db,
    context.access.workspaceId,
    keys.map((key) => ({ jobId: key.slice(0, 36), ticker: key.slice(37) })),
    strategyIds,
    wantedOf(context),
  );
  return Map.groupBy(rows, (row) => `${row.jobId} ${row.ticker}`);
}

builder.objectFields(JobItemRef, (t) => ({
  analysis: t.field({
    type: AnalysisRef,
    nullable: true,
    description:
      'Its result, once it is stored; of several strategies that of the first, of a span of days that of the last day.',
    resolve: async (item, _args, context) =>
      (await readItems(context, `${item.jobId} ${item.ticker}`))[0] ?? null,
  }),
  analyses: t.field({
    type: [AnalysisRef],
    description:
      'Its results, one per strategy, once they are stored. Of a span of days those of the last day; `Job.analyses` lists all.',
    complexity: { field: 1, multiplier: 5 },
    resolve: (item, _args, context) => readItems(context, `${item.jobId} ${item.ticker}`),
  }),
}));

builder.objectField(WatchlistItemRef, 'lastAnalysis', (t) =>
  t.field({
    type: AnalysisRef,
    nullable: true,
    description: 'Its newest result; a failed run leaves it.',
    resolve: (item) => item.lastAnalysisId,
  }),
);
