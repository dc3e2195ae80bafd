import type { Client as SocketClient } from 'graphql-ws/client';
import { type Awaitable, createAddresses, type Url } from './addresses.ts';
import { type Connection, createConnectionReports } from './connection-state.ts';
import type { Rejection } from './diagnose.ts';
import {
  type AnyDocument,
  type DocumentParams,
  paramsOf,
  type TypedDocument,
  textOf,
  type WithVariables,
} from './document.ts';
import type { Retry } from './line.ts';
import { createLines, type Lines } from './lines.ts';
import { watchPage } from './page-events.ts';
import {
  type GraphQLResponse,
  initOf,
  type Operation,
  type RequestOptions,
  sendOperation,
} from './request.ts';
import { RequestError, toRequestError } from './request-error.ts';

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
  readonly timeoutMs?: number;
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
  /** Whether the client is connected, and if not, why. One state for all its sockets and requests. */
  readonly connection: Connection;
  /** Tries again at once instead of at the end of the pause, and asks open sockets for a sign of life. */
  reconnectNow(): void;
  /** One query or mutation over HTTP. Throws RequestError, and the reason of the signal. */
  request<Result = unknown>(
    document: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<Result>;
  request<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...rest: WithVariables<Variables, RequestOptions>
  ): Promise<Result>;
  /** One query or mutation over HTTP: the response with its errors, for links of other clients. Throws RequestError when there is none. */
  execute(
    document: AnyDocument,
    variables?: unknown,
    options?: RequestOptions & { readonly operationName?: string | undefined },
  ): Promise<GraphQLResponse>;
  /** What is sent for a document, over any transport. */
  paramsOf(document: AnyDocument): Promise<DocumentParams>;
  /** Aborted by `close`: followers end. */
  readonly closed: AbortSignal;
  close(): Promise<void>;
}

/**
 * A client of `http(s)://host:port/graphql`, of the first of several such addresses that answers, or of what a function returns. Its sockets
 * are opened when subscriptions need them; followers (`followJob`, `followAnalyses`, `watchJob`) open a new one after what they have
 * whenever one is lost. Needs nothing but graphql-ws and the platform's WebSocket and fetch. Sends nothing before the first request or
 * follower, so a module may call it where pages are rendered.
 */
export function connect(url: Url, options: ClientOptions = {}): Client {
  const { key, connectionParams, headers, persisted = false, timeoutMs = 30_000 } = options;
  const { pingMs = 10_000, pongLimitMs = 5_000 } = options;
  const addresses = createAddresses(url, 2 * pongLimitMs);
  const closing = new AbortController();
  const closed = closing.signal;
  const reports = createConnectionReports();
  let wasLive = false;
  let stopWatching: (() => void) | null = null;

  async function authorization(): Promise<{ authorization?: string }> {
    if (key === undefined) return {};
    return { authorization: `Bearer ${typeof key === 'string' ? key : await key()}` };
  }

  const requester = {
    addresses,
    timeoutMs,
    headers: async () => ({ ...(await authorization()), ...(await headers?.()) }),
    closed,
    onResponse(signedOut: RequestError | null) {
      wasLive ||= signedOut === null;
      const code = 'UNAUTHENTICATED';
      reports.report(
        requester,
        signedOut === null ? { status: 'live' } : { status: 'signedOut', reason: signedOut.message, code },
      );
    },
  };

  /** A key that cannot change is rejected for good. A wrong address may be that of a server that is being replaced, if it was right before. */
  function isFatal({ status }: Rejection): boolean {
    if (status === 'refused') return !wasLive && addresses.count === 1;
    return typeof key !== 'function' && connectionParams === undefined;
  }

  const lines = createLines(
    {
      addresses,
      connectionParams: async () => ({ ...(await authorization()), ...(await connectionParams?.()) }),
      webSocket: options.webSocket,
      pingMs,
      pongLimitMs,
      onRetry: options.onRetry,
      reports: {
        report(source, report) {
          wasLive ||= report?.status === 'live';
          reports.report(source, report);
          // A socket says what is the case now. What a request said before is older.
          if (report !== null) reports.report(requester, null);
        },
      },
      // A chunk of its own, which a page loads when its connection fails.
      async diagnose(address) {
        const { diagnose } = await import('./diagnose.ts');
        const init = () => initOf(requester, { text: '', query: '{ __typename }' });
        return diagnose(address, init, pongLimitMs, closed);
      },
      isFatal,
      closed,
    },
    {
      operationsPerSocket: options.operationsPerSocket ?? 100,
      maxSockets: options.maxSockets ?? 10,
      // A client that a module makes on a server, and that follows nothing, listens to no page.
      onFirstUse() {
        const onFreeze = () => lines.all().forEach((line) => void line.cut());
        if (!closed.aborted) stopWatching = watchPage({ onWake: reconnectNow, onFreeze });
      },
    },
  );

  function reconnectNow(): void {
    for (const line of lines.all()) line.hurry();
  }

  const operationOf = async (document: AnyDocument, variables: unknown): Promise<Operation> => ({
    ...(await paramsOf(document, persisted)),
    text: await textOf(document),
    variables,
  });

  return {
    sockets: lines.first.sockets,
    lines,
    connection: reports,
    reconnectNow,
    paramsOf: (document) => paramsOf(document, persisted),
    async request(document: AnyDocument, variables?: unknown, given?: RequestOptions) {
      const {
        data,
        errors = [],
        details,
      } = await sendOperation(requester, await operationOf(document, variables), given);
      if (errors.length > 0) throw toRequestError(errors, details);
      // The document's type says what the server answers to it; the schema drift test holds both together.
      return data as never;
    },
    async execute(document, variables, { operationName, ...given } = {}) {
      const operation = { ...(await operationOf(document, variables)), operationName };
      const { details: _details, ...response } = await sendOperation(requester, operation, given);
      return response;
    },
    closed,
    async close() {
      stopWatching?.();
      closing.abort(new RequestError('The client was closed.', 'UNREACHABLE'));
      await lines.close();
    },
  };
}
