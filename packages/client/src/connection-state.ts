/** The connection of a page or program to the API: one state for all its sockets and requests. */
export type ConnectionState =
  /** No socket has been opened yet, or the first one is being opened. */
  | { readonly status: 'connecting'; readonly since: number }
  /** The server has acknowledged a socket, or responded to a request while there is no socket. */
  | { readonly status: 'live'; readonly since: number }
  /** A connection was lost or did not come to be. The client tries again at `retryAt`. */
  | {
      readonly status: 'retrying';
      readonly since: number;
      readonly reason: string;
      readonly failures: number;
      readonly retryAt: number;
    }
  /** The server does not accept the key or token. */
  | { readonly status: 'signedOut'; readonly since: number; readonly reason: string; readonly code: string }
  /** There is no such API at the address, or it does not accept this client. */
  | { readonly status: 'refused'; readonly since: number; readonly reason: string; readonly code: string };

/** A state without `since`, the time in milliseconds since 1970 at which the status began. */
export type Report = ConnectionState extends infer State
  ? State extends ConnectionState
    ? Omit<State, 'since'>
    : never
  : never;

/** The state and its changes, in the shape that `useSyncExternalStore` takes. */
export interface Connection {
  /** The state now; the same object until it changes. */
  current(): ConnectionState;
  /** Calls the listener after each change until the returned function is called. */
  subscribe(listener: () => void): () => void;
}

export interface ConnectionReports extends Connection {
  /** What a socket or the requests (`source`) have come to; null when the source is of no interest any more. */
  report(source: object, report: Report | null): void;
}

/** The status that counts when sources differ is the first one of these. */
const ORDER = ['refused', 'signedOut', 'retrying', 'live', 'connecting'] as const;

/** The report that describes all sources. */
export function summarize(reports: Iterable<Report>): Report {
  let first: Report = { status: 'connecting' };
  for (const report of reports) {
    if (ORDER.indexOf(report.status) < ORDER.indexOf(first.status)) first = report;
  }
  return first;
}

export function createConnectionReports(now: () => number = Date.now): ConnectionReports {
  const reports = new Map<object, Report>();
  const listeners = new Set<() => void>();
  let shown: Report = { status: 'connecting' };
  let state: ConnectionState = { status: 'connecting', since: now() };
  return {
    current: () => state,
    subscribe(listener) {
      // A listener that is given twice is called twice, and removed once.
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    report(source, report) {
      if (report === null) reports.delete(source);
      else reports.set(source, report);
      const next = summarize(reports.values());
      if (next === shown || (next.status === 'live' && shown.status === 'live')) return;
      if (next.status === 'connecting' && shown.status === 'connecting') return;
      state = { ...next, since: next.status === shown.status ? state.since : now() } as ConnectionState;
      shown = next;
      // Apart: this runs within an event of a socket, whose other listeners a throw would skip.
      for (const listener of listeners) queueMicrotask(listener);
    },
  };
}
