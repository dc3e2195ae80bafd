import { InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { getQueueSwitch, pauseQueue, resumeQueue } from './pause-queue.ts';
import type { QueueSwitch } from './queue.ts';

const QueueRef = builder.objectRef<QueueSwitch>('Queue').implement({
  description: 'The work of this workspace that has not ended, and who does it.',
  fields: (t) => ({
    paused: t.boolean({
      description: 'True while nothing of this workspace is claimed.',
      resolve: ({ pausedAt }) => pausedAt !== null,
    }),
    pausedAt: t.expose('pausedAt', { type: 'DateTime', nullable: true, description: 'Since when.' }),
    pauseNote: t.exposeString('pauseNote', { nullable: true, description: 'Why, as somebody wrote it.' }),
  }),
});

builder.queryField('queue', (t) =>
  t.field({
    type: QueueRef,
    description: 'What waits, what runs and who does it.',
    resolve: (_root, _args, { db, access }) => getQueueSwitch(db, access.workspaceId),
  }),
);

const QueuePayload = builder.objectRef<{ queue: QueueSwitch }>('QueuePayload').implement({
  description: 'The queue as it is now.',
  fields: (t) => ({
    queue: t.field({ type: QueueRef, description: 'The queue.', resolve: ({ queue }) => queue }),
  }),
});

const PauseQueueInput = builder.inputType('PauseQueueInput', {
  description: 'How to pause.',
  fields: (t) => ({ note: t.string({ description: 'Why; shown in `queue`. Up to 200 characters.' }) }),
});
const ResumeQueueInput = builder.inputType('ResumeQueueInput', {
  description: 'Which pause to end.',
  fields: (t) => ({
    pausedAt: t.field({
      type: 'DateTime',
      description: 'Ends the pause only when it began then, so that a later one of somebody else stays.',
    }),
  }),
});

builder.mutationFields((t) => ({
  pauseQueue: t.field({
    type: QueuePayload,
    description:
      'Stops the claiming of this workspace’s items: when it answers, none starts any more. Running items end, submits are taken, other workspaces go on. Harmless when repeated.',
    errors: {
      types: [InvalidInputError],
      union: { name: 'PauseQueueResult', description: 'The queue, or why not.' },
    },
    args: { input: t.arg({ type: PauseQueueInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, { db, access }) => ({
      queue: await pauseQueue(db, access.workspaceId, input.note ?? null),
    }),
  }),
  resumeQueue: t.field({
    type: QueuePayload,
    description: 'Lets workers claim this workspace’s items again, at once. Harmless when repeated.',
    args: { input: t.arg({ type: ResumeQueueInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, { db, log, access }) => ({
      queue: await resumeQueue(db, log, access.workspaceId, input.pausedAt ?? null),
    }),
  }),
}));
