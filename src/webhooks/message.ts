import type { Analysis } from '../analyses/analysis.ts';
import { type Job, progressPct, strategiesOf } from '../jobs/job.ts';
import { encodeCursor, type WebhookEvent } from './webhook.ts';

/** Names of events as receivers see them: the form that Standard Webhooks asks for. */
const types = {
  JOB_FINISHED: 'job.finished',
  ANALYSIS_STORED: 'analysis.stored',
} as const satisfies Record<WebhookEvent, string>;

const lists = { JOB_FINISHED: 'jobs', ANALYSIS_STORED: 'analyses' } as const satisfies Record<
  WebhookEvent,
  string
>;

/** The text of a message. It holds no time of sending: a repeat is the same text. */
export function messageBody(
  event: WebhookEvent,
  message: { readonly createdAt: Date; readonly position: number },
  subjects: readonly object[],
): string {
  return JSON.stringify({
    type: types[event],
    timestamp: message.createdAt,
    data: { [lists[event]]: subjects, cursor: encodeCursor(event, message.position) },
  });
}

export const globalId = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');

/** A job as a message tells it: names and values as in the API. */
export function toldJob(job: Job): object {
  const { id, state, total, succeeded, failed, cancelled, origin, strategy, source, isDemo } = job;
  return {
    id: globalId('Job', id),
    uuid: id,
    kind: job.kind.toUpperCase(),
    ...{ state, total, succeeded, failed, cancelled, progress: progressPct(job), origin, strategy },
    strategies: strategiesOf(job),
    ...{ source, isDemo, lastSeq: job.lastSeq },
    watchlistId: job.watchlistId === null ? null : globalId('Watchlist', job.watchlistId),
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    finishedAt: job.finishedAt,
  };
}

/** An event whose job or result was removed after it had happened: all that is left of it is its id. The message says so and is not empty. */
export function removedSubject(type: 'Job' | 'Analysis', id: string): object {
  return { id: globalId(type, id), uuid: id, removed: true };
}

/** A result as a message tells it, without the bulky part. */
export function toldAnalysis(analysis: Analysis): object {
  const { id, jobId, ticker, strategy, score, scoreVerdict, verdict, regime, coverage, conviction } =
    analysis;
  const { side, entry, stop, target, riskReward, positionSize, currency } = analysis;
  const { warnings, source, isDemo, isBackfill, customised, timeframe, asOf, createdAt } = analysis;
  return {
    id: globalId('Analysis', id),
    jobId: jobId === null ? null : globalId('Job', jobId),
    ...{ ticker, strategy, score, scoreVerdict, verdict, regime, coverage, conviction },
    plan: side === null ? null : { side, entry, stop, target, riskReward, positionSize },
    ...{ currency, warnings, source, isDemo, isBackfill, customised, timeframe, asOf, createdAt },
  };
}
