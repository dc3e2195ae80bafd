import { builder } from '../graphql/builder.ts';
import { JOB_KINDS } from './job.ts';

export const JobKindEnum = builder.enumType('JobKind', {
  description: 'Kind of work that a job does.',
  values: {
    ANALYSIS: { value: JOB_KINDS.ANALYSIS, description: 'Analyses the newest bar of every ticker.' },
    BACKFILL: {
      value: JOB_KINDS.BACKFILL,
      description: 'Analyses every trading day of a span (`asOfFrom` to `asOfTo`) for every ticker.',
    },
    BACKTEST: { value: JOB_KINDS.BACKTEST, description: 'Simulates strategies over past bars.' },
  },
});
