import { StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { type Cursors, live } from '../execution/source.ts';
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
    'All results that were ready: one when idle, up to 100 under load, fewer when the results have many selected fields.',
  fields: (t) => ({
    analyses: t.field({
      type: [AnalysisRef],
      description: 'Results in the order in which they were stored; empty when only the cursor advanced.',
      complexity: { field: 1, multiplier: CHARGED_RESULTS },
      resolve: (batch) => batch.analyses,
    }),
    cursor: t.string({
      description: 'Opaque cursor of this batch; pass it as `after` to continue after this batch.',
      resolve: (batch) => encodePosition(batch.position),
    }),
    caughtUp: t.exposeBoolean('caughtUp', {
      description: 'True when the batch reaches the end of the feed; later batches contain new results.',
    }),
    gap: t.exposeBoolean('gap', {
      description: 'True when results after the given cursor had already been removed.',
    }),
  }),
});

export const FeedStartEnum = builder.enumType('FeedStart', {
  description: 'Start of a feed for a client that has no cursor yet.',
  values: {
    NOW: { description: 'Start with results that are stored from now on.' },
    OLDEST: { description: 'Start with the oldest result that is still stored.' },
  } as const,
});

export const FeedFilterInput = builder.inputType('AnalysisFeedFilter', {
  description: 'Conditions on the results to deliver; all conditions must hold.',
  fields: (t) => ({
    tickers: t.stringList({ description: 'Only results of these tickers, up to 1,000.' }),
    watchlistId: t.globalID({
      for: WatchlistRef,
      description: 'Only results of tickers that are in this watchlist when the result is delivered.',
    }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Only results of this strategy.' }),
    verdicts: t.field({ type: [VerdictEnum], description: 'Only results with one of these verdicts.' }),
    minScore: t.float({ description: 'Only results with this score or a higher one, -1 to 1.' }),
    includeGated: t.boolean({
      description:
        'True: also deliver results of suspicious bars, which have no trade plan. Default: false with `verdicts` or `minScore`, otherwise true.',
    }),
    // Without a default value: it would be part of each input, and a webhook that was asked for before an upgrade would be another request when it is repeated.
    includeBackfill: t.boolean({
      description: 'True: also deliver results of jobs with a span of days (`isBackfill`). Default: false.',
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

/** A reader of an empty feed stands before its first result, wherever it began. */
const POSITIONS: Cursors = {
  argument: 'after',
  encode: (cursor) => encodePosition(Math.max(cursor, 0)),
  decode: decodePosition,
};

builder.subscriptionField('analysisStored', (t) =>
  t.field({
    scope: 'results:read',
    type: AnalysisBatchRef,
    description:
      'Delivers every result of the workspace over all jobs, once and in order, as it is stored. The subscription completes only when the watchlist of the filter is deleted.',
    args: {
      filter: t.arg({
        type: FeedFilterInput,
        description: 'Conditions on the results; default: all results.',
      }),
      after: t.arg.string({
        description: 'Cursor of the last batch that the client received. If given, `from` is ignored.',
      }),
      from: t.arg({
        type: FeedStartEnum,
        defaultValue: 'NOW',
        description: 'Where to start when `after` is not given.',
      }),
    },
    subscribe: async (_root, args, context) => {
      const start: FeedStart = args.after != null ? decodePosition(args.after) : (args.from ?? 'NOW');
      const filter = await toFeedFilter(args.filter ?? {}, context);
      const source = context.feed.source(context.access.workspaceId, filter, resultsFor(context.cost));
      return live(source, feedCursor(start), POSITIONS);
    },
    resolve: (batch) => batch as FeedBatch,
  }),
);
