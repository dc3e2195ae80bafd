import { createContext, createElement, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Client } from './connect.ts';
import type { ConnectionState } from './connection-state.ts';
import type { TypedDocument } from './document.ts';
import { type AnalysisBatch, type FollowAnalysesOptions, followAnalyses } from './follow-analyses.ts';
import { followJob, GapError } from './follow-job.ts';
import { applyEvent, type JobItem } from './job-items.ts';
import { type Live, LOADING, liveStoreOf, type Source } from './live-store.ts';
import { type JobStatus, watchJob } from './watch-job.ts';
import { type WatchedList, watchWatchlist } from './watch-watchlist.ts';

export type { JobItem } from './job-items.ts';
export type { Live } from './live-store.ts';

export interface HookOptions {
  /**
   * True: the component waits in Suspense for the first data, and an error goes to the error boundary. On a server such a component renders the
   * fallback. Default: false.
   */
  readonly suspense?: boolean;
}

export type Analysis = AnalysisBatch['analyses'][number];

const ClientContext = createContext<Client | null>(null);

/** Gives the client to the hooks of the components inside. */
export function ClientProvider(props: { readonly client: Client; readonly children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: props.client }, props.children);
}

/** The client of the page. Throws when no `ClientProvider` is above the component. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('Put a <ClientProvider client={connect(…)}> above this component.');
  return client;
}

/** Whether the page is connected, and if not, why. `useClient().reconnectNow()` does not wait for the next attempt. */
export function useConnection(): ConnectionState {
  const { connection } = useClient();
  return useSyncExternalStore(connection.subscribe, connection.current, connection.current);
}

function useLive<Value>(
  key: string,
  source: (client: Client) => Source<Value>,
  options: HookOptions,
): Live<Value> {
  const client = useClient();
  const store = liveStoreOf(client, key, source(client));
  const live = useSyncExternalStore(store.subscribe, store.current, () => LOADING);
  if (options.suspense !== true) return live;
  if (live.data === null && live.error !== null) throw live.error;
  if (!live.isLoading) return live;
  if (typeof document === 'undefined')
    throw new Error('The data comes in the browser: this is the place of the fallback.');
  throw store.first();
}

/** The newest state of a job, until it ends. */
export function useJob(jobId: string, options: HookOptions = {}): Live<JobStatus> {
  return useLive(
    `job ${jobId}`,
    (client) => async (publish, signal) => {
      for await (const status of watchJob(client, jobId, { signal })) publish(() => status);
    },
    options,
  );
}

export interface JobItems {
  /** In the order in which workers claimed them first. An item is the same object until it changes. */
  readonly items: readonly JobItem[];
  /** Progress of the whole job, percent. */
  readonly progress: number;
  /** Position of the last event in the log of the job. */
  readonly seq: number;
  /** True: retention has removed events, so that items may be missing. */
  readonly gap: boolean;
}

/** The items of a job as workers claim, advance and finish them. However many events come, the component renders once per frame. */
export function useJobItems(jobId: string, options: HookOptions = {}): Live<JobItems> {
  return useLive(`items ${jobId}`, (client) => itemsOf(client, jobId), options);
}

function itemsOf(client: Client, jobId: string): Source<JobItems> {
  return async (publish, signal) => {
    const items = new Map<string, JobItem>();
    const about = { progress: 0, seq: 0, gap: false };
    const follow = async () => {
      for await (const event of followJob(client, jobId, { after: about.seq, signal })) {
        applyEvent(items, event);
        about.seq = event.seq;
        about.progress = event.progress;
        publish(() => ({ ...about, items: [...items.values()] }));
      }
    };
    for (;;) {
      try {
        return await follow();
      } catch (error) {
        if (!(error instanceof GapError)) throw error;
        about.seq = error.resumeAfter;
        about.gap = true;
      }
    }
  };
}

export interface AnalysesOptions extends HookOptions {
  readonly filter?: FollowAnalysesOptions['filter'];
  /** Where to begin; default NOW. */
  readonly from?: FollowAnalysesOptions['from'];
  /** Number of results to keep; default 100. */
  readonly limit?: number;
}

/** The newest results of the workspace, newest first, as they are stored. */
export function useAnalyses({
  filter,
  from = 'NOW',
  limit = 100,
  ...options
}: AnalysesOptions = {}): Live<readonly Analysis[]> {
  return useLive(
    `analyses ${JSON.stringify([filter, from, limit])}`,
    (client) => async (publish, signal) => {
      let newest: readonly Analysis[] = [];
      for await (const { analyses } of followAnalyses(client, {
        ...(filter !== undefined && { filter }),
        from,
        signal,
      })) {
        newest = [...[...analyses].reverse(), ...newest].slice(0, limit);
        const read = newest;
        publish(() => read);
      }
    },
    options,
  );
}

/** A watchlist with the status and the newest result of its items. */
export function useWatchlist(watchlistId: string, options: HookOptions = {}): Live<WatchedList> {
  return useLive(
    `watchlist ${watchlistId}`,
    (client) => async (publish, signal) => {
      for await (const list of watchWatchlist(client, watchlistId, { signal })) publish(() => list);
    },
    options,
  );
}

/** Numbers of documents that are objects: a document is compiled once and kept in a module, so equal ones are the same object. */
const numbers = new WeakMap<object, number>();
let numbered = 0;

/** Equal for the same document only. */
function nameOf(document: unknown): string {
  if (typeof document !== 'object' || document === null) return `text ${String(document)}`;
  const known = numbers.get(document) ?? numbered;
  if (known === numbered) {
    numbers.set(document, numbered);
    numbered += 1;
  }
  return `document ${known}`;
}

/** The result of a query. It is sent when the first component with the same document and variables is shown; `reload` sends it again. */
export function useRequest<Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  options: HookOptions = {},
): Live<Result> {
  return useLive(
    `request ${nameOf(document)} ${JSON.stringify(variables)}`,
    (client) => async (publish, signal) => {
      const request = client.request as (...given: readonly unknown[]) => Promise<Result>;
      const result = await request(document, variables, { signal });
      publish(() => result);
    },
    options,
  );
}
