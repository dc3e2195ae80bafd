import { JOB_KINDS } from '../jobs/job.ts';

/** The job kind of analyses; a worker claims only kinds that it knows. */
export const ANALYSIS_KIND = JOB_KINDS.ANALYSIS;

/** Of analyses of a span of days: a kind of its own, so that workers of the version before, which know no spans, do not claim it. */
export const BACKFILL_KIND = JOB_KINDS.BACKFILL;
