import { PRIORITY } from './job.ts';

/** Descriptions of the input fields that all kinds of submits share. */
export const submission = {
  priority: `Priority of the job, ${PRIORITY.min} to ${PRIORITY.max}, default ${PRIORITY.default}. Within a workspace, jobs of higher priority are claimed first. If the request shares an active job of lower priority, that job gets this priority.`,
  force:
    'True: always store a new job. Default false: a request that is due now shares an active due job that does the same work. A request for a later time shares an active job of exactly that time.',
  runAt:
    'Earliest time at which the job may start. Null, or a time in the past: as soon as possible. A request with the same idempotency key and another time is rejected with IDEMPOTENCY_CONFLICT.',
} as const;
