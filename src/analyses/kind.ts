/** The job kind of analyses; a worker claims only kinds that it knows. */
export const ANALYSIS_KIND = 'analysis';
