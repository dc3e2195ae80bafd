import { StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { live } from '../events/source.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { parseTickers } from '../instruments/ticker.ts';
import type { Verdict } from '../quant/score.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import { WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisRef, VerdictEnum } from './analysis.graphql.ts';
import { decodePosition, encodePosition, type FeedFilter } from './feed.ts';
import {
  CHARGED_RESULTS,
  type Feed,
  type FeedBatch,
  type FeedStart,
  feedCursor,
  resultsFor,
} from './follow-feed.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly feed: Feed;
  }
}

const AnalysisBatchRef = builder.objectRef<FeedBatch>('AnalysisBatch').implement({
  scope: 'results:read',
  description:
    'All results that were ready: one when idle, up to 100 under load, fewer when they have many fields.',
  fields: (t) => ({
    analyses: t.field({
      type: [AnalysisRef],
      description: 'In the order in which they were stored; empty when only the cursor moved on.',
      complexity: { field: 1, multiplier: CHARGED_RESULTS },
      resolve: (batch) => batch.analyses,
    }),
    cursor: t.string({
      description: 'Opaque: pass it as `after` to go on behind this batch.',
      resolve: (batch) => encodePosition(batch.position),
    }),
    caughtUp: t.exposeBoolean('caughtUp', {
      description: 'The end of the feed was reached; what follows is live.',
    }),
    gap: t.exposeBoolean('gap', {
      description: 'Results behind the cursor that was given had been removed already.',
    }),
  }),
});

export const FeedStartEnum = builder.enumType('FeedStart', {
  description: 'Where a feed begins for a client that has no cursor yet.',
  values: {
    NOW: { description: 'With what is stored from now on.' },
    OLDEST: { description: 'With the oldest result that is still there.' },
  } as const,
});

export const FeedFilterInput = builder.inputType('AnalysisFeedFilter', {
  description: 'Which results to tell; all conditions must hold.',
  fields: (t) => ({
    tickers: t.stringList({ description: 'Of one of these tickers, up to 1,000.' }),
    watchlistId: t.globalID({
      for: WatchlistRef,
      description: 'Of a ticker that is in this watchlist when the result is told.',
    }),
    strategy: t.field({ type: StrategyIdEnum, description: 'By this strategy.' }),
    verdicts: t.field({ type: [VerdictEnum], description: 'With one of these verdicts.' }),
    minScore: t.float({ description: 'With this score or a higher one, -1 to 1.' }),
    includeGated: t.boolean({
      description:
        'Also results of suspicious bars, which have no trade plan. Default: false with `verdicts` or `minScore`, otherwise true.',
    }),
    // Without a default value: it would be part of each input, and a webhook that was asked for before an upgrade would be another request when it is repeated.
    includeBackfill: t.boolean({
      description: 'True: also results of jobs that fill a span of days (`isBackfill`). Default: false.',
    }),
  }),
});

export interface FeedFilterArgs {
  readonly tickers?: readonly string[] | null | undefined;
  readonly watchlistId?: { readonly id: string } | null | undefined;
  readonly strategy?: StrategyId | null | undefined;
  readonly verdicts?: readonly Verdict[] | null | undefined;
  readonly minScore?: number | null | undefined;
  readonly includeGated?: boolean | null | undefined;
  readonly includeBackfill?: boolean | null | undefined;
}

const MAX_TICKERS = 1_000;

/** Refuses a watchlist of another workspace as one that there is not. */
export async function toFeedFilter(input: FeedFilterArgs, { access, submits }: Context): Promise<FeedFilter> {
  const { tickers, watchlistId, strategy, verdicts, minScore, includeGated, includeBackfill } = input;
  if ((tickers?.length ?? 0) > MAX_TICKERS)
    throw new InvalidInputError('filter.tickers', `Name at most ${MAX_TICKERS} tickers; or use a watchlist.`);
  if (minScore != null && !(minScore >= -1 && minScore <= 1))
    throw new InvalidInputError('filter.minScore', 'A score is between -1 and 1.');
  if (watchlistId != null) await submits.listWatchlistTickers(access.workspaceId, watchlistId.id);
  return {
    tickers: tickers == null ? undefined : new Set(parseTickers(tickers)),
    watchlistId: watchlistId?.id,
    strategy: strategy ?? undefined,
    verdicts: verdicts ?? undefined,
    minScore: minScore ?? undefined,
    includeGated: includeGated ?? undefined,
    // The default is not stored with a webhook.
    includeBackfill: includeBackfill === true ? true : undefined,
  };
}

builder.subscriptionField('analysisStored', (t) =>
  t.field({
    scope: 'results:read',
    type: AnalysisBatchRef,
    description:
      'Every result of the workspace as it is stored, over all jobs, once and in order. Never completes by itself, unless the filter’s watchlist is deleted.',
    args: {
      filter: t.arg({ type: FeedFilterInput, description: 'Only these.' }),
      after: t.arg.string({ description: 'Cursor of the last batch that the client has; before `from`.' }),
      from: t.arg({
        type: FeedStartEnum,
        defaultValue: 'NOW',
        description: 'Where to begin without a cursor.',
      }),
    },
    subscribe: async (_root, args, context) => {
      const start: FeedStart = args.after != null ? decodePosition(args.after) : (args.from ?? 'NOW');
      const filter = await toFeedFilter(args.filter ?? {}, context);
      const source = context.feed.source(context.access.workspaceId, filter, resultsFor(context.cost));
      return live(source, feedCursor(start), 'after');
    },
    resolve: (batch) => batch as FeedBatch,
  }),
);
