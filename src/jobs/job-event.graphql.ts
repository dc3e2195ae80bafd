import { InvalidInputError, NotFoundError } from '../errors.ts';
import type { StoredEvent } from '../events/event-log.store.ts';
import type { JobLogs, LogBatch } from '../events/follow-log.ts';
import type { LiveRows } from '../events/live-rows.ts';
import { type Cursors, live } from '../execution/source.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { objectId } from '../graphql/object-id.ts';
import type { Metrics } from '../metrics.ts';
import { type EventPayload, JOB_EVENT_TYPES, type JobEventType } from './event.ts';
import { ItemErrorRef, JobRef } from './job.graphql.ts';
import type { Job } from './job.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly liveJobs: LiveRows<Job>;
    readonly jobLogs: JobLogs;
    readonly metrics: Pick<Metrics, 'subscriptionLagSeconds'>;
  }
}

const JobEventTypeEnum = builder.enumType('JobEventType', {
  description: 'Type of a job event.',
  values: Object.fromEntries(
    Object.entries(JOB_EVENT_TYPES).map(([name, description]) => [
      name,
      { value: name as JobEventType, description },
    ]),
  ),
});

const JobEventRef = builder.objectRef<StoredEvent>('JobEvent').implement({
  scope: 'jobs:read',
  description: 'One step of a job, as stored in the event log of the job.',
  fields: (t) => ({
    id: t.field(objectId('JobEvent', ({ jobId, seq }: StoredEvent) => [jobId, String(seq)])),
    seq: t.exposeInt('seq', {
      description: 'Position of the event in the job’s log: 1, 2, 3 … without gaps.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'Time of the event, by the clock of the database.' }),
    type: t.field({
      type: JobEventTypeEnum,
      description: 'Type of the event, which determines the fields that have a value.',
      resolve: (event) => event.type as JobEventType,
    }),
    ticker: t.exposeString('ticker', {
      nullable: true,
      description:
        'Ticker of the item that the event concerns; null for events of the whole job and for ITEMS_STARTED.',
    }),
    tickers: t.stringList({
      description: 'Tickers of the claimed items for ITEMS_STARTED; empty for other events.',
      resolve: (event) => [...(payloadOf(event).tickers ?? [])],
    }),
    phase: t.exposeInt('phase', {
      nullable: true,
      description: 'Phase of the item after the event, percent; null for events without a phase.',
    }),
    progress: t.exposeFloat('progress', {
      description: 'Progress of the whole job after the event, percent.',
    }),
    attempt: t.int({
      description: 'Number of the item’s attempt, starting at 1.',
      resolve: (event) => payloadOf(event).attempt ?? 1,
    }),
    error: t.field({
      type: ItemErrorRef,
      nullable: true,
      description: 'Error of the item for ITEM_FAILED and ITEM_RETRYING; null for other events.',
      resolve: (event) => payloadOf(event).error,
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Earliest time of the next attempt for ITEM_RETRYING; null for other events.',
      resolve: (event) => toDate(payloadOf(event).retryAt),
    }),
    verdict: t.string({
      extensions: { scope: 'results:read' },
      nullable: true,
      description:
        'Verdict of the result for ITEM_COMPLETED, with several strategies that of the first one. Null for other events.',
      resolve: (event) => payloadOf(event).verdict,
    }),
    score: t.float({
      extensions: { scope: 'results:read' },
      nullable: true,
      description:
        'Score of the result for ITEM_COMPLETED, -1 to 1, with several strategies that of the first one. Null for other events.',
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
  scope: 'jobs:read',
  description: 'All events that were ready: one when idle, hundreds under load.',
  fields: (t) => ({
    events: t.field({
      type: [JobEventRef],
      description: 'Events of the job in the order of `seq`.',
      resolve: (batch) => batch.events,
    }),
    cursor: t.exposeInt('cursor', {
      description: 'Seq of the last event of this batch; pass it as `after` to continue after this batch.',
    }),
    caughtUp: t.exposeBoolean('caughtUp', {
      description: 'True when the batch reaches the end of the log; later batches contain new events.',
    }),
    gap: t.exposeBoolean('gap', { description: 'True when requested events had already been removed.' }),
  }),
});

/** No log is as long, and a page after it is still within PostgreSQL's int4. */
const MAX_SEQ = 2_000_000_000;

/** The seq of `after`. A seq after the end of any log is one after the end of this log. Throws InvalidInputError. */
function seqOf(after: number | null | undefined): number {
  if ((after ?? 0) < 0) throw new InvalidInputError('after', 'after must be 0 or more.');
  return Math.min(after ?? 0, MAX_SEQ);
}

/** Clients keep a position in a job's log as the seq of their last event. */
const SEQS: Cursors = {
  argument: 'after',
  encode: String,
  decode(text) {
    if (!/^\d{1,15}$/.test(text))
      throw new InvalidInputError('after', 'The cursor is not a position in the log of a job.');
    return seqOf(Number(text));
  },
};

builder.objectField(JobRef, 'events', (t) =>
  t.field({
    type: JobEventBatchRef,
    description: 'Up to 200 stored events after `after`. The subscription `jobEvents` delivers them live.',
    args: {
      after: t.arg.int({
        defaultValue: 0,
        description: 'Seq of the last event that the client received; 0 for all events.',
      }),
    },
    complexity: { field: 1, multiplier: 20 },
    resolve: (job, { after }, { jobLogs }) => jobLogs.read(job, seqOf(after)),
  }),
);

/** An event older than this is read again, not late. */
const REPLAY_MS = 60_000;

/** All that subscribe in one turn share a statement. */
async function requireJob({ liveJobs, access }: Context, id: string): Promise<Job> {
  const job = await liveJobs.read({ workspaceId: access.workspaceId, id });
  if (job === undefined) throw new NotFoundError(`There is no job ${id}.`);
  return job;
}

builder.subscriptionFields((t) => ({
  jobProgress: t.field({
    scope: 'jobs:read',
    type: JobRef,
    description:
      'Delivers the current state of the job, then its state after every change. A slow client receives only the latest state. Completes after the final state.',
    args: { id: t.arg.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }) },
    subscribe: async (_root, { id }, context) => {
      return live(context.liveJobs.source(await requireJob(context, id.id)));
    },
    resolve: (job) => job as Job,
  }),
  jobEvents: t.field({
    scope: 'jobs:read',
    type: JobEventBatchRef,
    description:
      'Delivers every event after `after`, once and in order. Completes after the last event of the job.',
    args: {
      jobId: t.arg.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }),
      after: t.arg.int({
        defaultValue: 0,
        description: 'Seq of the last event that the client received; 0 for all events.',
      }),
      fromNow: t.arg.boolean({
        defaultValue: false,
        description:
          'True: deliver only events from now on and ignore `after`. The first batch is empty and contains the cursor.',
      }),
    },
    subscribe: async (_root, { jobId, after, fromNow }, context) => {
      const job = await requireJob(context, jobId.id);
      const cursor = fromNow === true ? job.lastSeq : seqOf(after);
      return live(context.jobLogs.source(job), cursor, SEQS);
    },
    resolve: (value, _args, { metrics }) => {
      const batch = value as LogBatch;
      const lagMs = Date.now() - (batch.events[0]?.at.getTime() ?? Number.NaN);
      if (batch.caughtUp && lagMs < REPLAY_MS)
        metrics.subscriptionLagSeconds.observe(Math.max(lagMs, 0) / 1_000);
      return batch;
    },
  }),
}));
