export { type Client, type ClientOptions, connect } from './connect.ts';
export { type AnalysisBatch, type FollowAnalysesOptions, followAnalyses } from './follow-analyses.ts';
export { followJob, GapError, type JobEvent } from './follow-job.ts';
export type { Interruption, Retry } from './line.ts';
export { RequestError } from './request-error.ts';
export type { FollowOptions } from './resume.ts';
export { type JobStatus, watchJob } from './watch-job.ts';
