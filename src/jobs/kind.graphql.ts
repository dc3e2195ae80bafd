import { builder } from '../graphql/builder.ts';
import { JOB_KINDS, type JobKind, jobKinds } from './job.ts';

type Value = { readonly value: JobKind; readonly description: string };

const values = Object.entries(JOB_KINDS).map(([name, kind]): [string, Value] => [
  name,
  { value: kind, description: jobKinds[kind] },
]);

export const JobKindEnum = builder.enumType('JobKind', {
  description: 'Kind of work that a job does.',
  values: Object.fromEntries(values) as Record<keyof typeof JOB_KINDS, Value>,
});
