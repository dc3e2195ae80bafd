import type { TestApi } from './api.ts';

const SUBMIT = `mutation($input: SubmitBacktestInput!) { submitBacktest(input: $input) {
  __typename ... on SubmitJobPayload { deduplicated job { id uuid } }
  ... on UserError { code message } ... on InvalidInputError { field } ... on IdempotencyConflictError { jobId } } }`;

export interface Answered {
  readonly __typename: string;
  readonly deduplicated?: boolean;
  readonly job: { readonly id: string; readonly uuid: string };
  readonly code?: string;
  readonly message?: string;
  readonly field?: string;
  readonly jobId?: string;
}

export const submitBacktest = (api: TestApi, input: object) => api.one<Answered>(SUBMIT, { input });
