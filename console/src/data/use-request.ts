import { useCallback, useEffect, useRef, useState } from 'react';
import { useClient } from 'thetool-client/react';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { type Failure, failureOf } from './failure.ts';
import { useFeed } from './feed.tsx';
import { keepResponse, keptResponse, requestKey } from './requests.ts';
import { sendDocument } from './send-document.ts';
import { useShown } from './shown.ts';

export interface Requested<Result> {
  /** The newest response; an older one while another is read or when it failed. Null before the first. */
  readonly data: Result | null;
  readonly failure: Failure | null;
  /** When the data came, in milliseconds. */
  readonly at: number | null;
  readonly reload: () => void;
}

export interface RequestOptions {
  /** Reads again after so many milliseconds, while the page is visible. */
  readonly everyMs?: number;
  /** Reads again when results were stored. */
  readonly onResults?: boolean;
  readonly skip?: boolean;
}

interface State {
  readonly key: string;
  readonly data: unknown;
  readonly at: number | null;
  readonly failure: Failure | null;
}

/** Reads a document, keeps it up to date, and lists it in the drawer. */
export function useRequest<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { everyMs, onResults = false, skip = false }: RequestOptions = {},
): Requested<Result> {
  const client = useClient();
  const text = document.toString();
  const json = JSON.stringify(variables ?? {});
  const key = requestKey(text, json);
  const [state, setState] = useState<State>(() => initial(key));
  const reading = useRef<AbortController | null>(null);
  useShown(text, json, skip);

  const reload = useCallback(() => {
    reading.current?.abort();
    const own = new AbortController();
    reading.current = own;
    sendDocument(client, document, JSON.parse(json) as Variables, own.signal).then(
      (data) => {
        if (own.signal.aborted) return;
        const at = Date.now();
        keepResponse(key, { data, at });
        setState({ key, data, at, failure: null });
      },
      (error: unknown) => {
        if (own.signal.aborted) return;
        setState((last) => ({ ...(last.key === key ? last : initial(key)), failure: failureOf(error) }));
      },
    );
  }, [client, document, json, key]);

  useEffect(() => {
    if (skip) return;
    reload();
    return () => reading.current?.abort();
  }, [reload, skip]);

  useEffect(() => {
    if (everyMs === undefined || skip) return;
    const timer = setInterval(() => globalThis.document.visibilityState === 'visible' && reload(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload, skip]);

  useFeed(onResults && !skip ? reload : null);

  const shown = state.key === key ? state : initial(key);
  return { data: shown.data as Result | null, at: shown.at, failure: shown.failure, reload };
}

function initial(key: string): State {
  const kept = keptResponse(key);
  return { key, data: kept?.data ?? null, at: kept?.at ?? null, failure: null };
}
