import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  KeyConflictError,
  LimitExceededError,
  NotFoundError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { cancelJob } from './cancel-job.ts';
import { JobRef } from './job.graphql.ts';
import type { Job } from './job.ts';
import { retryJob } from './retry-job.ts';

const JobPayload = builder.objectRef<{ job: Job }>('CancelJobPayload').implement({
  scope: 'jobs:write',
  description: 'The job after the cancellation.',
  fields: (t) => ({
    job: t.field({
      type: JobRef,
      description: 'The cancelled job with its final state.',
      resolve: ({ job }) => job,
    }),
  }),
});

export const SubmittedPayload = builder
  .objectRef<{ job: Job; deduplicated: boolean }>('SubmitJobPayload')
  .implement({
    scope: 'jobs:write',
    description: 'The job that executes the request.',
    fields: (t) => ({
      job: t.field({
        type: JobRef,
        description: 'The submitted job, or the existing job that does the same work.',
        resolve: ({ job }) => job,
      }),
      deduplicated: t.exposeBoolean('deduplicated', {
        description: 'True when the job already existed and no new job was stored.',
      }),
    }),
  });

const CancelJobInput = builder.inputType('CancelJobInput', {
  description: 'The job to cancel.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: JobRef, description: 'Global id of the job.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});
const RetryJobInput = builder.inputType('RetryJobInput', {
  description: 'The job to retry.',
  fields: (t) => ({
    id: t.globalID({ required: true, for: JobRef, description: 'Global id of a finished job.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

builder.mutationFields((t) => ({
  cancelJob: t.field({
    scope: 'jobs:write',
    type: JobPayload,
    description:
      'Cancels all unfinished items of a job. Stored results are kept. Cancelling a cancelled job has no effect.',
    errors: {
      types: [NotFoundError, InvalidStateError, KeyConflictError, InvalidInputError],
      union: {
        name: 'CancelJobResult',
        description: 'The cancelled job, or the error that prevented the cancellation.',
      },
    },
    args: { input: t.arg({ type: CancelJobInput, required: true, description: 'The job to cancel.' }) },
    resolve: async (_root, { input }, { db, log, access, storedResponses }) => ({
      job: await cancelJob(
        db,
        log,
        access.workspaceId,
        input.id.id,
        input.idempotencyKey ?? null,
        storedResponses,
      ),
    }),
  }),
  retryJob: t.field({
    scope: 'jobs:write',
    type: SubmittedPayload,
    description: 'Submits the failed and cancelled tickers of a finished job as a new job.',
    errors: {
      types: [
        NotFoundError,
        InvalidStateError,
        IdempotencyConflictError,
        KeyConflictError,
        InvalidInputError,
        LimitExceededError,
      ],
      union: { name: 'RetryJobResult', description: 'The new job, or the error that prevented the retry.' },
    },
    args: { input: t.arg({ type: RetryJobInput, required: true, description: 'The job to retry.' }) },
    resolve: (_root, { input }, { db, log, access, queuedItems, storedResponses }) =>
      retryJob(db, log, access.workspaceId, input.id.id, input.idempotencyKey ?? null, {
        queuedItems,
        storedResponses,
      }),
  }),
}));
