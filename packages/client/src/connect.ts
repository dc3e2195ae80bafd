import type { Client as SocketClient } from 'graphql-ws/client';
import { type Awaitable, createAddresses, type Url } from './addresses.ts';
import { startDeadline } from './deadline.ts';
import { type DocumentParams, paramsOf, type TypedText } from './document.ts';

import type { Retry } from './line.ts';
import { createLines, type Lines } from './lines.ts';
import { noResponse, post } from './post.ts';
import { RequestError } from './request-error.ts';

export type { Interruption, Retry } from './line.ts';
export { RequestError } from './request-error.ts';

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
  /** Called before each wait for a new connection, to show that live data is late. */
  readonly onRetry?: (retry: Retry) => void;
  /** Silence after which the socket is asked for a sign of life. */
  readonly pingMs?: number;
  /**
   * A socket that does not answer for so long, or does not open within twice the time, is given up. Asking for its address and key is a
   * part of opening it.
   */
  readonly pongLimitMs?: number;
  /** Time for the whole response to a request; default 30,000. It begins anew at each further address. */
  readonly requestMs?: number;
  /**
   * Followers that share one socket; default 100, as the server's `SOCKET_OPERATIONS`. More followers get more sockets. A server with a
   * lower limit is noticed by its `LIMIT_EXCEEDED`.
   */
  readonly operationsPerSocket?: number;
  /**
   * Sockets of followers at a time; default 10, a hundredth of the server's `SOCKETS_PER_ADDRESS`. When all are full, a new follower throws
   * RequestError with the code TOO_MANY_SOCKETS. A follower that was subscribed before waits for room instead.
   */
  readonly maxSockets?: number;
}

export interface Client {
  /** The first socket, for subscriptions of your own. They are not counted among the operations of followers. */
  readonly sockets: SocketClient;
  /** The sockets of followers. */
  readonly lines: Lines;
  /** One query or mutation over HTTP. Throws RequestError. */
  request<Result, Variables>(document: TypedText<Result, Variables>, variables: Variables): Promise<Result>;
  /** What is sent for a document, over any transport. */
  paramsOf<Result, Variables>(document: TypedText<Result, Variables>): DocumentParams;
  /** Aborted by `close`: followers end. */
  readonly closed: AbortSignal;
  close(): Promise<void>;
}

/**
 * A client of `http(s)://host:port/graphql`, of the first of several such addresses that answers, or of what a function returns. Its sockets
 * are opened when subscriptions need them; followers (`followJob`, `followAnalyses`, `watchJob`) open a new one after what they have
 * whenever one is lost. Needs nothing but graphql-ws and the platform's WebSocket and fetch.
 */
export function connect(url: Url, options: ClientOptions = {}): Client {
  const { key, connectionParams, headers, persisted = false, requestMs = 30_000 } = options;
  const { pingMs = 10_000, pongLimitMs = 5_000 } = options;
  const addresses = createAddresses(url, 2 * pongLimitMs);
  const closing = new AbortController();

  async function authorization(): Promise<{ authorization?: string }> {
    if (key === undefined) return {};
    return { authorization: `Bearer ${typeof key === 'string' ? key : await key()}` };
  }

  const lines = createLines(
    {
      addresses,
      connectionParams: async () => ({ ...(await authorization()), ...(await connectionParams?.()) }),
      webSocket: options.webSocket,
      pingMs,
      pongLimitMs,
      onRetry: options.onRetry,
      closed: closing.signal,
    },
    options.operationsPerSocket ?? 100,
    options.maxSockets ?? 10,
  );

  async function initOf(document: TypedText<unknown, unknown>, variables: unknown): Promise<RequestInit> {
    return {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(await authorization()),
        ...(await headers?.()),
      },
      body: JSON.stringify({ ...paramsOf(document, persisted), variables }),
    };
  }

  async function send(
    document: TypedText<unknown, unknown>,
    variables: unknown,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const deadline = startDeadline(requestMs, noResponse(requestMs), closing.signal);
    const init = await deadline.within(initOf(document, variables)).finally(deadline.clear);
    const repeatable = isRepeatable(document.toString());
    return post(addresses, init, { repeatable, limitMs: requestMs, closed: closing.signal });
  }

  return {
    sockets: lines.first.sockets,
    lines,
    paramsOf: (document) => paramsOf(document, persisted),
    async request(document, variables) {
      const { status, text } = await send(document as never, variables);
      const { data, errors } = toAnswer(text);
      const [error] = errors ?? [];
      if (error !== undefined || data == null) {
        throw new RequestError(error?.message ?? `HTTP ${status}`, error?.extensions?.code ?? null);
      }
      // The document's type says what the server answers to it; the schema drift test holds both together.
      return data as never;
    },
    closed: closing.signal,
    async close() {
      closing.abort(new RequestError('The client was closed.', 'UNREACHABLE'));
      await lines.close();
    },
  };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** A body that is no JSON comes from something before the server; its status says what happened. */
function toAnswer(text: string): Answer {
  try {
    return (JSON.parse(text) as Answer | null) ?? {};
  } catch {
    return {};
  }
}

/** A query has no effect: it may be sent again when nobody knows whether it arrived. */
function isRepeatable(text: string): boolean {
  return !/(^|[\s,}])mutation\b/.test(text);
}
