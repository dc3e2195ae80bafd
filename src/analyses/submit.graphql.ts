import { SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidTickerError,
  KeyConflictError,
  LimitExceededError,
  NotFoundError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { SubmittedPayload } from '../jobs/job.graphql.ts';
import { submission } from '../jobs/submission.ts';
import { WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { AnalysisOptionsInput, toAskedOptions } from './options.graphql.ts';
import { submitCost } from './span.ts';
import { MAX_TICKERS, type SubmitAnalysisDeps, submitAnalysis } from './submit-analysis.ts';

declare module '../graphql/context.ts' {
  interface Context {
    /** What a submit needs beyond the request: sources, clock, lists of tickers. */
    readonly submits: Omit<SubmitAnalysisDeps, 'db' | 'log'>;
  }
}

const SubmitAnalysisInput = builder.inputType('SubmitAnalysisInput', {
  description: 'What to analyse and how. Give exactly one of tickers, watchlistId and universe.',
  fields: (t) => ({
    tickers: t.stringList({ description: `Up to ${MAX_TICKERS} tickers.` }),
    watchlistId: t.globalID({ for: WatchlistRef, description: 'Every ticker of this watchlist.' }),
    universe: t.boolean({
      description: 'True: every active instrument; with the source OWN every series of the workspace.',
    }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Default BALANCED.' }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'Instead of strategy: several, on the same bars, with one result each.',
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Where candles come from; default: the deployment’s own.',
    }),
    options: t.field({ type: AnalysisOptionsInput, description: 'What differs from the defaults.' }),
    priority: t.int({ description: submission.priority }),
    idempotencyKey: t.string(idempotencyKey),
    force: t.boolean({ description: submission.force }),
    runAt: t.field({ type: 'DateTime', description: submission.runAt }),
  }),
});

const AnalyzeWatchlistInput = builder.inputType('AnalyzeWatchlistInput', {
  description: 'Which watchlist to analyse and how.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the list.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Default BALANCED.' }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'Instead of strategy: several, on the same bars, with one result each.',
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Where candles come from; default: the deployment’s own.',
    }),
    options: t.field({ type: AnalysisOptionsInput, description: 'What differs from the defaults.' }),
    idempotencyKey: t.string(idempotencyKey),
    force: t.boolean({ description: submission.force }),
  }),
});

const refusals = [
  InvalidTickerError,
  InvalidInputError,
  NotFoundError,
  LimitExceededError,
  IdempotencyConflictError,
  KeyConflictError,
];

builder.mutationFields((t) => ({
  submitAnalysis: t.field({
    scope: 'jobs:write',
    type: SubmittedPayload,
    description:
      'Submits an analysis. Refused input stores nothing; a repeat is safe. A span of days (`asOfFrom`, `asOfTo`) costs a point for each of its days.',
    complexity: ({ input }) => ({ field: submitCost(input?.options) }),
    errors: { types: refusals, union: { name: 'SubmitAnalysisResult', description: 'The job, or why not.' } },
    args: { input: t.arg({ type: SubmitAnalysisInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, { db, log, access, submits, queuedItems, storedResponses }) =>
      submitAnalysis({ db, log, ...submits, places: { queuedItems, storedResponses } }, access.workspaceId, {
        ...input,
        watchlistId: input.watchlistId?.id,
        options: toAskedOptions(input.options ?? {}),
      }),
  }),
  analyzeWatchlist: t.field({
    scope: 'jobs:write',
    type: SubmittedPayload,
    description:
      'Submits an analysis of every ticker of a watchlist. A span of days (`asOfFrom`, `asOfTo`) costs a point for each of its days.',
    complexity: ({ input }) => ({ field: submitCost(input?.options) }),
    errors: {
      types: refusals,
      union: { name: 'AnalyzeWatchlistResult', description: 'The job, or why not.' },
    },
    args: { input: t.arg({ type: AnalyzeWatchlistInput, required: true, description: 'Input.' }) },
    resolve: (
      _root,
      { input: { id, options, ...rest } },
      { db, log, access, submits, queuedItems, storedResponses },
    ) =>
      submitAnalysis({ db, log, ...submits, places: { queuedItems, storedResponses } }, access.workspaceId, {
        ...rest,
        watchlistId: id.id,
        options: toAskedOptions(options ?? {}),
      }),
  }),
}));
