import { JOB_KINDS } from '../jobs/job.ts';

/** The job kind of analyses; a worker claims only kinds that it knows. */
export const ANALYSIS_KIND = JOB_KINDS.ANALYSIS;
