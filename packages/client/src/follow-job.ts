import type { Client } from './connect.ts';
import { endOnReturn } from './end-on-return.ts';
import { JobEventsDocument, type JobEventsSubscription } from './generated/graphql.ts';
import { type FollowOptions, resume } from './resume.ts';

export type JobEvent = JobEventsSubscription['jobEvents']['events'][number];

/**
 * Events that were asked for are not in the log: retention has removed them (`resumeAfter` is greater than `after`), or the log ends before
 * `after` (`resumeAfter` is smaller). Follow from `resumeAfter` to continue with the events that are there.
 */
export class GapError extends Error {
  override readonly name = 'GapError';
  readonly after: number;
  readonly resumeAfter: number;
  constructor(after: number, resumeAfter: number) {
    super(
      resumeAfter > after
        ? `The events ${after + 1} to ${resumeAfter} of the job are gone.`
        : `The log of the job ends at event ${resumeAfter}: there is no event ${after} to continue after.`,
    );
    this.after = after;
    this.resumeAfter = resumeAfter;
  }
}

const LAST = new Set<JobEvent['type']>(['JOB_COMPLETED', 'JOB_FAILED', 'JOB_CANCELLED']);

/**
 * Every event of a job behind `after` (a seq; 0: all), once and in order, through lost connections, restarted servers and renewed tokens.
 * Ends after the job's last event, at the abort of the signal, at `return()` also while it waits, and when the client is closed. Throws
 * GapError when the log does not have the event after `after`, and RequestError when the server rejects (there is no such job). A slow consumer is waited for: at most a few messages are held for it.
 */
export function followJob(
  client: Client,
  jobId: string,
  options: FollowOptions & { readonly after?: number } = {},
): AsyncGenerator<JobEvent, void, void> {
  return endOnReturn([options.signal], (signal) => eventsOf(client, jobId, { ...options, signal }));
}

async function* eventsOf(
  client: Client,
  jobId: string,
  options: FollowOptions & { readonly after?: number },
): AsyncGenerator<JobEvent, void, void> {
  let last = options.after ?? 0;
  let ended = false;
  let silent = true;
  const batches = resume(
    client,
    {
      document: JobEventsDocument,
      variables: () => {
        silent = true;
        return { jobId, after: last };
      },
      // A log without anything behind the cursor that is complete has ended before.
      isOver: () => ended || silent,
    },
    options,
  );
  for await (const { jobEvents } of batches) {
    for (const event of jobEvents.events) {
      if (event.seq <= last) continue;
      if (event.seq !== last + 1) throw new GapError(last, event.seq - 1);
      last = event.seq;
      silent = false;
      ended = LAST.has(event.type);
      yield event;
    }
    // Nothing is left of what was asked for, or the log ends before it.
    if (jobEvents.gap && jobEvents.cursor !== last) throw new GapError(last, jobEvents.cursor);
  }
}
