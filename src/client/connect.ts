import { createClient, type Client as SocketClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { TypedDocumentString } from './generated/graphql.ts';

/** The server refused an operation; `code` is stable. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string | null;
  constructor(message: string, code: string | null) {
    super(message);
    this.code = code;
  }
}

export interface Client {
  readonly sockets: SocketClient;
  /** One query or mutation over HTTP. Throws RequestError. */
  request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result>;
  close(): Promise<void>;
}

/** A client of `http(s)://host:port/graphql`. Its socket is opened when a subscription needs it and comes back by itself. */
export function connect(url: string): Client {
  const sockets = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    // Repeating a subscription with its old cursor would double events: whoever follows begins a new one (see follow-job.ts).
    retryAttempts: 0,
    lazyCloseTimeout: 1_000,
    onNonLazyError: () => undefined,
  });
  return {
    sockets,
    async request(document, variables) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query: document.toString(), variables }),
      });
      const { data, errors } = (await response.json()) as Answer;
      const [error] = errors ?? [];
      if (error !== undefined || data == null) {
        throw new RequestError(error?.message ?? `HTTP ${response.status}`, error?.extensions?.code ?? null);
      }
      // The document's type says what the server answers to it; the schema drift test holds both together.
      return data as never;
    },
    close: async () => {
      await sockets.dispose();
    },
  };
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}
