import { StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { type ConnectionArgs, countOf, resolveNewestFirst } from '../graphql/pages.ts';
import { parseTickers } from '../instruments/ticker.ts';
import { JobRef } from '../jobs/job.graphql.ts';
import type { Verdict } from '../quant/score.ts';
import { DEFAULT_STRATEGY, type StrategyId } from '../quant/strategies/index.ts';
import { AnalysisRef, VerdictEnum, wantedOf } from './analysis.graphql.ts';
import {
  type AnalysisFilter,
  countAnalyses,
  findAnalysis,
  listAnalyses,
  listLatest,
} from './analysis.store.ts';
import { datesOf } from './dates.ts';
import { TimeframeEnum } from './options.graphql.ts';

const AnalysisFilterInput = builder.inputType('AnalysisFilter', {
  description: 'Conditions on the analyses to list; all conditions must hold.',
  fields: (t) => ({
    ticker: t.string({ description: 'Only results of this ticker, in upper or lower case.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'Only results of this strategy.' }),
    verdicts: t.field({ type: [VerdictEnum], description: 'Only results with one of these verdicts.' }),
    asOfFrom: t.field({
      type: 'Date',
      description:
        'Only results whose last bar is of this trading day or later. Needs `ticker`, except in `Job.analyses`.',
    }),
    asOfTo: t.field({
      type: 'Date',
      description:
        'Only results whose last bar is of this trading day or earlier. Needs `ticker`, except in `Job.analyses`.',
    }),
    storedFrom: t.field({
      type: 'DateTime',
      description:
        'Only results that were stored at this time or later. Needs `ticker`, except in `Job.analyses`.',
    }),
    storedTo: t.field({
      type: 'DateTime',
      description:
        'Only results that were stored before this time. Needs `ticker`, except in `Job.analyses`.',
    }),
    includeBackfill: t.boolean({
      defaultValue: false,
      description:
        'True: also list results of jobs with a span of days (`isBackfill`). `Job.analyses` lists such results in any case.',
    }),
  }),
});

interface FilterInput {
  readonly ticker?: string | null | undefined;
  readonly strategy?: StrategyId | null | undefined;
  readonly verdicts?: Verdict[] | null | undefined;
  readonly asOfFrom?: string | null | undefined;
  readonly asOfTo?: string | null | undefined;
  readonly storedFrom?: Date | null | undefined;
  readonly storedTo?: Date | null | undefined;
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
    ...datesOf(input, jobId),
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
        description: 'Number of analyses on all pages; counted only when this field is selected.',
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
    description: 'The analysis with this id; null when there is none.',
    args: {
      id: t.arg.globalID({ required: true, for: AnalysisRef, description: 'Global id of the analysis.' }),
    },
    resolve: (_root, { id }, context) =>
      findAnalysis(context.db, context.access.workspaceId, id.id, wantedOf(context)),
  }),
  analyses: t.connection(
    {
      scope: 'results:read',
      type: AnalysisRef,
      description:
        'Analyses of the workspace, newest first. With a ticker in the filter, results of the newest bar come first, so that a past day computed later does not come first.',
      args: {
        filter: t.arg({
          type: AnalysisFilterInput,
          description: 'Conditions on the analyses; default: all except backfilled results.',
        }),
      },
      complexity: pageCost,
      resolve: (_root, args, context) => pageOfAnalyses(context, args),
    },
    AnalysisConnection,
  ),
  latestAnalyses: t.field({
    scope: 'results:read',
    type: [AnalysisRef],
    description:
      'Latest result of each of up to 100 tickers. Results of real bars come before results of synthetic bars, then the newest bar decides. Tickers without a result are omitted.',
    args: {
      tickers: t.arg.stringList({ required: true, description: 'Tickers to look up, up to 100.' }),
      strategy: t.arg({
        type: StrategyIdEnum,
        description: `Strategy of the results; default ${DEFAULT_STRATEGY}.`,
      }),
      timeframe: t.arg({
        type: TimeframeEnum,
        description: 'Timeframe of the results; default DAILY.',
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
      description: 'Results of the job, newest first.',
      complexity: pageCost,
      resolve: (job, args, context) => pageOfAnalyses(context, args, job.id),
    },
    AnalysisConnection,
  ),
}));
