import { createClient, type Client as SocketClient } from 'graphql-ws/client';
import { backOffMs, sleep } from './back-off.ts';
import { type DocumentParams, paramsOf } from './document.ts';
import type { TypedDocumentString } from './generated/graphql.ts';
import { socketClass, watchPulse } from './watch-pulse.ts';

/** The server refused an operation; `code` is stable. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string | null;
  constructor(message: string, code: string | null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a connection ended or did not come to be. */
export interface Interruption {
  /** Close code of the websocket; null when it was never open. */
  readonly closeCode: number | null;
  readonly cause: unknown;
  /** Which connection: followers that share it wait together, and one that learns of it late does not wait again. */
  readonly connection: number;
}

export interface Retry extends Interruption {
  /** Tries that failed since data came last. */
  readonly failures: number;
  readonly delayMs: number;
}

type Awaitable<T> = T | Promise<T>;
type Url = string | readonly string[] | (() => Awaitable<string>);

export interface ClientOptions {
  /**
   * An API key or token, shown on sockets and in requests alike. A function is asked anew for every connection and request, so a token may
   * have run out meanwhile.
   */
  readonly key?: string | (() => Awaitable<string>);
  /** What else a socket shows at its beginning. Asked anew for every connection, so a token may have run out meanwhile. */
  readonly connectionParams?: () => Awaitable<Record<string, unknown>>;
  /** Headers of HTTP requests. Asked anew for every request. */
  readonly headers?: () => Awaitable<Record<string, string>>;
  /** True: the server has the documents among its persisted operations, and their hashes are sent in their place. */
  readonly persisted?: boolean;
  /** A WebSocket class, where there is no global one (Node before 22). */
  readonly webSocket?: unknown;
  /** Told before each wait for a new connection, to show that live data is late. */
  readonly onRetry?: (retry: Retry) => void;
  /** Silence after which the socket is asked for a sign of life. */
  readonly pingMs?: number;
  /** A socket that does not answer for so long, or does not open within twice the time, is given up. */
  readonly pongLimitMs?: number;
}

export interface Client {
  readonly sockets: SocketClient;
  /** One query or mutation over HTTP. Throws RequestError. */
  request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
  /** What is sent for a document, over any transport. */
  paramsOf<Result, Variables>(document: TypedDocumentString<Result, Variables>): DocumentParams;
  /** Chooses the address of the next connection; to be awaited before a subscription. */
  prepare(): Promise<void>;
  /** Waits before the next try, once for all followers of the lost connection. */
  waitAfter(interruption: Interruption, signal: AbortSignal): Promise<void>;
  /** Number of the newest connection. */
  readonly connection: number;
  /** Data came: the next interruption is the first of its kind. */
  thrive(): void;
  /** Aborted by `close`: followers end. */
  readonly closed: AbortSignal;
  close(): Promise<void>;
}

/**
 * A client of `http(s)://host:port/graphql`, of the first of several such addresses that answers, or of what a function answers. Its socket
 * is opened when a subscription needs it; followers (`followJob`, `followAnalyses`, `watchJob`) open a new one behind what they have
 * whenever it is lost. Needs nothing but graphql-ws and the platform's WebSocket and fetch.
 */
export function connect(url: Url, options: ClientOptions = {}): Client {
  const {
    key,
    connectionParams,
    headers,
    onRetry,
    persisted = false,
    pingMs = 10_000,
    pongLimitMs = 5_000,
  } = options;
  const nextUrl = chooser(url);
  const closing = new AbortController();
  let httpUrl: string | null = null;
  let open = false;
  let connection = 0;
  let failures = 0;
  let waitedFor = 0;
  let resumeAt = 0;
  let preparing: Promise<void> | null = null;

  async function choose(): Promise<string> {
    httpUrl ??= await nextUrl();
    return httpUrl;
  }

  async function authorization(): Promise<{ authorization?: string }> {
    if (key === undefined) return {};
    return { authorization: `Bearer ${typeof key === 'string' ? key : await key()}` };
  }

  const sockets = createClient({
    url: async () => (await choose()).replace(/^http/, 'ws'),
    webSocketImpl: socketClass(options.webSocket),
    connectionParams: async () => ({ ...(await authorization()), ...(await connectionParams?.()) }),
    // The library's retry would repeat a subscription with its old cursor: whoever follows begins a new one (see resume.ts).
    retryAttempts: 0,
    lazyCloseTimeout: 1_000,
    keepAlive: pingMs,
    onNonLazyError: () => undefined,
    on: {
      connecting: () => {
        connection += 1;
      },
      connected: () => {
        open = true;
      },
      closed: () => {
        open = false;
      },
    },
  });
  watchPulse(sockets, pongLimitMs);

  return {
    sockets,
    paramsOf: (document) => paramsOf(document, persisted),
    async request(document, variables) {
      const response = await fetch(await choose(), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...(await authorization()),
          ...(await headers?.()),
        },
        body: JSON.stringify({ ...paramsOf(document, persisted), variables }),
        signal: closing.signal,
      }).catch((cause: unknown) => {
        if (!open) httpUrl = null;
        throw new RequestError('The server cannot be reached.', 'UNREACHABLE', { cause });
      });
      const { data, errors } = (await response.json().catch(() => ({}))) as Answer;
      const [error] = errors ?? [];
      if (error !== undefined || data == null) {
        throw new RequestError(error?.message ?? `HTTP ${response.status}`, error?.extensions?.code ?? null);
      }
      // The document's type says what the server answers to it; the schema drift test holds both together.
      return data as never;
    },
    prepare() {
      if (open) return Promise.resolve();
      preparing ??= choose().then(
        () => {
          preparing = null;
        },
        (error: unknown) => {
          preparing = null;
          connection += 1;
          throw error;
        },
      );
      return preparing;
    },
    waitAfter(interruption, signal) {
      if (interruption.connection > waitedFor) {
        waitedFor = interruption.connection;
        const delayMs = backOffMs(failures, interruption.closeCode);
        failures += 1;
        httpUrl = null;
        resumeAt = performance.now() + delayMs;
        onRetry?.({ ...interruption, failures, delayMs });
      }
      return sleep(resumeAt - performance.now(), signal);
    },
    get connection() {
      return connection;
    },
    thrive() {
      failures = 0;
    },
    closed: closing.signal,
    async close() {
      closing.abort();
      if (open) await sockets.dispose();
      else sockets.terminate();
    },
  };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** The addresses in turn, beginning anywhere: clients spread over the nodes, and one that lost a node tries the next. */
function chooser(url: Url): () => Promise<string> {
  if (typeof url === 'function') return async () => absolute(await url());
  const urls = (typeof url === 'string' ? [url] : url).map(absolute);
  let turn = Math.floor(Math.random() * urls.length);
  return async () => {
    const chosen = urls[turn % urls.length];
    turn += 1;
    if (chosen === undefined) throw new Error('Give at least one address.');
    return chosen;
  };
}

/** In a page, `/graphql` is enough. Throws TypeError for what is no address. */
function absolute(url: string): string {
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  return new URL(url, page).href;
}
