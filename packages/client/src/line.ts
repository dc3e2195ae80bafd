import { createClient, type Client as SocketClient } from 'graphql-ws/client';
import type { Addresses } from './addresses.ts';
import { backOffMs, sleep } from './back-off.ts';
import { lineSocketClass } from './line-socket.ts';
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
   * subscriptions that begin then share one attempt to connect.
   */
  ready(): Promise<void>;
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
  /** Aborted when the client is closed. */
  readonly closed: AbortSignal;
}

export function createLine(options: LineOptions): Line {
  const { addresses, onRetry, closed } = options;
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

  /** Asks for what a connection begins with. The key comes first: an address is not at fault for a key that cannot be had. */
  async function prepare(): Promise<string> {
    if (closed.aborted) throw new Error('The client is closed.');
    const own = connection;
    // What is no JSON fails here, before a socket is opened for it.
    const shown = JSON.stringify(await options.connectionParams());
    const chosen = await addresses.choose();
    if (own !== connection) throw new Error('The connection was given up meanwhile.');
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
        address = null;
      },
      opened: () => {
        reached = true;
      },
      connected: () => {
        open = true;
      },
      closed: () => {
        open = false;
      },
    },
  });
  watchPulse(sockets, options.pongLimitMs);

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
    // Apart: this runs within an event of graphql-ws, whose other listeners a throw would skip.
    queueMicrotask(() => onRetry?.(retry));
  }

  async function pause(): Promise<void> {
    while (performance.now() < resumeAt && !closed.aborted) await sleep(resumeAt - performance.now(), closed);
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
    thrive() {
      failures = 0;
    },
    async close() {
      if (open) await sockets.dispose();
      else sockets.terminate();
    },
  };
}
