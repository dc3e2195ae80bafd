import { useEffect, useEffectEvent, useReducer, useState } from 'react';
import { followJob, type JobEvent, type JobStatus, watchJob } from 'thetool-client';
import { useClient } from './client.tsx';
import { type Failure, failureOf } from './failure.ts';
import { itemsAfter, type LiveItem } from './items.ts';

export interface LiveJob {
  readonly job: JobStatus | null;
  readonly failure: Failure | null;
}

/** The job as it is, until it has ended. Null: nothing is followed. */
export function useJob(jobId: string | null, onEnd?: () => void): LiveJob {
  const client = useClient();
  const [state, setState] = useState<LiveJob>({ job: null, failure: null });
  const ended = useEffectEvent(() => onEnd?.());
  useEffect(() => {
    if (jobId === null) return;
    const leaving = new AbortController();
    setState({ job: null, failure: null });
    const follow = async () => {
      for await (const job of watchJob(client, jobId, { signal: leaving.signal }))
        setState({ job, failure: null });
      if (!leaving.signal.aborted) ended();
    };
    follow().catch((error: unknown) => setState(({ job }) => ({ job, failure: failureOf(error) })));
    return () => leaving.abort();
  }, [client, jobId]);
  return state;
}

/** Every ticker of a job with its state, from the job's log. For jobs with few tickers: the log is read from its beginning. */
export function useJobItems(jobId: string | null): ReadonlyMap<string, LiveItem> {
  const client = useClient();
  const [items, dispatch] = useReducer(
    (last: ReadonlyMap<string, LiveItem>, event: JobEvent | null) =>
      event === null ? new Map<string, LiveItem>() : itemsAfter(last, event),
    new Map<string, LiveItem>(),
  );
  useEffect(() => {
    if (jobId === null) return;
    const leaving = new AbortController();
    dispatch(null);
    const follow = async () => {
      for await (const event of followJob(client, jobId, { signal: leaving.signal })) dispatch(event);
    };
    // The job's row shows what it can without its log.
    follow().catch(() => undefined);
    return () => leaving.abort();
  }, [client, jobId]);
  return items;
}
