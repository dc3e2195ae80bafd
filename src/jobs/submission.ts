import { PRIORITY } from './job.ts';

/** Descriptions of the input fields that all kinds of submits share. */
export const submission = {
  priority: `${PRIORITY.min} to ${PRIORITY.max}, default ${PRIORITY.default}; higher goes first within the workspace. When the request shares an active job of a lower priority, that job gets this priority.`,
  force:
    'True: always store a new job. Default: a request that is due now shares an active job that is due and does the same work; a request for a later time shares an active job of exactly that time.',
  runAt:
    'The earliest time at which the job may start. Null, or a time that has passed: as soon as possible. A request with the same idempotency key and another time is rejected with IDEMPOTENCY_CONFLICT.',
} as const;
