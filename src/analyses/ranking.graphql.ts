import { IndicatorIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { shareReads } from '../events/share-reads.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { described } from '../graphql/described.ts';
import { type ConnectionArgs, resolvePage } from '../graphql/pages.ts';
import { InstrumentRef } from '../instruments/instrument.graphql.ts';
import { JobItemRef } from '../jobs/job.graphql.ts';
import type { JobItem } from '../jobs/job.ts';
import type { IndicatorId } from '../quant/indicators/index.ts';
import type { Timeframe } from '../quant/resample.ts';
import { DEFAULT_STRATEGY, type StrategyId } from '../quant/strategies/index.ts';
import { WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisRef, verdictTexts } from './analysis.graphql.ts';
import { TimeframeEnum } from './options.graphql.ts';
import { countRanking, listActiveItems, listRanking } from './ranking.store.ts';
import {
  RANKED_VERDICTS,
  type RankedVerdict,
  type RankingCounts,
  type RankingFilter,
  type RankingKey,
  type RankingOrder,
  type RankingRow,
  readPlace,
  writePlace,
} from './ranking.ts';
import {
  LineNameEnum,
  MAX_SCREENS,
  numberTexts,
  RankingScreenInput,
  type ScreenInput,
  toFigure,
  toScreens,
} from './screen.graphql.ts';

const RankedVerdictEnum = builder.enumType('RankedVerdict', {
  description: 'A verdict, or NOT_ANALYSED where the strategy has no result.',
  values: described<RankedVerdict>({ ...verdictTexts, NOT_ANALYSED: 'The strategy has no result for it.' }),
});

const RankingKeyEnum = builder.enumType('RankingKey', {
  description: 'What a ranking is sorted by; what has no such value is last in both directions.',
  values: described<RankingKey>({
    ...numberTexts,
    VERDICT: 'Descending: STRONG_BUY first, STRONG_SELL last.',
    SYMBOL: 'The symbol at the exchange.',
    AS_OF: 'Trading day of the last bar used.',
  }),
});

const SortDirectionEnum = builder.enumType('SortDirection', {
  description: 'Upwards or downwards.',
  values: {
    ASC: { description: 'Smallest first.' },
    DESC: { description: 'Largest first.' },
  } as const,
});

const RankingSortInput = builder.inputType('RankingSort', {
  description: 'Ties go by symbol, then ticker, upwards.',
  fields: (t) => ({
    by: t.field({ type: RankingKeyEnum, description: 'The key; or name an indicator instead.' }),
    indicator: t.field({ type: IndicatorIdEnum, description: 'Sort by a line of this indicator.' }),
    line: t.field({
      type: LineNameEnum,
      description: 'The line of the indicator; default: the one that a list shows.',
    }),
    direction: t.field({
      type: SortDirectionEnum,
      description: 'Default ASC for SYMBOL, otherwise DESC.',
    }),
  }),
});

const RankingFilterInput = builder.inputType('RankingFilter', {
  description:
    'Which rows; all conditions must hold. A condition on the result leaves out what has none, except NOT_ANALYSED among the verdicts.',
  fields: (t) => ({
    watchlistId: t.globalID({
      for: WatchlistRef,
      description: 'The tickers of this watchlist instead of the universe.',
    }),
    verdicts: t.field({ type: [RankedVerdictEnum], description: 'One of these.' }),
    analysed: t.boolean({ description: 'True: only with a result; false: only without.' }),
    minScore: t.float({ description: 'This score or a higher one, -1 to 1.' }),
    maxScore: t.float({ description: 'This score or a lower one, -1 to 1.' }),
    asOfFrom: t.field({ type: 'Date', description: 'Last bar used on this trading day or later.' }),
    screens: t.field({
      type: [RankingScreenInput],
      description: `Bounds of numbers and lines of indicators, up to ${MAX_SCREENS}; all must hold.`,
    }),
    sectors: t.stringList({ description: 'In one of these sectors, up to 100.' }),
    text: t.string({ description: 'Part of symbol, name or ticker, in any case; up to 50 characters.' }),
    includeDemo: t.boolean({
      description: 'Default false: what has results of made-up bars only counts as not analysed.',
    }),
    includeGated: t.boolean({
      description:
        'Default false: rows whose latest result has a warning of suspicious bars, and therefore no trade plan, are left out.',
    }),
  }),
});

/** A row with the strategy that was asked for. */
type Entry = RankingRow & { readonly strategy: string };

/** Items under way of all rows of one request in one statement per strategy. */
const activeReads = new WeakMap<Context, Map<string, (ticker: string) => Promise<JobItem | undefined>>>();

function readActive(context: Context, { strategy, place }: Entry): Promise<JobItem | undefined> {
  const { db, access } = context;
  const known = activeReads.get(context) ?? new Map();
  activeReads.set(context, known);
  const read =
    known.get(strategy) ??
    shareReads(
      (ticker: string) => ticker,
      (tickers) => listActiveItems(db, access.workspaceId, strategy, tickers),
    );
  known.set(strategy, read);
  return read(place.ticker);
}

export const RankingEntryRef = builder.objectRef<Entry>('RankingEntry').implement({
  scope: 'results:read',
  description: 'An instrument, or another ticker that was analysed, with its latest result by the strategy.',
  fields: (t) => ({
    ticker: t.string({ description: 'The ticker.', resolve: ({ place }) => place.ticker }),
    symbol: t.string({
      description: 'Symbol at the exchange; the ticker when it is not in the list of instruments.',
      resolve: ({ place }) => place.symbol,
    }),
    instrument: t.field({
      type: InstrumentRef,
      nullable: true,
      description: 'What is known of it; null when it is not in the list.',
      resolve: ({ instrument }) => instrument,
    }),
    analysis: t.field({
      type: AnalysisRef,
      nullable: true,
      description: 'The latest: real before demo data, then the newest bar. Null: not analysed.',
      resolve: ({ analysis }) => analysis,
    }),
    activeItem: t.field({
      type: JobItemRef,
      nullable: true,
      description:
        'Its item in the newest job with the strategy that has not ended; null: none is under way.',
      resolve: (entry, _args, context) => readActive(context, entry),
    }),
  }),
});

const VerdictCountRef = builder
  .objectRef<{ verdict: RankedVerdict; count: number }>('VerdictCount')
  .implement({
    scope: 'results:read',
    description: 'How many rows have a verdict.',
    fields: (t) => ({
      verdict: t.expose('verdict', { type: RankedVerdictEnum, description: 'The verdict.' }),
      count: t.exposeInt('count', { description: 'Number of rows.' }),
    }),
  });

const SectorCountRef = builder.objectRef<{ sector: string | null; count: number }>('SectorCount').implement({
  scope: 'results:read',
  description: 'How many rows are in a sector.',
  fields: (t) => ({
    sector: t.exposeString('sector', { nullable: true, description: 'The sector; null: not known.' }),
    count: t.exposeInt('count', { description: 'Number of rows.' }),
  }),
});

const RankingFacetsRef = builder.objectRef<RankingCounts>('RankingFacets').implement({
  scope: 'results:read',
  description: 'What other choices would give: each count leaves its own condition of the filter out.',
  fields: (t) => ({
    verdicts: t.field({
      type: [VerdictCountRef],
      description: 'Per verdict, best first, those without a row too.',
      resolve: ({ verdicts }) =>
        RANKED_VERDICTS.map((verdict) => ({ verdict, count: verdicts.get(verdict) ?? 0 })),
    }),
    sectors: t.field({
      type: [SectorCountRef],
      description: 'Per sector, the largest first.',
      resolve: ({ sectors }) => sectors,
    }),
  }),
});

interface FilterInput {
  readonly screens?: readonly ScreenInput[] | null | undefined;
  readonly watchlistId?: { readonly id: string } | null | undefined;
  readonly verdicts?: readonly RankedVerdict[] | null | undefined;
  readonly analysed?: boolean | null | undefined;
  readonly minScore?: number | null | undefined;
  readonly maxScore?: number | null | undefined;
  readonly asOfFrom?: string | null | undefined;
  readonly sectors?: readonly string[] | null | undefined;
  readonly text?: string | null | undefined;
  readonly includeDemo?: boolean | null | undefined;
  readonly includeGated?: boolean | null | undefined;
}

function toFilter(strategy: StrategyId, timeframe: Timeframe, input: FilterInput): RankingFilter {
  for (const field of ['minScore', 'maxScore'] as const) {
    const score = input[field];
    if (score != null && !(score >= -1 && score <= 1))
      throw new InvalidInputError(`filter.${field}`, 'A score is between -1 and 1.');
  }
  if ((input.sectors?.length ?? 0) > 100)
    throw new InvalidInputError('filter.sectors', 'Name at most 100 sectors.');
  const text = input.text?.trim() ?? '';
  if (text.length > 50) throw new InvalidInputError('filter.text', 'Search for at most 50 characters.');
  return {
    strategy,
    timeframe,
    includeDemo: input.includeDemo ?? false,
    includeGated: input.includeGated ?? false,
    watchlistId: input.watchlistId?.id,
    verdicts: input.verdicts ?? undefined,
    analysed: input.analysed ?? undefined,
    minScore: input.minScore ?? undefined,
    maxScore: input.maxScore ?? undefined,
    asOfFrom: input.asOfFrom ?? undefined,
    screens: toScreens(input.screens ?? []),
    sectors: input.sectors ?? undefined,
    text: text === '' ? undefined : text,
  };
}

interface RankingArgs extends ConnectionArgs {
  readonly strategy?: StrategyId | null | undefined;
  readonly timeframe?: Timeframe | null | undefined;
  readonly filter?: FilterInput | null | undefined;
  readonly sort?:
    | {
        readonly by?: RankingKey | null | undefined;
        readonly indicator?: IndicatorId | null | undefined;
        readonly line?: string | null | undefined;
        readonly direction?: 'ASC' | 'DESC' | null | undefined;
      }
    | null
    | undefined;
}

async function resolveRanking(args: RankingArgs, context: Context) {
  const { db, access } = context;
  const filter = toFilter(args.strategy ?? DEFAULT_STRATEGY, args.timeframe ?? 'DAILY', args.filter ?? {});
  const by = args.sort == null ? 'SCORE' : toFigure('sort', args.sort.by, 'by', args.sort);
  const order: RankingOrder = {
    by,
    descending: (args.sort?.direction ?? (by === 'SYMBOL' ? 'ASC' : 'DESC')) === 'DESC',
  };
  const page = await resolvePage(
    args,
    (entry: Entry) => writePlace(order, entry.place),
    async ({ limit, after, before, backwards }) => {
      const beyond = backwards ? readPlace(order, before, 'before') : readPlace(order, after, 'after');
      const part = { limit, beyond, backwards };
      const rows = await listRanking(db, access.workspaceId, filter, order, part);
      return rows.map((row) => ({ ...row, strategy: filter.strategy }));
    },
  );
  // A list that there is not has no rows; only then is it worth a statement to tell so.
  if (page.edges.length === 0 && filter.watchlistId !== undefined)
    await WatchlistRef.getDataloader(context).load(filter.watchlistId);
  let counts: Promise<RankingCounts> | undefined;
  return {
    ...page,
    counts: () => {
      counts ??= countRanking(db, access.workspaceId, filter);
      return counts;
    },
  };
}

interface Counted {
  readonly counts: () => Promise<RankingCounts>;
}

builder.queryField('ranking', (t) =>
  t.connection(
    {
      scope: 'results:read',
      type: RankingEntryRef,
      description:
        'Every instrument of the universe, and every other ticker that was analysed, with its latest result by one strategy. Results of suspicious bars are left out unless the filter asks for them. The highest score comes first unless sorted otherwise.',
      args: {
        strategy: t.arg({ type: StrategyIdEnum, description: `The strategy; default ${DEFAULT_STRATEGY}.` }),
        timeframe: t.arg({
          type: TimeframeEnum,
          description: 'Results of bars that stand for this; default DAILY.',
        }),
        filter: t.arg({ type: RankingFilterInput, description: 'Only these.' }),
        sort: t.arg({ type: RankingSortInput, description: 'Default: by SCORE, descending.' }),
      },
      complexity: (args) => ({ field: 10, multiplier: args.first ?? args.last ?? 20 }),
      resolve: (_root, args, context) => resolveRanking(args, context),
    },
    {
      name: 'RankingConnection',
      description: 'A page of a ranking.',
      fields: (c) => ({
        totalCount: c.int({
          description: 'How many rows there are over all pages; counted only when selected.',
          resolve: async (page) => (await (page as unknown as Counted).counts()).total,
        }),
        facets: c.field({
          type: RankingFacetsRef,
          description: 'How the rows divide; counted only when selected, together with the total.',
          resolve: (page) => (page as unknown as Counted).counts(),
        }),
      }),
    },
    { name: 'RankingEdge', description: 'A row with its cursor.' },
  ),
);
