import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { followAnalyses } from 'thetool-client';
import { useClient } from 'thetool-client/react';

type Listener = () => void;

const FeedContext = createContext<Set<Listener> | null>(null);

/** Under load results come many times a second; a page that reads itself anew does so at most this often. */
const PAUSE_MS = 1_000;

/** Follows the results of the workspace as they are stored, with one subscription for the whole page. Its socket is what the dot in the bar reports of. */
export function FeedProvider({ children }: { children: ReactNode }) {
  const client = useClient();
  const [listeners] = useState(() => new Set<Listener>());
  useEffect(() => {
    const leaving = new AbortController();
    const follow = async () => {
      for await (const { analyses } of followAnalyses(client, { signal: leaving.signal })) {
        if (analyses.length > 0) for (const listener of listeners) listener();
      }
    };
    // The client reports why it is not connected; a key without the scope for results has pages that read on their own.
    follow().catch(() => undefined);
    return () => leaving.abort();
  }, [client, listeners]);
  return <FeedContext value={listeners}>{children}</FeedContext>;
}

/** Calls the function after results were stored, at most once a second. */
export function useFeed(onResults: (() => void) | null): void {
  const listeners = useContext(FeedContext);
  const newest = useRef(onResults);
  newest.current = onResults;
  const wanted = onResults !== null;
  useEffect(() => {
    if (!wanted || listeners === null) return;
    let timer: ReturnType<typeof setTimeout> | null = null;
    const listener = () => {
      timer ??= setTimeout(() => {
        timer = null;
        newest.current?.();
      }, PAUSE_MS);
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (timer !== null) clearTimeout(timer);
    };
  }, [listeners, wanted]);
}
