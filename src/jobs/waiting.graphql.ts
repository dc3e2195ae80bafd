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
  description: 'Reason why a job or its items have not started.',
  values: Object.fromEntries(
    Object.entries(WAITING_REASONS).map(([name, description]) => [
      name,
      { value: name as WaitingReason, description },
    ]),
  ),
});

const JobWaitingRef = builder.objectRef<Waiting>('JobWaiting').implement({
  scope: 'jobs:read',
  description: 'Reason why the next item of a job has not started.',
  fields: (t) => ({
    reason: t.field({
      type: WaitingReasonEnum,
      description: 'Condition that must change before the item can start.',
      resolve: ({ reason }) => reason,
    }),
    since: t.expose('since', {
      type: 'DateTime',
      description: 'Time since which the item has waited for this reason.',
    }),
    estimatedStartAt: t.expose('estimatedStartAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'Estimated time at which the next item starts. The estimate uses `runAt`, or the place in the queue and the measured throughput. Null when no estimate is possible.',
    }),
  }),
});

builder.objectField(JobRef, 'waiting', (t) =>
  t.loadable({
    type: JobWaitingRef,
    nullable: true,
    description:
      'Reason why an item of the job waits; null when no item has waited for more than a second. The subscription `jobProgress` reports changes of the reason.',
    complexity: 5,
    load: async (ids: string[], { waitingJobs }) => {
      const waiting = await waitingJobs.explain([...new Set(ids)]);
      return ids.map((id) => waiting.get(id) ?? null);
    },
    resolve: (job) => (isFinal(job.state) ? null : job.id),
  }),
);
