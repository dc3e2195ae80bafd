import type { IncomingMessage, Server } from 'node:http';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../logger.ts';
import { createConnection } from './connection.ts';
import type { Context } from './context.ts';
import { maskError } from './errors.ts';
import { MAX_SOCKET_MESSAGE_BYTES } from './limits.ts';
import { operationOf } from './payload.ts';
import { createReaper } from './reap-sockets.ts';
import type { Outlet, SharedExecutions, SubscribeArgs } from './share-executions.ts';

const KEEP_ALIVE_MS = 12_000;
const INIT_WAIT_MS = 3_000;
const MAX_OPERATIONS_PER_SOCKET = 100;

/** What parses, validates and executes an operation, as for HTTP. */
export interface Enveloped {
  parse(text: string): SubscribeArgs['document'];
  validate(schema: GraphQLSchema, document: SubscribeArgs['document']): readonly Error[];
  readonly schema: GraphQLSchema;
  execute(args: unknown): never;
}

interface Extra {
  readonly request: IncomingMessage;
  readonly outletOf: (id: string) => Outlet;
  operations: number;
}

interface OperationArgs extends SubscribeArgs {
  readonly schema: GraphQLSchema;
  readonly rootValue: { readonly outlet: Outlet; readonly execute: Enveloped['execute'] };
}

/**
 * graphql-transport-ws on one http server. graphql-ws keeps the protocol (init, subscribe, complete, errors, queries and mutations); the
 * `next` messages of subscriptions are written by the shared executions.
 */
export function serveSockets(deps: {
  readonly http: Server;
  readonly path: string;
  readonly envelop: (request: IncomingMessage, params: SubscribePayload) => Enveloped;
  readonly createContext: () => Context;
  readonly executions: SharedExecutions;
  readonly log: Logger;
}): WebSocketServer {
  const { http, path, envelop, createContext, executions, log } = deps;
  const sockets = new WebSocketServer({
    server: http,
    path,
    maxPayload: MAX_SOCKET_MESSAGE_BYTES,
    handleProtocols,
    verifyClient: ({ origin, req }: { origin?: string; req: IncomingMessage }) => sameOrigin(origin, req),
  });
  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_WAIT_MS,
    execute: (args) => (args as unknown as OperationArgs).rootValue.execute(args),
    subscribe: (args) => {
      const operation = args as unknown as OperationArgs;
      return executions.subscribe(operation, operation.rootValue.outlet);
    },
    // A throw would close the socket and end every other subscription on it: errors are answers.
    onSubscribe(ctx, id, params) {
      try {
        if (ctx.extra.operations >= MAX_OPERATIONS_PER_SOCKET) {
          return [
            new GraphQLError(`A socket runs at most ${MAX_OPERATIONS_PER_SOCKET} operations at a time.`),
          ];
        }
        const { parse, validate, schema, execute } = envelop(ctx.extra.request, params);
        const document = parse(params.query);
        const errors = validate(schema, document);
        if (errors.length > 0) return errors.map((error) => maskError(error, log) as GraphQLError);
        ctx.extra.operations += 1;
        return {
          schema,
          document,
          operationName: params.operationName ?? null,
          variableValues: params.variables ?? null,
          contextValue: createContext(),
          rootValue: { execute, outlet: ctx.extra.outletOf(id) },
        };
      } catch (error) {
        return [maskError(error, log) as GraphQLError];
      }
    },
    onComplete(ctx) {
      ctx.extra.operations = Math.max(ctx.extra.operations - 1, 0);
    },
  });
  // Errors of the http server arrive here, too, and one that nobody hears ends the process: whoever listens reports it.
  sockets.on('error', (error) => log.debug({ err: error }, 'http server error'));
  const reaper = createReaper(KEEP_ALIVE_MS);
  sockets.once('close', () => reaper.stop());
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const connection = createConnection(socket, request.socket);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) =>
          new Promise((resolve, reject) => {
            if (socket.readyState !== socket.OPEN) return resolve();
            socket.send(text, (error) => (error == null ? resolve() : reject(error)));
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data) => {
            take(String(data)).catch((error: unknown) => {
              log.error({ err: error }, 'a websocket message failed');
              socket.close(4_500, 'Internal server error');
            });
          }),
      },
      { request, operations: 0, outletOf: (id) => connection.outlet(operationOf(id)) },
    );
    reaper.watch(socket);
    socket.once('error', (error) => log.debug({ err: error }, 'websocket error'));
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'websocket close'));
    });
  });
  return sockets;
}

/** Browsers name the page that opens a socket; another site's page is refused. Programs name none. */
function sameOrigin(origin: string | undefined, request: IncomingMessage): boolean {
  if (origin === undefined || origin === '') return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}
