import type { Client } from './connect.ts';
import { endOnReturn } from './end-on-return.ts';
import { JobProgressDocument, type JobProgressSubscription } from './generated/graphql.ts';
import { type FollowOptions, resume } from './resume.ts';

export type JobStatus = JobProgressSubscription['jobProgress'];

const FINAL = new Set<JobStatus['state']>(['COMPLETED', 'FAILED', 'CANCELLED']);

/**
 * The job as it is now, and then its newest state after every change; a consumer that is slow skips states, never the last one. Goes on by
 * itself after lost connections. Ends after the final state, at the abort of the signal, at `return()` also while it
 * waits, and when the client is closed.
 */
export function watchJob(
  client: Client,
  jobId: string,
  options: FollowOptions = {},
): AsyncGenerator<JobStatus, void, void> {
  return endOnReturn([options.signal], (signal) => statesOf(client, jobId, { signal }));
}

async function* statesOf(
  client: Client,
  jobId: string,
  options: FollowOptions,
): AsyncGenerator<JobStatus, void, void> {
  let told = '';
  let ended = false;
  const states = resume(
    client,
    {
      document: JobProgressDocument,
      variables: () => ({ id: jobId }),
      isOver: () => ended,
      newestOnly: true,
    },
    options,
  );
  for await (const { jobProgress } of states) {
    ended = FINAL.has(jobProgress.state);
    const text = JSON.stringify(jobProgress);
    // A new subscription begins with the present state, which may be known.
    if (text === told) continue;
    told = text;
    yield jobProgress;
  }
}
