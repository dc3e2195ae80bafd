import { InvalidInputError, KeyConflictError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { objectId } from '../graphql/object-id.ts';
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
  description: 'Whether a worker claims items.',
  values: {
    ALIVE: { description: 'The worker claims items while it has free capacity.' },
    DRAINING: { description: 'The worker is shutting down and claims no more items.' },
    GONE: {
      description: 'The worker lost its lease or its connection. Other workers take over its items.',
    },
  } as const,
});

const WorkerRef = builder.objectRef<WorkerSeen>('Worker').implement({
  scope: ['jobs:read', 'admin'],
  description: 'A process that runs items of all workspaces.',
  fields: (t) => ({
    id: t.field(objectId('Worker', ({ id }: WorkerSeen) => [id])),
    name: t.exposeString('name', { description: 'Host name and process id of the worker.' }),
    state: t.field({
      type: WorkerStateEnum,
      description: 'Whether the worker claims items.',
      resolve: ({ state }) => state,
    }),
    version: t.exposeString('version', { description: 'Version of the program that the worker runs.' }),
    kinds: t.stringList({
      description: 'Kinds of jobs that the worker can run.',
      resolve: ({ kinds }) => [...kinds],
    }),
    capacity: t.exposeInt('capacity', {
      description: 'Maximum number of items that the worker runs at once.',
    }),
    running: t.exposeInt('running', { description: 'Number of items that the worker currently holds.' }),
    itemsPerMinute: t.exposeInt('itemsPerMinute', {
      description:
        'Number of items that the worker finished within the last minute, as of its last heartbeat.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      description: 'Time at which the worker registered.',
    }),
    heartbeatAt: t.expose('heartbeatAt', {
      type: 'DateTime',
      description: 'Time of the last heartbeat of the worker.',
    }),
  }),
});

const DepthRef = builder.objectRef<Depth>('QueueDepth').implement({
  scope: ['jobs:read', 'admin'],
  description: 'Numbers of unfinished jobs and items of the workspace.',
  fields: (t) => ({
    jobsQueued: t.exposeInt('jobsQueued', { description: 'Number of jobs of which no item has started.' }),
    jobsProcessing: t.exposeInt('jobsProcessing', {
      description: 'Number of jobs that have started and not finished.',
    }),
    itemsQueued: t.exposeInt('itemsQueued', { description: 'Number of queued items.' }),
    itemsProcessing: t.exposeInt('itemsProcessing', {
      description: 'Number of items that a worker is running.',
    }),
    complete: t.exposeBoolean('complete', {
      description:
        'False when counting stopped because there are too many items; the numbers are then lower bounds.',
    }),
  }),
});

const QueueWaitingRef = builder.objectRef<WaitingCount>('QueueWaiting').implement({
  scope: ['jobs:read', 'admin'],
  description: 'Number of queued items that wait for one reason.',
  fields: (t) => ({
    reason: t.field({
      type: WaitingReasonEnum,
      description: 'Reason why these items wait.',
      resolve: ({ reason }) => reason,
    }),
    items: t.exposeInt('items', { description: 'Number of items that wait for this reason.' }),
  }),
});

const QueueRef = builder.objectRef<Queue>('Queue').implement({
  scope: ['jobs:read', 'admin'],
  description: 'Unfinished work of the workspace, and the workers that run it.',
  fields: (t) => ({
    paused: t.boolean({
      description: 'True while the queue is paused: no item of the workspace is claimed.',
      resolve: ({ pausedAt }) => pausedAt !== null,
    }),
    pausedAt: t.expose('pausedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the queue was paused; null when it is not paused.',
    }),
    pauseNote: t.exposeString('pauseNote', {
      nullable: true,
      description: 'Reason given when the queue was paused; null when there is none.',
    }),
    workers: t.field({
      type: [WorkerRef],
      description: 'Registered workers; all of them run items of all workspaces.',
      complexity: { field: 5, multiplier: 10 },
      resolve: (queue) => queue.workers(),
    }),
    depth: t.field({
      type: DepthRef,
      description: 'Numbers of unfinished jobs and items of the workspace.',
      resolve: (queue) => queue.backlog(),
    }),
    oldestSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Time since which the oldest runnable item has been queued; null when there is none.',
      resolve: async (queue) => (await queue.backlog()).oldestSince,
    }),
    oldestAgeSeconds: t.float({
      nullable: true,
      description:
        'Age of the oldest runnable item in seconds, by the clock of the database; null when there is none.',
      resolve: async (queue) => {
        const { now, oldestSince } = await queue.backlog();
        return oldestSince === null ? null : Math.max(0, now.getTime() - oldestSince.getTime()) / 1_000;
      },
    }),
    throughputPerMinute: t.int({
      description: 'Number of items of all workspaces that finished within the last minute.',
      resolve: async (queue) => throughputOf(await queue.workers()),
    }),
    waiting: t.field({
      type: [QueueWaitingRef],
      description:
        'Numbers of queued items per reason for which they wait; reasons without items are omitted.',
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
    description: 'Queue of the workspace: queued and running work, and the workers.',
    resolve: (_root, _args, { queues, access }) => queues.of(access.workspaceId),
  }),
);

const QueuePayload = builder.objectRef<{ queue: Queue }>('QueuePayload').implement({
  scope: 'admin',
  description: 'The queue after the change.',
  fields: (t) => ({
    queue: t.field({
      type: QueueRef,
      description: 'The queue in its current state.',
      resolve: ({ queue }) => queue,
    }),
  }),
});

const PauseQueueInput = builder.inputType('PauseQueueInput', {
  description: 'Optional reason for pausing the queue.',
  fields: (t) => ({
    note: t.string({
      description: 'Reason for the pause, shown as `Queue.pauseNote`; up to 200 characters.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});
const ResumeQueueInput = builder.inputType('ResumeQueueInput', {
  description: 'The pause to end.',
  fields: (t) => ({
    pausedAt: t.field({
      type: 'DateTime',
      description:
        'Ends the pause only if it started at this time, so that a later pause by someone else remains. Null: ends any pause.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

builder.mutationFields((t) => ({
  pauseQueue: t.field({
    scope: 'admin',
    type: QueuePayload,
    description:
      'Pauses the queue of the workspace. After the response no further item starts. Running items finish, jobs can still be submitted, and other workspaces are not affected. Pausing a paused queue is safe.',
    errors: {
      types: [InvalidInputError, KeyConflictError],
      union: {
        name: 'PauseQueueResult',
        description: 'The paused queue, or the error that prevented the change.',
      },
    },
    args: {
      input: t.arg({ type: PauseQueueInput, required: true, description: 'Optional reason for the pause.' }),
    },
    resolve: async (_root, { input }, { db, log, access, queues, storedResponses }) => {
      const { note, idempotencyKey: key } = input;
      await pauseQueue(db, log, access.workspaceId, note ?? null, key ?? null, storedResponses);
      return { queue: await queues.of(access.workspaceId) };
    },
  }),
  resumeQueue: t.field({
    scope: 'admin',
    type: QueuePayload,
    description:
      'Resumes the queue: workers claim items of the workspace again immediately. Resuming a queue that is not paused has no effect.',
    args: { input: t.arg({ type: ResumeQueueInput, required: true, description: 'The pause to end.' }) },
    resolve: async (_root, { input }, { db, log, access, queues, storedResponses }) => {
      const { pausedAt, idempotencyKey: key } = input;
      await resumeQueue(db, log, access.workspaceId, pausedAt ?? null, key ?? null, storedResponses);
      return { queue: await queues.of(access.workspaceId) };
    },
  }),
}));
