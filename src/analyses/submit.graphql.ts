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
import { SubmittedPayload } from '../jobs/edit.graphql.ts';
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
  description:
    'Tickers and options of an analysis. Give exactly one of `tickers`, `watchlistId` and `universe`.',
  fields: (t) => ({
    tickers: t.stringList({ description: `Tickers to analyse, up to ${MAX_TICKERS}.` }),
    watchlistId: t.globalID({ for: WatchlistRef, description: 'Analyse every ticker of this watchlist.' }),
    universe: t.boolean({
      description:
        'True: analyse every active instrument of the list, and with the source CSV also the tickers of CSV_DIR. With the source OWN: every imported series of the workspace.',
    }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Strategy of the analysis; default BALANCED.' }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'Several strategies instead of `strategy`, all on the same bars, with one result each.',
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Source of the bars; default: the default source of the deployment.',
    }),
    options: t.field({ type: AnalysisOptionsInput, description: 'Options that differ from the defaults.' }),
    priority: t.int({ description: submission.priority }),
    idempotencyKey: t.string(idempotencyKey),
    force: t.boolean({ description: submission.force }),
    runAt: t.field({ type: 'DateTime', description: submission.runAt }),
  }),
});

const AnalyzeWatchlistInput = builder.inputType('AnalyzeWatchlistInput', {
  description: 'Watchlist and options of an analysis.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: WatchlistRef, description: 'Global id of the watchlist.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Strategy of the analysis; default BALANCED.' }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'Several strategies instead of `strategy`, all on the same bars, with one result each.',
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Source of the bars; default: the default source of the deployment.',
    }),
    options: t.field({ type: AnalysisOptionsInput, description: 'Options that differ from the defaults.' }),
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
      'Submits an analysis job. Invalid input is rejected and stores nothing; retries are safe. A span of days (`asOfFrom`, `asOfTo`) costs one point per day.',
    complexity: ({ input }) => ({ field: submitCost(input?.options) }),
    errors: {
      types: refusals,
      union: {
        name: 'SubmitAnalysisResult',
        description: 'The job, or the error that prevented the submission.',
      },
    },
    args: {
      input: t.arg({
        type: SubmitAnalysisInput,
        required: true,
        description: 'Tickers and options of the analysis.',
      }),
    },
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
      'Submits an analysis job for every ticker of a watchlist. A span of days (`asOfFrom`, `asOfTo`) costs one point per day.',
    complexity: ({ input }) => ({ field: submitCost(input?.options) }),
    errors: {
      types: refusals,
      union: {
        name: 'AnalyzeWatchlistResult',
        description: 'The job, or the error that prevented the submission.',
      },
    },
    args: {
      input: t.arg({
        type: AnalyzeWatchlistInput,
        required: true,
        description: 'Watchlist and options of the analysis.',
      }),
    },
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
