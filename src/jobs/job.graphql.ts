import { SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { described } from '../graphql/described.ts';
import { objectId } from '../graphql/object-id.ts';
import { countOf, foreignCursor, type Keyset, resolveNewestFirst, resolvePage } from '../graphql/pages.ts';
import { normaliseTicker, parseTickers } from '../instruments/ticker.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import { countItems, listItems } from './item.store.ts';
import { findJob, listJobsByIds } from './job.store.ts';
import {
  type ItemState,
  type Job,
  type JobItem,
  type JobKind,
  type JobOrigin,
  type JobState,
  progressPct,
  strategiesOf,
} from './job.ts';
import { JobKindEnum } from './kind.graphql.ts';
import { countJobs, type JobFilter, listJobs } from './listing.store.ts';

export const JobStateEnum = builder.enumType('JobState', {
  description: 'State of a job or of one of its items. COMPLETED, FAILED and CANCELLED are final.',
  values: described<JobState>({
    QUEUED: 'No item has started, or the item waits for another attempt. `Job.waiting` contains the reason.',
    PROCESSING: 'A worker runs the item. For a job: at least one item has started and not all have finished.',
    COMPLETED:
      'The result of the item is stored. For a job: all items have finished, at least one with a result.',
    FAILED: 'The item failed without a result. For a job: all items have finished, none with a result.',
    CANCELLED: 'The item or job was cancelled before it finished. Results stored earlier are kept.',
  }),
});
const JobOriginEnum = builder.enumType('JobOrigin', {
  description: 'Request that created a job.',
  values: described<JobOrigin>({
    TICKERS: 'A `submitAnalysis` with `tickers`.',
    WATCHLIST: 'A `submitAnalysis` with `watchlistId`, or `analyzeWatchlist`.',
    UNIVERSE: 'A `submitAnalysis` with `universe`.',
    SCHEDULE: 'A schedule. Reserved for later: no job has this origin yet.',
    BACKTEST: 'A `submitBacktest` with tickers or a watchlist.',
  }),
});
export const ItemErrorRef = builder.objectRef<{ code: string; message: string }>('ItemError').implement({
  scope: 'jobs:read',
  description: 'Reason why an item failed or runs again.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'Stable code of the error, for example UNKNOWN_SYMBOL or SOURCE_TIMEOUT.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, in one sentence.' }),
  }),
});

export const JobItemRef = builder.objectRef<JobItem>('JobItem').implement({
  scope: 'jobs:read',
  description: 'Part of a job that processes one ticker.',
  fields: (t) => ({
    id: t.field(objectId('JobItem', ({ jobId, ticker }: JobItem) => [jobId, ticker])),
    ticker: t.exposeString('ticker', { description: 'Ticker of the item, in upper case.' }),
    state: t.expose('state', { type: JobStateEnum, description: 'State of the item.' }),
    phase: t.exposeInt('phase', {
      description:
        'Progress of the item, percent: 0 queued, 25 candles loaded, 50 indicators computed, 75 scored and planned, 100 stored.',
    }),
    attempt: t.exposeInt('attempt', { description: 'Number of times that a worker has claimed the item.' }),
    error: t.field({
      type: ItemErrorRef,
      nullable: true,
      description: 'Reason why the item failed or runs again; null when there is no error.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which a worker first claimed the item; null before.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the item reached a final state; null before.',
    }),
  }),
});

export const JobRef = builder.loadableNodeRef('Job', {
  id: { resolve: (job: Job) => job.id },
  load: async (ids: string[], { db, access }): Promise<(Job | Error)[]> => {
    const found = new Map((await listJobsByIds(db, access.workspaceId, ids)).map((job) => [job.id, job]));
    return ids.map((id) => found.get(id) ?? new NotFoundError(`There is no job ${id}.`));
  },
});

builder.objectType(JobRef, {
  scope: 'jobs:read',
  description: 'A submitted unit of work: some tickers with one or more strategies.',
  fields: (t) => ({
    uuid: t.field({
      type: 'UUID',
      description: 'UUID of the job, as shown in logs.',
      resolve: (job) => job.id,
    }),
    state: t.expose('state', {
      type: JobStateEnum,
      description: 'State of the job, derived from the states of its items.',
    }),
    progress: t.float({
      description: 'Mean progress of the items, percent, 0 to 100.',
      resolve: (job) => progressPct(job),
    }),
    total: t.exposeInt('total', { description: 'Number of items of the job.' }),
    completed: t.int({
      description: 'Number of items in a final state: succeeded, failed or cancelled.',
      resolve: (job) => job.succeeded + job.failed + job.cancelled,
    }),
    queued: t.exposeInt('queued', { description: 'Number of queued items.' }),
    processing: t.exposeInt('processing', { description: 'Number of items that a worker is running.' }),
    succeeded: t.exposeInt('succeeded', { description: 'Number of items with a stored result.' }),
    failed: t.exposeInt('failed', { description: 'Number of failed items.' }),
    cancelled: t.exposeInt('cancelled', { description: 'Number of cancelled items.' }),
    origin: t.expose('origin', { type: JobOriginEnum, description: 'Request that created the job.' }),
    strategy: t.field({
      type: StrategyIdEnum,
      description: 'Strategy of the job; the first one when there are several.',
      resolve: (job) => job.strategy as StrategyId,
    }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'All strategies of the job, in the order of the results of an item.',
      resolve: (job) => strategiesOf(job) as StrategyId[],
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Source of the bars of the job.',
      resolve: (job) => job.source as SourceId,
    }),
    isDemo: t.exposeBoolean('isDemo', { description: 'True when the bars are synthetic (source DEMO).' }),
    priority: t.exposeInt('priority', {
      description:
        'Priority of the job, 0 to 9. Within a workspace, jobs of higher priority are claimed first.',
    }),
    runAt: t.expose('runAt', {
      type: 'DateTime',
      description: 'Earliest time at which items of the job may be claimed.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the job was submitted.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which a worker first claimed an item of the job; null before.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the last item reached a final state; null before.',
    }),
    options: t.field({
      type: 'JSON',
      description:
        'Resolved options of the job as JSON, with defaults filled in. A null inside keeps the strategy’s own number.',
      resolve: (job) => job.options,
    }),
    lastSeq: t.exposeInt('lastSeq', { description: 'Seq of the newest event of the job.' }),
    retryOf: t.field({
      type: JobRef,
      nullable: true,
      description:
        'Job whose failed and cancelled items this job retries; null when the job is no retry, or when that job has been removed.',
      resolve: (job) => job.retryOf,
    }),
    errors: t.field({
      type: [JobItemRef],
      description: 'Up to 100 failed items, sorted by ticker. Use `items` to get more.',
      complexity: { field: 1, multiplier: 10 },
      resolve: (job, _args, { db, access }) =>
        job.failed === 0
          ? []
          : listItems(
              db,
              access.workspaceId,
              [job.id],
              { states: ['FAILED'] },
              { limit: 100, from: null, descending: false },
            ),
    }),
    items: t.connection(
      {
        type: JobItemRef,
        description: 'Items of the job, sorted by ticker.',
        args: {
          states: t.arg({ type: [JobStateEnum], description: 'Only items in one of these states.' }),
          errorCode: t.arg.string({ description: 'Only items whose error has this code.' }),
        },
        complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
        resolve: (job, args, context) => resolveItems(job, args, context),
      },
      {
        description: 'A page of job items.',
        fields: (c) => ({
          totalCount: c.int({
            description: 'Number of items on all pages; counted only when this field is selected.',
            resolve: countOf,
          }),
        }),
      },
      { description: 'An item with its cursor.' },
    ),
  }),
});

async function resolveItems(
  job: Job,
  args: {
    states?: ItemState[] | null | undefined;
    errorCode?: string | null | undefined;
    first?: number | null | undefined;
  },
  { db, access: { workspaceId } }: Context,
) {
  const filter = { states: args.states ?? undefined, errorCode: args.errorCode ?? undefined };
  const page = await resolvePage(
    args,
    (item: JobItem) => item.ticker,
    async ({ limit, after, before, backwards }: Keyset) => {
      const from = (backwards ? before : after) ?? null;
      if (from !== null && normaliseTicker(from) !== from)
        throw foreignCursor(backwards ? 'before' : 'after');
      const items = await listItems(db, workspaceId, [job.id], filter, {
        limit,
        from,
        descending: backwards,
      });
      return backwards ? items.reverse() : items;
    },
  );
  return {
    ...page,
    count: async () => (await countItems(db, workspaceId, [job.id], filter)).get(job.id) ?? 0,
  };
}

builder.objectField(JobRef, 'kind', (t) =>
  t.field({
    type: JobKindEnum,
    description: 'Kind of work that the job does.',
    resolve: (job) => job.kind as JobKind,
  }),
);

const JobFilterInput = builder.inputType('JobFilter', {
  description: 'Conditions on the jobs to list; all conditions must hold.',
  fields: (t) => ({
    states: t.field({ type: [JobStateEnum], description: 'Only jobs in one of these states.' }),
    origin: t.field({ type: JobOriginEnum, description: 'Only jobs with this origin.' }),
    strategy: t.field({
      type: StrategyIdEnum,
      description: 'Only jobs with this strategy, alone or among several.',
    }),
    kinds: t.field({ type: [JobKindEnum], description: 'Only jobs of one of these kinds.' }),
    ticker: t.string({ description: 'Only jobs with an item of this ticker, in upper or lower case.' }),
    watchlistId: t.globalID({
      description: 'Only jobs that were submitted for this watchlist.',
      extensions: { scope: 'jobs:read' },
    }),
    createdFrom: t.field({ type: 'DateTime', description: 'Only jobs submitted at this time or later.' }),
    createdTo: t.field({ type: 'DateTime', description: 'Only jobs submitted before this time.' }),
  }),
});

builder.queryFields((t) => ({
  job: t.field({
    scope: 'jobs:read',
    type: JobRef,
    nullable: true,
    description: 'The job with this id; null when there is none.',
    args: { id: t.arg.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }) },
    resolve: (_root, { id }, { db, access }) => findJob(db, access.workspaceId, id.id),
  }),
  jobs: t.connection(
    {
      scope: 'jobs:read',
      type: JobRef,
      description: 'Jobs of the workspace, newest first.',
      args: {
        filter: t.arg({ type: JobFilterInput, description: 'Conditions on the jobs; default: all jobs.' }),
      },
      complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
      resolve: async (_root, args, { db, access }) => {
        const filter = toFilter(args.filter ?? {});
        return resolveNewestFirst(
          args,
          (page) => listJobs(db, access.workspaceId, filter, page),
          () => countJobs(db, access.workspaceId, filter),
        );
      },
    },
    {
      description: 'A page of jobs.',
      fields: (c) => ({
        totalCount: c.int({
          description: 'Number of jobs on all pages; counted only when this field is selected.',
          resolve: countOf,
        }),
      }),
    },
    { description: 'A job with its cursor.' },
  ),
}));

interface FilterInput {
  readonly states?: readonly JobState[] | null | undefined;
  readonly origin?: JobOrigin | null | undefined;
  readonly strategy?: StrategyId | null | undefined;
  readonly kinds?: readonly JobKind[] | null | undefined;
  readonly ticker?: string | null | undefined;
  readonly watchlistId?: { readonly typename: string; readonly id: string } | null | undefined;
  readonly createdFrom?: Date | null | undefined;
  readonly createdTo?: Date | null | undefined;
}

function toFilter(filter: FilterInput): JobFilter {
  const { states, origin, strategy, kinds, ticker, watchlistId, createdFrom, createdTo } = filter;
  // Watchlists build on jobs, so their type is not known here.
  if (watchlistId != null && watchlistId.typename !== 'Watchlist')
    throw new InvalidInputError('filter.watchlistId', 'watchlistId must be the global id of a watchlist.');
  return {
    states: states ?? undefined,
    origin: origin ?? undefined,
    strategy: strategy ?? undefined,
    kinds: kinds ?? undefined,
    ticker: ticker == null ? undefined : parseTickers([ticker])[0],
    watchlistId: watchlistId?.id,
    createdFrom: createdFrom ?? undefined,
    createdTo: createdTo ?? undefined,
  };
}
