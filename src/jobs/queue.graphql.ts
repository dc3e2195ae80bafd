import { InvalidInputError, KeyConflictError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { pauseQueue, resumeQueue } from './pause-queue.ts';
import { countReasons, type Depth, throughputOf, type WaitingCount, type WorkerSeen } from './queue.ts';
import type { Queue, Queues } from './read-queue.ts';
import { WaitingReasonEnum } from './waiting.graphql.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly queues: Queues;
  }
}

const WorkerStateEnum = builder.enumType('WorkerState', {
  description: 'Whether a worker takes work.',
  values: {
    ALIVE: { description: 'It claims items while it has room.' },
    DRAINING: { description: 'It stops: it claims nothing more.' },
    GONE: {
      description: 'It lost its lease or its connection; the other workers take its items over.',
    },
  } as const,
});

const WorkerRef = builder.objectRef<WorkerSeen>('Worker').implement({
  scope: ['jobs:read', 'admin'],
  description: 'A process that runs items, of all workspaces.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Host and process id.' }),
    state: t.field({
      type: WorkerStateEnum,
      description: 'Whether it takes work.',
      resolve: ({ state }) => state,
    }),
    version: t.exposeString('version', { description: 'Version of its program.' }),
    kinds: t.stringList({
      description: 'Kinds of jobs that it runs.',
      resolve: ({ kinds }) => [...kinds],
    }),
    capacity: t.exposeInt('capacity', { description: 'Items that it runs at once at most.' }),
    running: t.exposeInt('running', { description: 'Items that it holds.' }),
    itemsPerMinute: t.exposeInt('itemsPerMinute', {
      description: 'Items that it ended within the last minute, as of its heartbeat.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it came.' }),
    heartbeatAt: t.expose('heartbeatAt', { type: 'DateTime', description: 'Its last sign of life.' }),
  }),
});

const DepthRef = builder.objectRef<Depth>('QueueDepth').implement({
  scope: ['jobs:read', 'admin'],
  description: 'How much of this workspace has not ended.',
  fields: (t) => ({
    jobsQueued: t.exposeInt('jobsQueued', { description: 'Jobs of which nothing has started.' }),
    jobsProcessing: t.exposeInt('jobsProcessing', { description: 'Jobs under way.' }),
    itemsQueued: t.exposeInt('itemsQueued', { description: 'Items that wait.' }),
    itemsProcessing: t.exposeInt('itemsProcessing', { description: 'Items that run.' }),
    complete: t.exposeBoolean('complete', {
      description: 'False when there is so much that counting was stopped: the numbers are lower bounds.',
    }),
  }),
});

const QueueWaitingRef = builder.objectRef<WaitingCount>('QueueWaiting').implement({
  scope: ['jobs:read', 'admin'],
  description: 'How many queued items wait for what.',
  fields: (t) => ({
    reason: t.field({
      type: WaitingReasonEnum,
      description: 'What has to change.',
      resolve: ({ reason }) => reason,
    }),
    items: t.exposeInt('items', { description: 'Items.' }),
  }),
});

const QueueRef = builder.objectRef<Queue>('Queue').implement({
  scope: ['jobs:read', 'admin'],
  description: 'The work of this workspace that has not ended, and who does it.',
  fields: (t) => ({
    paused: t.boolean({
      description: 'True while nothing of this workspace is claimed.',
      resolve: ({ pausedAt }) => pausedAt !== null,
    }),
    pausedAt: t.expose('pausedAt', { type: 'DateTime', nullable: true, description: 'Since when.' }),
    pauseNote: t.exposeString('pauseNote', { nullable: true, description: 'Why, as somebody wrote it.' }),
    workers: t.field({
      type: [WorkerRef],
      description: 'The workers that should be there; they work for all workspaces.',
      complexity: { field: 5, multiplier: 10 },
      resolve: (queue) => queue.workers(),
    }),
    depth: t.field({
      type: DepthRef,
      description: 'How much there is.',
      resolve: (queue) => queue.backlog(),
    }),
    oldestSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when the item waits that waits longest of those that could run.',
      resolve: async (queue) => (await queue.backlog()).oldestSince,
    }),
    oldestAgeSeconds: t.float({
      nullable: true,
      description: 'How long that is, by the database’s clock.',
      resolve: async (queue) => {
        const { now, oldestSince } = await queue.backlog();
        return oldestSince === null ? null : Math.max(0, now.getTime() - oldestSince.getTime()) / 1_000;
      },
    }),
    throughputPerMinute: t.int({
      description: 'Items of all workspaces that ended within the last minute.',
      resolve: async (queue) => throughputOf(await queue.workers()),
    }),
    waiting: t.field({
      type: [QueueWaitingRef],
      description: 'What the queued items wait for.',
      complexity: { field: 5, multiplier: 6 },
      resolve: async (queue) =>
        countReasons(await queue.backlog(), queue.pausedAt !== null, await queue.workers()),
    }),
  }),
});

builder.queryField('queue', (t) =>
  t.field({
    scope: 'jobs:read',
    type: QueueRef,
    description: 'What waits, what runs and who does it.',
    resolve: (_root, _args, { queues, access }) => queues.of(access.workspaceId),
  }),
);

const QueuePayload = builder.objectRef<{ queue: Queue }>('QueuePayload').implement({
  scope: 'admin',
  description: 'The queue as it is now.',
  fields: (t) => ({
    queue: t.field({ type: QueueRef, description: 'The queue.', resolve: ({ queue }) => queue }),
  }),
});

const PauseQueueInput = builder.inputType('PauseQueueInput', {
  description: 'How to pause.',
  fields: (t) => ({
    note: t.string({ description: 'Why; shown in `queue`. Up to 200 characters.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});
const ResumeQueueInput = builder.inputType('ResumeQueueInput', {
  description: 'Which pause to end.',
  fields: (t) => ({
    pausedAt: t.field({
      type: 'DateTime',
      description: 'Ends the pause only when it began then, so that a later one of somebody else stays.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

builder.mutationFields((t) => ({
  pauseQueue: t.field({
    scope: 'admin',
    type: QueuePayload,
    description:
      'Stops the claiming of this workspace’s items: when it answers, none starts any more. Running items end, submits are taken, other workspaces go on. Harmless when repeated.',
    errors: {
      types: [InvalidInputError, KeyConflictError],
      union: { name: 'PauseQueueResult', description: 'The queue, or why not.' },
    },
    args: { input: t.arg({ type: PauseQueueInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, { db, log, access, queues, storedResponses }) => {
      const { note, idempotencyKey: key } = input;
      await pauseQueue(db, log, access.workspaceId, note ?? null, key ?? null, storedResponses);
      return { queue: await queues.of(access.workspaceId) };
    },
  }),
  resumeQueue: t.field({
    scope: 'admin',
    type: QueuePayload,
    description: 'Lets workers claim this workspace’s items again, at once. Harmless when repeated.',
    args: { input: t.arg({ type: ResumeQueueInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, { db, log, access, queues, storedResponses }) => {
      const { pausedAt, idempotencyKey: key } = input;
      await resumeQueue(db, log, access.workspaceId, pausedAt ?? null, key ?? null, storedResponses);
      return { queue: await queues.of(access.workspaceId) };
    },
  }),
}));
