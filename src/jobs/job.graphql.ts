import { SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  KeyConflictError,
  LimitExceededError,
  NotFoundError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { described } from '../graphql/described.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { countOf, foreignCursor, type Keyset, resolveNewestFirst, resolvePage } from '../graphql/pages.ts';
import { normaliseTicker, parseTickers } from '../instruments/ticker.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import { cancelJob } from './cancel-job.ts';
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
import { retryJob } from './retry-job.ts';

export const JobStateEnum = builder.enumType('JobState', {
  description: 'State of a job or of one of its items. COMPLETED, FAILED and CANCELLED are final.',
  values: described<JobState>({
    QUEUED: 'Nothing of it has started, or it waits for another try; `waiting` tells why.',
    PROCESSING: 'A worker runs it; of a job: at least one item has started and not all have ended.',
    COMPLETED: 'Its result is stored; of a job: all items have ended, at least one with a result.',
    FAILED: 'It ended without a result; of a job: all items have, not one has a result.',
    CANCELLED: 'It was cancelled before it ended. Results that were stored before stay.',
  }),
});
const JobOriginEnum = builder.enumType('JobOrigin', {
  description: 'What asked for the job.',
  values: described<JobOrigin>({
    TICKERS: '`submitAnalysis` with tickers.',
    WATCHLIST: 'An analysis of a watchlist.',
    UNIVERSE: '`submitAnalysis` with `universe`.',
    SCHEDULE: 'A schedule; kept for later, nothing submits it yet.',
    BACKTEST: '`submitBacktest`.',
  }),
});
export const ItemErrorRef = builder.objectRef<{ code: string; message: string }>('ItemError').implement({
  scope: 'jobs:read',
  description: 'Why an item failed or is tried again.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'Stable code, for example UNKNOWN_SYMBOL or SOURCE_TIMEOUT.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, in one sentence.' }),
  }),
});

export const JobItemRef = builder.objectRef<JobItem>('JobItem').implement({
  scope: 'jobs:read',
  description: 'One ticker of a job.',
  fields: (t) => ({
    ticker: t.exposeString('ticker', { description: 'The ticker.' }),
    state: t.expose('state', { type: JobStateEnum, description: 'Its state.' }),
    phase: t.exposeInt('phase', {
      description:
        'Percent: 0 queued, 25 candles loaded, 50 indicators computed, 75 scored and planned, 100 stored.',
    }),
    attempt: t.exposeInt('attempt', { description: 'How often a worker has claimed it.' }),
    error: t.field({
      type: ItemErrorRef,
      nullable: true,
      description: 'Why it failed, or why it is tried again.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'First claim.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'Its end.' }),
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
  description: 'One asked-for piece of work: some tickers with a strategy.',
  fields: (t) => ({
    uuid: t.field({ type: 'UUID', description: 'Its UUID, as logs show it.', resolve: (job) => job.id }),
    state: t.expose('state', { type: JobStateEnum, description: 'Follows from the states of its items.' }),
    progress: t.float({
      description: 'Mean over the items, percent, 0 to 100.',
      resolve: (job) => progressPct(job),
    }),
    total: t.exposeInt('total', { description: 'Number of items.' }),
    completed: t.int({
      description: 'Items that have ended, however.',
      resolve: (job) => job.succeeded + job.failed + job.cancelled,
    }),
    queued: t.exposeInt('queued', { description: 'Items that wait.' }),
    processing: t.exposeInt('processing', { description: 'Items that run.' }),
    succeeded: t.exposeInt('succeeded', { description: 'Items with a stored result.' }),
    failed: t.exposeInt('failed', { description: 'Items that failed.' }),
    cancelled: t.exposeInt('cancelled', { description: 'Items that were cancelled.' }),
    origin: t.expose('origin', { type: JobOriginEnum, description: 'What asked for it.' }),
    strategy: t.field({
      type: StrategyIdEnum,
      description: 'The strategy; of several the first.',
      resolve: (job) => job.strategy as StrategyId,
    }),
    strategies: t.field({
      type: [StrategyIdEnum],
      description: 'All its strategies, in the order of the results of an item.',
      resolve: (job) => strategiesOf(job) as StrategyId[],
    }),
    source: t.field({
      type: SourceIdEnum,
      description: 'Where candles come from.',
      resolve: (job) => job.source as SourceId,
    }),
    isDemo: t.exposeBoolean('isDemo', { description: 'True exactly when the bars are made up.' }),
    priority: t.exposeInt('priority', { description: '0 to 9; higher goes first within a workspace.' }),
    runAt: t.expose('runAt', { type: 'DateTime', description: 'Not claimed before.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Submitted.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'First claim of an item.',
    }),
    finishedAt: t.expose('finishedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'End of the last item.',
    }),
    options: t.field({
      type: 'JSON',
      description: 'The resolved options, defaults written out; null in it keeps the strategy’s own number.',
      resolve: (job) => job.options,
    }),
    lastSeq: t.exposeInt('lastSeq', { description: 'Seq of its newest event.' }),
    retryOf: t.field({
      type: JobRef,
      nullable: true,
      description: 'The job whose failed items this one retries.',
      resolve: (job) => job.retryOf,
    }),
    errors: t.field({
      type: [JobItemRef],
      description: 'Up to 100 failed items, by ticker; page through `items` for more.',
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
        description: 'Its items, by ticker.',
        args: {
          states: t.arg({ type: [JobStateEnum], description: 'Only items in one of these states.' }),
          errorCode: t.arg.string({ description: 'Only items whose error has this code.' }),
        },
        complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
        resolve: (job, args, context) => resolveItems(job, args, context),
      },
      {
        description: 'A page of items.',
        fields: (c) => ({
          totalCount: c.int({
            description: 'How many there are over all pages; counted only when selected.',
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
  t.field({ type: JobKindEnum, description: 'What it does.', resolve: (job) => job.kind as JobKind }),
);

const JobFilterInput = builder.inputType('JobFilter', {
  description: 'Which jobs to list.',
  fields: (t) => ({
    states: t.field({ type: [JobStateEnum], description: 'In one of these states.' }),
    origin: t.field({ type: JobOriginEnum, description: 'With this origin.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'With this strategy, alone or among several.' }),
    kinds: t.field({ type: [JobKindEnum], description: 'Of one of these kinds.' }),
    ticker: t.string({ description: 'With an item of this ticker, in any case.' }),
    watchlistId: t.globalID({ description: 'Asked for by this watchlist.' }),
    createdFrom: t.field({ type: 'DateTime', description: 'Submitted then or later.' }),
    createdTo: t.field({ type: 'DateTime', description: 'Submitted before then.' }),
  }),
});

builder.queryFields((t) => ({
  job: t.field({
    scope: 'jobs:read',
    type: JobRef,
    nullable: true,
    description: 'One job, or null when there is none with this id.',
    args: { id: t.arg.globalID({ required: true, for: JobRef, description: 'Its global id.' }) },
    resolve: (_root, { id }, { db, access }) => findJob(db, access.workspaceId, id.id),
  }),
  jobs: t.connection(
    {
      scope: 'jobs:read',
      type: JobRef,
      description: 'Jobs, newest first.',
      args: { filter: t.arg({ type: JobFilterInput, description: 'Only these.' }) },
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
          description: 'How many there are over all pages; counted only when selected.',
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
    throw new InvalidInputError('filter.watchlistId', 'watchlistId is the global id of a watchlist.');
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

const JobPayload = builder.objectRef<{ job: Job }>('CancelJobPayload').implement({
  scope: 'jobs:write',
  description: 'The job after it was cancelled.',
  fields: (t) => ({ job: t.field({ type: JobRef, description: 'The job.', resolve: ({ job }) => job }) }),
});

export const SubmittedPayload = builder
  .objectRef<{ job: Job; deduplicated: boolean }>('SubmitJobPayload')
  .implement({
    scope: 'jobs:write',
    description: 'The job that stands for the request.',
    fields: (t) => ({
      job: t.field({ type: JobRef, description: 'The job.', resolve: ({ job }) => job }),
      deduplicated: t.exposeBoolean('deduplicated', {
        description: 'True when the job existed already: nothing new was stored.',
      }),
    }),
  });

const CancelJobInput = builder.inputType('CancelJobInput', {
  description: 'Which job to cancel.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});
const RetryJobInput = builder.inputType('RetryJobInput', {
  description: 'Which job to retry.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: JobRef, description: 'Global id of a job that has ended.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

builder.mutationFields((t) => ({
  cancelJob: t.field({
    scope: 'jobs:write',
    type: JobPayload,
    description: 'Ends every item that has not ended. Stored results stay. Harmless when repeated.',
    errors: {
      types: [NotFoundError, InvalidStateError, KeyConflictError, InvalidInputError],
      union: { name: 'CancelJobResult', description: 'The job, or why not.' },
    },
    args: { input: t.arg({ type: CancelJobInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, { db, log, access, storedResponses }) => ({
      job: await cancelJob(
        db,
        log,
        access.workspaceId,
        input.id.id,
        input.idempotencyKey ?? null,
        storedResponses,
      ),
    }),
  }),
  retryJob: t.field({
    scope: 'jobs:write',
    type: SubmittedPayload,
    description: 'Submits the failed and cancelled tickers of an ended job again, as a new job.',
    errors: {
      types: [
        NotFoundError,
        InvalidStateError,
        IdempotencyConflictError,
        KeyConflictError,
        InvalidInputError,
        LimitExceededError,
      ],
      union: { name: 'RetryJobResult', description: 'The new job, or why not.' },
    },
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, { db, log, access, queuedItems, storedResponses }) =>
      retryJob(db, log, access.workspaceId, input.id.id, input.idempotencyKey ?? null, {
        queuedItems,
        storedResponses,
      }),
  }),
}));
