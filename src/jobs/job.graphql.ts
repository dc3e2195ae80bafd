import { SourceIdEnum, StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { IdempotencyConflictError, InvalidInputError, InvalidStateError, NotFoundError } from '../errors.ts';
import { endOnReturn } from '../events/end-on-return.ts';
import type { StoredEvent } from '../events/event-log.store.ts';
import type { JobLogs, LogBatch } from '../events/follow-log.ts';
import type { LiveRows } from '../events/live-rows.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { type Keyset, resolvePage } from '../graphql/pages.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import { cancelJob } from './cancel-job.ts';
import { type EventPayload, JOB_EVENT_TYPES, type JobEventType } from './event.ts';
import {
  countItems,
  countJobs,
  findJob,
  type JobFilter,
  listItems,
  listJobs,
  listJobsByIds,
} from './job.store.ts';
import { type ItemState, JOB_ORIGINS, JOB_STATES, type Job, type JobItem, progressPct } from './job.ts';
import { retryJob } from './retry-job.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly liveJobs: LiveRows<Job>;
    readonly jobLogs: JobLogs;
  }
}

export const JobStateEnum = builder.enumType('JobState', {
  description: 'State of a job or of one of its items. COMPLETED, FAILED and CANCELLED are final.',
  values: JOB_STATES,
});
const JobOriginEnum = builder.enumType('JobOrigin', {
  description: 'What asked for the job.',
  values: JOB_ORIGINS,
});
const JobEventTypeEnum = builder.enumType('JobEventType', {
  description: 'What happened.',
  values: Object.fromEntries(
    Object.entries(JOB_EVENT_TYPES).map(([name, description]) => [
      name,
      { value: name as JobEventType, description },
    ]),
  ),
});

const ItemErrorRef = builder.objectRef<{ code: string; message: string }>('ItemError').implement({
  description: 'Why an item failed or is tried again.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'Stable code, for example UNKNOWN_SYMBOL or SOURCE_TIMEOUT.',
    }),
    message: t.exposeString('message', { description: 'What is wrong, in one sentence.' }),
  }),
});

export const JobItemRef = builder.objectRef<JobItem>('JobItem').implement({
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
    const found = new Map((await listJobsByIds(db, ids)).map((job) => [job.id, job]));
    return ids.map((id) => {
      const job = found.get(id);
      return job?.workspaceId === access.workspaceId ? job : new NotFoundError(`There is no job ${id}.`);
    });
  },
});

builder.objectType(JobRef, {
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
      description: 'The strategy.',
      resolve: (job) => job.strategy as StrategyId,
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
      resolve: (job, _args, { db }) =>
        job.failed === 0
          ? []
          : listItems(db, [job.id], { states: ['FAILED'] }, { limit: 100, from: null, descending: false }),
    }),
    items: t.connection(
      {
        type: JobItemRef,
        description: 'Its items, by ticker.',
        args: { states: t.arg({ type: [JobStateEnum], description: 'Only items in one of these states.' }) },
        complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
        resolve: (job, args, { db }) => resolveItems(job, args, db),
      },
      {
        description: 'A page of items.',
        fields: (c) => ({
          totalCount: c.int({
            description: 'How many there are over all pages; counted only when selected.',
            resolve: (page) => (page as unknown as Counted).count(),
          }),
        }),
      },
      { description: 'An item with its cursor.' },
    ),
  }),
});

interface Counted {
  readonly count: () => Promise<number>;
}

async function resolveItems(
  job: Job,
  args: { states?: ItemState[] | null | undefined; first?: number | null | undefined },
  db: Context['db'],
) {
  const filter = { states: args.states ?? undefined };
  const page = await resolvePage(
    args,
    (item: JobItem) => item.ticker,
    async ({ limit, after, before, backwards }: Keyset) => {
      const from = (backwards ? before : after) ?? null;
      const items = await listItems(db, [job.id], filter, { limit, from, descending: backwards });
      return backwards ? items.reverse() : items;
    },
  );
  return { ...page, count: async () => (await countItems(db, [job.id], filter)).get(job.id) ?? 0 };
}

const JobEventRef = builder.objectRef<StoredEvent>('JobEvent').implement({
  description: 'One step of a job, as it is stored in its log.',
  fields: (t) => ({
    seq: t.exposeInt('seq', { description: 'Position in the job’s log: 1, 2, 3 … without holes.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When, by the database’s clock.' }),
    type: t.field({
      type: JobEventTypeEnum,
      description: 'What happened.',
      resolve: (event) => event.type as JobEventType,
    }),
    ticker: t.exposeString('ticker', { nullable: true, description: 'The item it is about.' }),
    tickers: t.stringList({
      description: 'The items that ITEMS_STARTED is about; empty otherwise.',
      resolve: (event) => [...(payloadOf(event).tickers ?? [])],
    }),
    phase: t.exposeInt('phase', { nullable: true, description: 'Phase of the item after it, percent.' }),
    progress: t.exposeFloat('progress', { description: 'Progress of the whole job after it, percent.' }),
    attempt: t.int({
      description: 'Attempt of the item.',
      resolve: (event) => payloadOf(event).attempt ?? 1,
    }),
    error: t.field({
      type: ItemErrorRef,
      nullable: true,
      description: 'Of ITEM_FAILED and ITEM_RETRYING.',
      resolve: (event) => payloadOf(event).error,
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Of ITEM_RETRYING: not run again before.',
      resolve: (event) => toDate(payloadOf(event).retryAt),
    }),
    verdict: t.string({
      nullable: true,
      description: 'Of ITEM_COMPLETED.',
      resolve: (event) => payloadOf(event).verdict,
    }),
    score: t.float({
      nullable: true,
      description: 'Of ITEM_COMPLETED, -1 to 1.',
      resolve: (event) => payloadOf(event).score,
    }),
  }),
});

function payloadOf(event: StoredEvent): EventPayload {
  return (event.payload ?? {}) as EventPayload;
}

function toDate(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

const JobEventBatchRef = builder.objectRef<LogBatch>('JobEventBatch').implement({
  description: 'All events that were ready: one when idle, hundreds under load.',
  fields: (t) => ({
    events: t.field({ type: [JobEventRef], description: 'In order.', resolve: (batch) => batch.events }),
    cursor: t.exposeInt('cursor', { description: 'Pass it as `after` to go on behind this batch.' }),
    caughtUp: t.exposeBoolean('caughtUp', {
      description: 'The end of the log was reached; what follows is live.',
    }),
    gap: t.exposeBoolean('gap', { description: 'Events that were asked for had been removed already.' }),
  }),
});

const JobFilterInput = builder.inputType('JobFilter', {
  description: 'Which jobs to list.',
  fields: (t) => ({
    states: t.field({ type: [JobStateEnum], description: 'In one of these states.' }),
    origin: t.field({ type: JobOriginEnum, description: 'With this origin.' }),
    strategy: t.field({ type: StrategyIdEnum, description: 'With this strategy.' }),
  }),
});

builder.queryFields((t) => ({
  job: t.field({
    type: JobRef,
    nullable: true,
    description: 'One job, or null when there is none with this id.',
    args: { id: t.arg.globalID({ required: true, for: JobRef, description: 'Its global id.' }) },
    resolve: (_root, { id }, { db, access }) => findJob(db, access.workspaceId, id.id),
  }),
  jobs: t.connection(
    {
      type: JobRef,
      description: 'Jobs, newest first.',
      args: { filter: t.arg({ type: JobFilterInput, description: 'Only these.' }) },
      complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
      resolve: async (_root, args, { db, access }) => {
        const filter = toFilter(args.filter ?? {});
        const page = await resolvePage(
          args,
          (job: Job) => job.id,
          ({ limit, after, before, backwards }) =>
            listJobs(db, access.workspaceId, filter, {
              limit,
              olderThan: after,
              newerThan: backwards ? (before ?? '00000000-0000-0000-0000-000000000000') : undefined,
            }),
        );
        return { ...page, count: () => countJobs(db, access.workspaceId, filter) };
      },
    },
    {
      description: 'A page of jobs.',
      fields: (c) => ({
        totalCount: c.int({
          description: 'How many there are over all pages; counted only when selected.',
          resolve: (page) => (page as unknown as Counted).count(),
        }),
      }),
    },
    { description: 'A job with its cursor.' },
  ),
}));

function toFilter(
  filter: {
    readonly [Name in keyof JobFilter]?: JobFilter[Name] | null;
  },
): JobFilter {
  const { states, origin, strategy } = filter;
  return { states: states ?? undefined, origin: origin ?? undefined, strategy: strategy ?? undefined };
}

const JobPayload = builder.objectRef<{ job: Job }>('CancelJobPayload').implement({
  description: 'The job after it was cancelled.',
  fields: (t) => ({ job: t.field({ type: JobRef, description: 'The job.', resolve: ({ job }) => job }) }),
});

export const SubmittedPayload = builder
  .objectRef<{ job: Job; deduplicated: boolean }>('SubmitJobPayload')
  .implement({
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
  fields: (t) => ({ id: t.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }) }),
});
const RetryJobInput = builder.inputType('RetryJobInput', {
  description: 'Which job to retry.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: JobRef, description: 'Global id of a job that has ended.' }),
    idempotencyKey: t.string({ description: 'A repeat with this key answers the same job.' }),
  }),
});

builder.mutationFields((t) => ({
  cancelJob: t.field({
    type: JobPayload,
    description: 'Ends every item that has not ended. Stored results stay. Harmless when repeated.',
    errors: {
      types: [NotFoundError, InvalidStateError],
      union: { name: 'CancelJobResult', description: 'The job, or why not.' },
    },
    args: { input: t.arg({ type: CancelJobInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, { db, log, access }) => ({
      job: await cancelJob(db, log, access.workspaceId, input.id.id),
    }),
  }),
  retryJob: t.field({
    type: SubmittedPayload,
    description: 'Submits the failed and cancelled tickers of an ended job again, as a new job.',
    errors: {
      types: [NotFoundError, InvalidStateError, IdempotencyConflictError, InvalidInputError],
      union: { name: 'RetryJobResult', description: 'The new job, or why not.' },
    },
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, { db, log, access }) =>
      retryJob(db, log, access.workspaceId, input.id.id, input.idempotencyKey ?? null),
  }),
}));

async function requireJob(context: Context, id: string): Promise<void> {
  const job = await findJob(context.db, context.access.workspaceId, id);
  if (job === null) throw new NotFoundError(`There is no job ${id}.`);
}

builder.subscriptionFields((t) => ({
  jobProgress: t.field({
    type: JobRef,
    description:
      'The job as it is now, then as it is after every change, coalesced for a slow client. Completes after the final state.',
    args: { id: t.arg.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }) },
    subscribe: async (_root, { id }, context) => {
      await requireJob(context, id.id);
      return endOnReturn((signal) => context.liveJobs.follow(id.id, signal));
    },
    resolve: (job) => job,
  }),
  jobEvents: t.field({
    type: JobEventBatchRef,
    description: 'Every event behind `after`, once and in order. Completes after the last event of the job.',
    args: {
      jobId: t.arg.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }),
      after: t.arg.int({
        defaultValue: 0,
        description: 'Seq of the last event that the client has; 0 for all.',
      }),
    },
    subscribe: async (_root, { jobId, after }, context) => {
      if ((after ?? 0) < 0) throw new InvalidInputError('after', 'after must be 0 or more.');
      await requireJob(context, jobId.id);
      return endOnReturn((signal) => context.jobLogs.follow(jobId.id, after ?? 0, signal));
    },
    resolve: (batch) => batch,
  }),
}));
