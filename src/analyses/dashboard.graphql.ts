import { StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { perRequest } from '../events/per-request.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { InstrumentRef } from '../instruments/instrument.graphql.ts';
import { DEFAULT_STRATEGY } from '../quant/strategies/index.ts';
import { WatchlistItemRef, WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisRef, VerdictEnum } from './analysis.graphql.ts';
import { listLatestOf, listScores, summariseLists } from './dashboard.store.ts';
import {
  type ListSummary,
  type ScorePoint,
  type SummaryKey,
  summaryKey,
  type TickerKey,
  tickerKey,
} from './dashboard.ts';

const MAX_SCORES = 50;
const NOTHING: ListSummary = { items: 0, analysed: 0, buy: 0, hold: 0, sell: 0 };

/** What a request asks about all its lists and items, each kind in one statement. */
const readSummary = perRequest(summaryKey, ({ db, access }: Context, keys: readonly SummaryKey[]) =>
  summariseLists(db, access.workspaceId, keys),
);
const readLatest = perRequest(tickerKey, ({ db, access }: Context, keys: readonly TickerKey[]) =>
  listLatestOf(db, access.workspaceId, keys),
);
/** One statement per number of scores. */
const readScores = perRequest(
  tickerKey,
  ({ db, access }: Context, keys: readonly ScoresKey[], { last }) =>
    listScores(db, access.workspaceId, keys, last),
  ({ last }) => last,
);

interface ScoresKey extends TickerKey {
  readonly last: number;
}

const SummaryRef = builder.objectRef<ListSummary>('WatchlistSummary').implement({
  scope: 'results:read',
  description: 'Number of tickers per verdict of their latest results.',
  fields: (t) => ({
    items: t.exposeInt('items', { description: 'Number of tickers in the watchlist or watchlists.' }),
    analysed: t.exposeInt('analysed', {
      description: 'Number of tickers that have a result of the strategy.',
    }),
    buy: t.exposeInt('buy', { description: 'Number of tickers with the verdict BUY or STRONG_BUY.' }),
    hold: t.exposeInt('hold', { description: 'Number of tickers with the verdict HOLD.' }),
    sell: t.exposeInt('sell', { description: 'Number of tickers with the verdict SELL or STRONG_SELL.' }),
  }),
});

const ScorePointRef = builder.objectRef<ScorePoint>('ScorePoint').implement({
  scope: 'results:read',
  description: 'Score and verdict of one past result.',
  fields: (t) => ({
    asOf: t.field({
      type: 'Date',
      description: 'Trading day of the last bar that the analysis used.',
      resolve: (p) => p.asOf,
    }),
    score: t.exposeFloat('score', {
      description: 'Weighted mean of the indicator votes, from -1 (sell) to 1 (buy).',
    }),
    verdict: t.expose('verdict', {
      type: VerdictEnum,
      description: 'Verdict after the buy filters: a vetoed buy becomes HOLD.',
    }),
  }),
});

const byStrategy = `Strategy of the results; default ${DEFAULT_STRATEGY}.`;

builder.objectField(WatchlistRef, 'summary', (t) =>
  t.field({
    type: SummaryRef,
    description: 'Number of tickers of the watchlist per verdict of their latest results.',
    args: { strategy: t.arg({ type: StrategyIdEnum, description: byStrategy }) },
    resolve: async (list, { strategy }, context) =>
      (await readSummary(context, { listId: list.id, strategy: strategy ?? DEFAULT_STRATEGY })) ?? NOTHING,
  }),
);

builder.queryField('watchlistSummary', (t) =>
  t.field({
    scope: 'results:read',
    type: SummaryRef,
    description:
      'Number of tickers per verdict over all watchlists of the workspace; a ticker in several watchlists counts once.',
    args: { strategy: t.arg({ type: StrategyIdEnum, description: byStrategy }) },
    resolve: async (_root, { strategy }, context) =>
      (await readSummary(context, { listId: null, strategy: strategy ?? DEFAULT_STRATEGY })) ?? NOTHING,
  }),
);

builder.objectFields(WatchlistItemRef, (t) => ({
  instrument: t.field({
    type: InstrumentRef,
    nullable: true,
    description: 'The instrument of the ticker; null when the ticker is not in the list of instruments.',
    resolve: (item, _args, context) =>
      InstrumentRef.getDataloader(context)
        .load(item.ticker)
        .catch(() => null),
  }),
  latestAnalysis: t.field({
    type: AnalysisRef,
    nullable: true,
    description:
      'Latest result of the strategy for the ticker. Results of real bars come before results of synthetic bars, then the newest bar decides. Null when there is no result.',
    args: { strategy: t.arg({ type: StrategyIdEnum, description: byStrategy }) },
    resolve: ({ ticker }, { strategy }, context) =>
      readLatest(context, { ticker, strategy: strategy ?? DEFAULT_STRATEGY }),
  }),
  recentScores: t.field({
    type: [ScorePointRef],
    description:
      'Last scores of the strategy for the ticker, oldest first. Scores are of real bars when the latest result is of real bars, otherwise of synthetic bars.',
    args: {
      strategy: t.arg({ type: StrategyIdEnum, description: byStrategy }),
      last: t.arg.int({ description: `Number of scores, 1 to ${MAX_SCORES}; default 10.` }),
    },
    complexity: { field: 1, multiplier: 2 },
    resolve: async ({ ticker }, args, context) => {
      const last = args.last ?? 10;
      if (last < 1 || last > MAX_SCORES)
        throw new InvalidInputError('last', `last must be between 1 and ${MAX_SCORES}.`);
      return (await readScores(context, { last, ticker, strategy: args.strategy ?? DEFAULT_STRATEGY })) ?? [];
    },
  }),
}));
