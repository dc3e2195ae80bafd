import { IndicatorIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { perRequest } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { described } from '../graphql/described.ts';
import { objectId } from '../graphql/object-id.ts';
import { type ConnectionArgs, resolvePage } from '../graphql/pages.ts';
import { InstrumentRef } from '../instruments/instrument.graphql.ts';
import { JobItemRef } from '../jobs/job.graphql.ts';
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
import { latestKey } from './timeframe.ts';

const RankedVerdictEnum = builder.enumType('RankedVerdict', {
  description: 'A verdict, or NOT_ANALYSED when there is no result of the strategy.',
  values: described<RankedVerdict>({
    ...verdictTexts,
    NOT_ANALYSED: 'There is no result of the strategy for the ticker.',
  }),
});

const RankingKeyEnum = builder.enumType('RankingKey', {
  description: 'Value by which a ranking is sorted. Rows without the value come last in both directions.',
  values: described<RankingKey>({
    ...numberTexts,
    VERDICT: 'Verdict; in descending order STRONG_BUY comes first and STRONG_SELL last.',
    SYMBOL: 'Symbol of the instrument at the exchange.',
    AS_OF: 'Trading day of the last bar that the analysis used.',
  }),
});

const SortDirectionEnum = builder.enumType('SortDirection', {
  description: 'Direction in which rows are sorted.',
  values: {
    ASC: { description: 'Ascending order, smallest value first.' },
    DESC: { description: 'Descending order, largest value first.' },
  } as const,
});

const RankingSortInput = builder.inputType('RankingSort', {
  description:
    'Sort order of a ranking. Rows with equal values are sorted by symbol, then by ticker, ascending.',
  fields: (t) => ({
    by: t.field({ type: RankingKeyEnum, description: 'Value to sort by. Give either `by` or `indicator`.' }),
    indicator: t.field({
      type: IndicatorIdEnum,
      description: 'Indicator to sort by one of its lines. Give either `by` or `indicator`.',
    }),
    line: t.field({
      type: LineNameEnum,
      description: 'Line of the indicator; default: the line that `IndicatorSeries.display` names.',
    }),
    direction: t.field({
      type: SortDirectionEnum,
      description: 'Direction of the sort; default ASC for SYMBOL, otherwise DESC.',
    }),
  }),
});

const RankingFilterInput = builder.inputType('RankingFilter', {
  description:
    'Conditions on the rows of a ranking; all conditions must hold. A condition on the result excludes rows without a result, except when `verdicts` contains NOT_ANALYSED.',
  fields: (t) => ({
    watchlistId: t.globalID({
      for: WatchlistRef,
      description: 'Rank the tickers of this watchlist instead of the universe.',
    }),
    verdicts: t.field({ type: [RankedVerdictEnum], description: 'Only rows with one of these verdicts.' }),
    analysed: t.boolean({
      description: 'True: only rows with a result. False: only rows without a result. Null: both.',
    }),
    minScore: t.float({ description: 'Only rows with this score or a higher one, -1 to 1.' }),
    maxScore: t.float({ description: 'Only rows with this score or a lower one, -1 to 1.' }),
    asOfFrom: t.field({
      type: 'Date',
      description: 'Only rows whose last bar used is of this trading day or later.',
    }),
    screens: t.field({
      type: [RankingScreenInput],
      description: `Bounds of numbers and of indicator lines, up to ${MAX_SCREENS}; all bounds must hold.`,
    }),
    sectors: t.stringList({ description: 'Only rows in one of these sectors, up to 100.' }),
    text: t.string({
      description:
        'Only rows whose symbol, name or ticker contains this text, in upper or lower case; up to 50 characters.',
    }),
    includeDemo: t.boolean({
      description:
        'True: include results of synthetic bars. Default false: a ticker that has only such results counts as not analysed.',
    }),
    includeGated: t.boolean({
      description:
        'True: include rows whose latest result has a warning of suspicious bars, and therefore no trade plan. Default: false.',
    }),
  }),
});

/** A row with the strategy and timeframe that were asked for. */
type Entry = RankingRow & {
  readonly strategy: string;
  readonly timeframe: Timeframe;
  readonly includeDemo: boolean;
};

/** Items under way of all rows of one request in one statement per strategy and timeframe. */
const readActive = perRequest(
  ({ place }: Entry) => place.ticker,
  ({ db, access }: Context, entries, { strategy, timeframe }) => {
    const tickers = entries.map(({ place }) => place.ticker);
    return listActiveItems(db, access.workspaceId, { strategy, timeframe }, tickers);
  },
  ({ strategy, timeframe }) => latestKey(strategy, timeframe),
);

/** What determines the values of a row: two rankings with other bounds or another order show the same row. */
const rowKeysOf = ({ strategy, timeframe, includeDemo, place }: Entry, { access }: Context) => [
  access.workspaceId,
  strategy,
  timeframe,
  includeDemo ? 'DEMO' : 'REAL',
  place.ticker,
];

export const RankingEntryRef = builder.objectRef<Entry>('RankingEntry').implement({
  scope: 'results:read',
  description: 'An instrument, or another analysed ticker, with its latest result of the strategy.',
  fields: (t) => ({
    id: t.field(objectId('RankingEntry', rowKeysOf)),
    ticker: t.string({
      description: 'Ticker of the row, in upper case.',
      resolve: ({ place }) => place.ticker,
    }),
    symbol: t.string({
      description: 'Symbol at the exchange, or the ticker when the ticker is not in the list of instruments.',
      resolve: ({ place }) => place.symbol,
    }),
    instrument: t.field({
      type: InstrumentRef,
      nullable: true,
      description: 'The instrument of the ticker; null when the ticker is not in the list of instruments.',
      resolve: ({ instrument }) => instrument,
    }),
    analysis: t.field({
      type: AnalysisRef,
      nullable: true,
      description:
        'Latest result of the strategy. Results of real bars come before results of synthetic bars, then the newest bar decides. Null when there is no result.',
      resolve: ({ analysis }) => analysis,
    }),
    activeItem: t.field({
      type: JobItemRef,
      nullable: true,
      description:
        'Unfinished item of the ticker in the newest job of the strategy and timeframe; null when no such item is queued or processed.',
      resolve: (entry, _args, context) => readActive(context, entry),
    }),
  }),
});

const VerdictCountRef = builder
  .objectRef<{ verdict: RankedVerdict; count: number }>('VerdictCount')
  .implement({
    scope: 'results:read',
    description: 'Number of rows with one verdict.',
    fields: (t) => ({
      verdict: t.expose('verdict', {
        type: RankedVerdictEnum,
        description: 'Verdict that is counted, or NOT_ANALYSED.',
      }),
      count: t.exposeInt('count', { description: 'Number of rows with this verdict.' }),
    }),
  });

const SectorCountRef = builder.objectRef<{ sector: string | null; count: number }>('SectorCount').implement({
  scope: 'results:read',
  description: 'Number of rows in one sector.',
  fields: (t) => ({
    sector: t.exposeString('sector', {
      nullable: true,
      description: 'Sector that is counted; null for rows whose sector is unknown.',
    }),
    count: t.exposeInt('count', { description: 'Number of rows in this sector.' }),
  }),
});

const RankingFacetsRef = builder.objectRef<RankingCounts>('RankingFacets').implement({
  scope: 'results:read',
  description:
    'Numbers of rows per verdict and per sector. Counts per verdict ignore the filter’s `verdicts`; counts per sector ignore the filter’s `sectors`.',
  fields: (t) => ({
    verdicts: t.field({
      type: [VerdictCountRef],
      description: 'Number of rows per verdict, best verdict first, including verdicts without rows.',
      resolve: ({ verdicts }) =>
        RANKED_VERDICTS.map((verdict) => ({ verdict, count: verdicts.get(verdict) ?? 0 })),
    }),
    sectors: t.field({
      type: [SectorCountRef],
      description: 'Number of rows per sector, largest number first.',
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
      return rows.map((row) => ({
        ...row,
        strategy: filter.strategy,
        timeframe: filter.timeframe ?? 'DAILY',
        includeDemo: filter.includeDemo,
      }));
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
        'Every instrument of the universe and every other analysed ticker, each with its latest result of one strategy. Results of suspicious bars are omitted unless the filter includes them. The highest score comes first unless `sort` is given.',
      args: {
        strategy: t.arg({
          type: StrategyIdEnum,
          description: `Strategy of the results; default ${DEFAULT_STRATEGY}.`,
        }),
        timeframe: t.arg({
          type: TimeframeEnum,
          description: 'Timeframe of the results; default DAILY.',
        }),
        filter: t.arg({
          type: RankingFilterInput,
          description: 'Conditions on the rows; default: all rows without suspicious bars.',
        }),
        sort: t.arg({
          type: RankingSortInput,
          description: 'Sort order of the rows; default: by SCORE, descending.',
        }),
      },
      complexity: (args) => ({ field: 10, multiplier: args.first ?? args.last ?? 20 }),
      resolve: (_root, args, context) => resolveRanking(args, context),
    },
    {
      name: 'RankingConnection',
      description: 'A page of a ranking.',
      fields: (c) => ({
        totalCount: c.int({
          description: 'Number of rows on all pages; counted only when this field is selected.',
          resolve: async (page) => (await (page as unknown as Counted).counts()).total,
        }),
        facets: c.field({
          type: RankingFacetsRef,
          description:
            'Numbers of rows per verdict and per sector; counted only when this field is selected.',
          resolve: (page) => (page as unknown as Counted).counts(),
        }),
      }),
    },
    { name: 'RankingEdge', description: 'A row with its cursor.' },
  ),
);
