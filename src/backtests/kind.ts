import { JOB_KINDS } from '../jobs/job.ts';

/** The job kind of backtests; a worker claims only kinds that it knows. */
export const BACKTEST_KIND = JOB_KINDS.BACKTEST;
