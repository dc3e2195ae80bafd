import { useEffect, useRef, useState } from 'react';
import { followJob, GapError, type JobEvent } from 'thetool-client';
import { useClient } from 'thetool-client/react';
import { type Failure, failureOf } from './failure.ts';

export interface Log {
  readonly events: readonly JobEvent[];
  /** What retention has removed from the log, in words. */
  readonly gap: string | null;
  readonly failure: Failure | null;
}

/** Lines that are kept: older ones leave. */
const KEPT = 100_000;
/** Events of a large job come in thousands a second; the page takes them over this often. */
const PAUSE_MS = 100;

/** Every event of a job from its beginning, live. */
export function useLog(jobId: string): Log {
  const client = useClient();
  const [log, setLog] = useState<Log>({ events: [], gap: null, failure: null });
  const waiting = useRef<JobEvent[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    waiting.current = [];
    setLog({ events: [], gap: null, failure: null });
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return;
      const added = waiting.current;
      waiting.current = [];
      setLog((last) => ({ ...last, events: [...last.events, ...added].slice(-KEPT) }));
    }, PAUSE_MS);
    const follow = async (after: number): Promise<void> => {
      try {
        for await (const event of followJob(client, jobId, { after, signal: leaving.signal }))
          waiting.current.push(event);
      } catch (error) {
        if (!(error instanceof GapError)) throw error;
        setLog((last) => ({ ...last, gap: error.message }));
        await follow(error.resumeAfter);
      }
    };
    follow(0).catch((error: unknown) => setLog((last) => ({ ...last, failure: failureOf(error) })));
    return () => {
      leaving.abort();
      clearInterval(timer);
    };
  }, [client, jobId]);
  return log;
}
