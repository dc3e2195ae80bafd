import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

/** One subscription as the server sees it. */
export interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Number of its connection, from 1. */
  readonly connection: number;
  readonly socket: WebSocket;
  /** The client has ended it. */
  ended: boolean;
  next(data: unknown): void;
  error(code: string): void;
  complete(): void;
}

export interface LogServer {
  readonly url: string;
  readonly asked: Asked[];
  /** Payloads of connection_init, in order. */
  readonly inits: unknown[];
  readonly sockets: WebSocketServer;
  close(): Promise<void>;
}

/** The server side of graphql-transport-ws as a script: what a test wants to happen on the wire, happens. */
export async function startLogServer(script: {
  /** Null acknowledges, a number closes with it, 'SILENT' does nothing. */
  readonly init?: (payload: unknown, connection: number) => number | null | 'SILENT';
  readonly subscribe: (asked: Asked) => unknown;
  /** Responds to HTTP requests, which have no response by default. */
  readonly respond?: (response: ServerResponse) => unknown;
}): Promise<LogServer> {
  const http = createServer((_request, response) => script.respond?.(response)).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const sockets = new WebSocketServer({ server: http });
  const asked: Asked[] = [];
  const inits: unknown[] = [];
  let connections = 0;
  sockets.on('connection', (socket) => {
    connections += 1;
    const connection = connections;
    const open = new Map<string, Asked>();
    const send = (message: object) => socket.send(JSON.stringify(message));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; id: string; payload: never };
      if (message.type === 'ping') send({ type: 'pong' });
      if (message.type === 'complete') {
        const one = open.get(message.id);
        if (one !== undefined) one.ended = true;
      }
      if (message.type === 'connection_init') {
        inits.push(message.payload);
        const answer = script.init?.(message.payload, connection) ?? null;
        if (answer === null) send({ type: 'connection_ack' });
        else if (answer !== 'SILENT') socket.close(answer, 'as the script says');
      }
      if (message.type === 'subscribe') {
        const { id, payload } = message;
        const one: Asked = {
          query: (payload as { query: string }).query,
          variables: (payload as { variables: Record<string, unknown> }).variables,
          connection,
          socket,
          ended: false,
          next: (value) => send({ id, type: 'next', payload: { data: value } }),
          error: (code) => send({ id, type: 'error', payload: [{ message: code, extensions: { code } }] }),
          complete: () => send({ id, type: 'complete' }),
        };
        open.set(id, one);
        asked.push(one);
        script.subscribe(one);
      }
    });
  });
  const close = async () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    http.closeAllConnections();
    if (http.listening) await new Promise((resolve) => http.close(resolve));
  };
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`,
    asked,
    inits,
    sockets,
    close,
  };
}

/** Events of a job's log; the last one ends it. */
export function eventBatch(from: number, to: number, last: number) {
  const events = Array.from({ length: to - from + 1 }, (_, i) => ({
    seq: from + i,
    type: from + i === last ? 'JOB_COMPLETED' : 'ITEM_PROGRESSED',
  }));
  return { jobEvents: { events, cursor: to, caughtUp: to === last, gap: false } };
}
