import { createClient, type Client as SocketClient } from 'graphql-ws/client';
import type { Addresses } from './addresses.ts';
import { backOffMs, sleep } from './back-off.ts';
import type { ConnectionReports } from './connection-state.ts';
import type { Diagnosis, Rejection } from './diagnose.ts';
import { lineSocketClass, requirePlatformClass } from './line-socket.ts';
import { anyOf } from './post.ts';
import { RequestError } from './request-error.ts';
import { watchPulse } from './watch-pulse.ts';

/** Why a connection ended or did not come to be. */
export interface Interruption {
  /** Close code of the websocket; null when it was never open. */
  readonly closeCode: number | null;
  readonly cause: unknown;
  /** Number of the connection of its socket. Followers that share it report one interruption, which counts once. */
  readonly connection: number;
}

export interface Retry extends Interruption {
  /** Attempts that failed since data arrived last. */
  readonly failures: number;
  readonly delayMs: number;
}

/** One socket, which is opened for its first operation, and the operations of followers on it. */
export interface Line {
  readonly sockets: SocketClient;
  /** Number of the newest connection. */
  readonly connection: number;
  /** How many followers use it, including those that wait for its connection. */
  readonly operations: number;
  /** Counts a follower until the returned function is called. */
  enter(): () => void;
  /**
   * Resolves when a subscription may begin: at once while the socket is open, otherwise after the pause that follows a failure. The
   * subscriptions that begin then share one attempt to connect. Rejects when another attempt cannot help.
   */
  ready(): Promise<void>;
  /** Ends a pause. Asks an open socket for a sign of life. */
  hurry(): void;
  /** Ends the socket: the page is frozen. */
  cut(): void;
  /** No follower of the client is left. A loss is of no interest any more; a rejection is what the last attempt came to. */
  abandon(): void;
  /** The server rejected the connection for good. */
  rejected(error: RequestError): void;
  /** Reports a failure; reports of the same connection after the first one change nothing. */
  interrupted(interruption: Interruption): void;
  /** Data arrived: the next interruption is the first of its kind. */
  thrive(): void;
  close(): Promise<void>;
}

export interface LineOptions {
  readonly addresses: Addresses;
  readonly connectionParams: () => Promise<Record<string, unknown>>;
  readonly webSocket: unknown;
  readonly pingMs: number;
  readonly pongLimitMs: number;
  readonly onRetry: ((retry: Retry) => void) | undefined;
  readonly reports: Pick<ConnectionReports, 'report'>;
  /** Asks the API at an address why no connection comes to be. */
  readonly diagnose: (address: string) => Promise<Diagnosis>;
  /** Whether a rejection ends the followers; otherwise they go on trying. */
  readonly isFatal: (rejection: Rejection) => boolean;
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

/** Close code with which the server rejects a key or token, and ends what was opened with one that has expired. */
const FORBIDDEN = 4403;

/** The words of a close event or an error; empty when there are none. */
function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  const { reason } = (cause ?? {}) as { readonly reason?: unknown };
  return typeof reason === 'string' ? reason : '';
}

export function createLine(options: LineOptions): Line {
  const { addresses, onRetry, closed, reports } = options;
  let address: string | null = null;
  let reached = false;
  let open = false;
  let connection = 0;
  let operations = 0;
  let failures = 0;
  let reported = 0;
  let resumeAt = 0;
  let opening: Promise<void> | null = null;
  let params: Record<string, unknown> = {};
  /** Whether the newest connection was acknowledged. */
  let acknowledged = false;
  let diagnosing = false;
  let isRejected = false;
  let fatal: RequestError | null = null;
  let hurried = new AbortController();
  let socket: { send(text: string): void } | null = null;
  const own: object = {};

  /** Asks for what a connection begins with. The key comes first: an address is not at fault for a key that cannot be had. */
  async function prepare(): Promise<string> {
    if (closed.aborted) throw new Error('The client is closed.');
    const number = connection;
    // What is no JSON fails here, before a socket is opened for it.
    const shown = JSON.stringify(await options.connectionParams());
    const chosen = await addresses.choose();
    if (number !== connection) throw new Error('The connection was given up meanwhile.');
    params = JSON.parse(shown) as Record<string, unknown>;
    address = chosen;
    return chosen.replace(/^http/, 'ws');
  }

  const sockets = createClient({
    // A text, so that graphql-ws makes the socket at once and listens for its end from the beginning.
    url: 'chosen by the socket',
    webSocketImpl: lineSocketClass(options.webSocket, prepare),
    connectionParams: () => params,
    // The library's retry would repeat a subscription with its old cursor: a follower begins a new one (see resume.ts).
    retryAttempts: 0,
    lazyCloseTimeout: 1_000,
    keepAlive: options.pingMs,
    onNonLazyError: () => undefined,
    on: {
      connecting: () => {
        connection += 1;
        reached = false;
        acknowledged = false;
        address = null;
      },
      opened: (opened) => {
        reached = true;
        socket = opened as typeof socket;
      },
      connected: () => {
        open = true;
        acknowledged = true;
        isRejected = false;
        fatal = null;
        reports.report(own, { status: 'live' });
      },
      closed: () => {
        open = false;
        socket = null;
      },
    },
  });
  const expectPong = watchPulse(sockets, options.pongLimitMs);

  function interrupted(interruption: Interruption): void {
    if (interruption.connection <= reported) return;
    reported = interruption.connection;
    // Nothing answered at this address: another one is tried at once, and the pause comes when all have been tried.
    const refused =
      address !== null && !reached && (interruption.closeCode === null || interruption.closeCode === 1006);
    const isUntried = refused && (failures + 1) % addresses.count !== 0;
    const delayMs = isUntried ? 0 : backOffMs(failures, interruption.closeCode);
    failures += 1;
    addresses.giveUp(address);
    resumeAt = performance.now() + delayMs;
    const retry = { ...interruption, failures, delayMs };
    reportRetry(interruption);
    // Apart: this runs within an event of graphql-ws, whose other listeners a throw would skip.
    queueMicrotask(() => onRetry?.(retry));
  }

  function reportRetry({ closeCode, cause }: Interruption): void {
    const retryAt = Math.round(Date.now() + resumeAt - performance.now());
    const about = { failures, retryAt };
    if (closeCode === FORBIDDEN && !acknowledged) {
      const reason = reasonOf(cause) || 'The server does not accept the key.';
      reports.report(own, { status: 'signedOut', reason, code: 'UNAUTHENTICATED' });
    } else {
      const reason = reasonOf(cause) || 'The connection was lost.';
      reports.report(own, { status: 'retrying', reason, ...about });
    }
    if (acknowledged || address === null || diagnosing) return;
    diagnosing = true;
    const asked = connection;
    const onDiagnosis = (diagnosis: Diagnosis) => {
      // A later connection was accepted, or nobody waits any more.
      if (open || operations === 0 || (connection !== asked && acknowledged)) return;
      if (diagnosis.status !== 'retrying') {
        const { status, reason, code, httpStatus } = diagnosis;
        reports.report(own, { status, reason, code });
        if (!options.isFatal(diagnosis)) return;
        fatal = new RequestError(reason, code, { status: httpStatus });
        hurry();
      } else if (closeCode !== FORBIDDEN) {
        reports.report(own, { status: 'retrying', reason: diagnosis.reason, ...about });
      }
    };
    // Without a diagnosis, the loss itself is all that is known.
    void options
      .diagnose(address)
      .then(onDiagnosis, () => undefined)
      .finally(() => {
        diagnosing = false;
      });
  }

  function hurry(): void {
    resumeAt = 0;
    hurried.abort();
    hurried = new AbortController();
    if (!open || socket === null) return;
    socket.send('{"type":"ping"}');
    expectPong();
  }

  async function pause(): Promise<void> {
    requirePlatformClass(options.webSocket);
    while (performance.now() < resumeAt && !closed.aborted) {
      await sleep(resumeAt - performance.now(), anyOf([closed, hurried.signal]));
    }
    if (fatal !== null) throw fatal;
  }

  return {
    sockets,
    get connection() {
      return connection;
    },
    get operations() {
      return operations;
    },
    enter() {
      if (operations === 0) fatal = null;
      operations += 1;
      let inside = true;
      return () => {
        if (inside) operations -= 1;
        inside = false;
      };
    },
    ready() {
      if (open) return Promise.resolve();
      opening ??= pause().finally(() => {
        opening = null;
      });
      return opening;
    },
    interrupted,
    hurry,
    cut: () => sockets.terminate(),
    abandon() {
      if (!open && fatal === null && !isRejected) reports.report(own, null);
    },
    rejected(error) {
      isRejected = true;
      const status = error.code === 'CLOSED_4401' ? 'signedOut' : 'refused';
      reports.report(own, { status, reason: error.message, code: error.code ?? 'REFUSED' });
    },
    thrive() {
      failures = 0;
    },
    async close() {
      if (open) await sockets.dispose();
      else sockets.terminate();
    },
  };
}
