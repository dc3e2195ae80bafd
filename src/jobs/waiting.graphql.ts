import { builder } from '../graphql/builder.ts';
import type { WaitingJobs } from './explain-waiting.ts';
import { JobRef } from './job.graphql.ts';
import { isFinal } from './job.ts';
import { WAITING_REASONS, type Waiting, type WaitingReason } from './waiting.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly waitingJobs: WaitingJobs;
  }
}

export const WaitingReasonEnum = builder.enumType('WaitingReason', {
  description: 'Why something waits.',
  values: Object.fromEntries(
    Object.entries(WAITING_REASONS).map(([name, description]) => [
      name,
      { value: name as WaitingReason, description },
    ]),
  ),
});

const JobWaitingRef = builder.objectRef<Waiting>('JobWaiting').implement({
  scope: 'jobs:read',
  description: 'Why the next item of a job has not started.',
  fields: (t) => ({
    reason: t.field({
      type: WaitingReasonEnum,
      description: 'What has to change first.',
      resolve: ({ reason }) => reason,
    }),
    since: t.expose('since', { type: 'DateTime', description: 'Since when it waits for that.' }),
    estimatedStartAt: t.expose('estimatedStartAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the next item is likely to start, by `runAt` or by the place in line and the measured pace; null when it cannot be known.',
    }),
  }),
});

builder.objectField(JobRef, 'waiting', (t) =>
  t.loadable({
    type: JobWaitingRef,
    nullable: true,
    description:
      'Why something of the job waits; null when nothing waits for more than a second. `jobProgress` tells when the reason changes.',
    complexity: 5,
    load: async (ids: string[], { waitingJobs }) => {
      const waiting = await waitingJobs.explain([...new Set(ids)]);
      return ids.map((id) => waiting.get(id) ?? null);
    },
    resolve: (job) => (isFinal(job.state) ? null : job.id),
  }),
);
