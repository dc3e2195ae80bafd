import { InvalidInputError, NotFoundError } from '../errors.ts';
import { endOnReturn } from '../events/end-on-return.ts';
import type { StoredEvent } from '../events/event-log.store.ts';
import type { JobLogs, LogBatch } from '../events/follow-log.ts';
import type { LiveRows } from '../events/live-rows.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { type EventPayload, JOB_EVENT_TYPES, type JobEventType } from './event.ts';
import { ItemErrorRef, JobRef } from './job.graphql.ts';
import { findJob } from './job.store.ts';
import type { Job } from './job.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly liveJobs: LiveRows<Job>;
    readonly jobLogs: JobLogs;
  }
}

const JobEventTypeEnum = builder.enumType('JobEventType', {
  description: 'What happened.',
  values: Object.fromEntries(
    Object.entries(JOB_EVENT_TYPES).map(([name, description]) => [
      name,
      { value: name as JobEventType, description },
    ]),
  ),
});

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

builder.objectField(JobRef, 'events', (t) =>
  t.field({
    type: JobEventBatchRef,
    description: 'Up to 200 stored events behind `after`; `jobEvents` follows them live.',
    args: {
      after: t.arg.int({ defaultValue: 0, description: 'Seq of the last event that the client has.' }),
    },
    complexity: { field: 1, multiplier: 20 },
    resolve: (job, { after }, { jobLogs }) => jobLogs.read(job.id, after ?? 0),
  }),
);

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
