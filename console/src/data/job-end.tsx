import { type ReactNode, useEffect, useEffectEvent } from 'react';
import { type JobStatus, watchJob } from 'thetool-client';
import { type Live, useClient, useJob } from 'thetool-client/react';

/** Calls the function when the job has ended: at once for a job that has ended before. */
export function useJobEnd(jobId: string | null, onEnd: () => void): void {
  const client = useClient();
  const ended = useEffectEvent(onEnd);
  useEffect(() => {
    if (jobId === null) return;
    const leaving = new AbortController();
    const follow = async () => {
      let last: JobStatus | null = null;
      for await (const job of watchJob(client, jobId, { signal: leaving.signal })) last = job;
      if (last !== null && !leaving.signal.aborted) ended();
    };
    // The component that shows the job also shows why the job cannot be followed.
    follow().catch(() => undefined);
    return () => leaving.abort();
  }, [client, jobId]);
}

/** Shows a job as it is, for places that have one at times only. */
export function WithJob({ id, show }: { id: string; show: (job: Live<JobStatus>) => ReactNode }) {
  return show(useJob(id));
}
