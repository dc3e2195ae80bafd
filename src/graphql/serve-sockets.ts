import type { IncomingMessage, Server } from 'node:http';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import {
  CloseCode,
  type Context as Ctx,
  handleProtocols,
  makeServer,
  type SubscribePayload,
} from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Access } from '../access/access.ts';
import type { Admit } from '../access/admission.ts';
import type { Logger } from '../logger.ts';
import { chargeOperation } from './charge-operations.ts';
import { createConnection } from './connection.ts';
import type { Context } from './context.ts';
import { maskError } from './errors.ts';
import { type Guards, withoutHttp } from './guards.ts';
import { refusalOfJson } from './json.ts';
import { MAX_SOCKET_MESSAGE_BYTES, type SocketLimits } from './limits.ts';
import { operationOf } from './payload.ts';
import { createReaper } from './reap-sockets.ts';
import { inRequest } from './request-scope.ts';
import type { Outlet, SharedExecutions, SubscribeArgs } from './share-executions.ts';
import { addressOf, createMessageGate, createSocketQuota } from './socket-quota.ts';

const INIT_WAIT_MS = 3_000;

/** What parses, validates and executes an operation, as for HTTP. */
interface Enveloped {
  parse(text: string): SubscribeArgs['document'];
  validate(schema: GraphQLSchema, document: SubscribeArgs['document']): readonly Error[];
  readonly schema: GraphQLSchema;
  execute(args: unknown): never;
}

interface Extra {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  /** From the connection's acknowledgement on; it stays the same for its life. */
  access: Access | null;
  outletOf(id: string): Outlet;
}

interface OperationArgs extends SubscribeArgs {
  readonly schema: GraphQLSchema;
  readonly rootValue: { readonly outlet: Outlet; readonly execute: Enveloped['execute'] };
}

interface Deps {
  readonly http: Server;
  readonly path: string;
  readonly envelop: (request: IncomingMessage, params: SubscribePayload) => Enveloped;
  readonly admit: Admit;
  readonly createContext: (access: Access, request: IncomingMessage) => Context;
  readonly executions: SharedExecutions;
  readonly guards: Guards;
  readonly limits: SocketLimits;
  readonly log: Logger;
}

/**
 * graphql-transport-ws on one http server. graphql-ws keeps the protocol (init, subscribe, complete, errors, queries and mutations); the
 * `next` messages of subscriptions are written by the shared executions.
 */
export function serveSockets(deps: Deps): WebSocketServer {
  const { http, path, guards, limits, log } = deps;
  const quota = createSocketQuota(limits.perAddress);
  const sockets = new WebSocketServer({
    server: http,
    path,
    maxPayload: MAX_SOCKET_MESSAGE_BYTES,
    // A browser or proxy without the subprotocol is still answered, and closed with 4406 by graphql-ws.
    handleProtocols,
    verifyClient({ req }: { req: IncomingMessage }, answer) {
      if (!guards.origins.allows(req)) answer(false, 403, 'Foreign origin');
      else if (quota.isFull(req)) answer(false, 429, 'Too many sockets', { 'Retry-After': '10' });
      else answer(true);
    },
  });
  // Errors of the http server arrive here, too, and one that nobody hears ends the process: whoever listens reports it.
  sockets.on('error', (error) => log.debug({ err: error }, 'http server error'));
  const protocol = createProtocol(deps);
  const reaper = createReaper({ ...limits, log });
  sockets.once('close', () => reaper.stop());
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const connection = createConnection(socket, request.socket);
    const mayPass = createMessageGate(limits.messagesPer10s);
    quota.count(socket, request);
    reaper.watch(connection);
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
          socket.on('message', (data, isBinary) => {
            if (socket.readyState !== socket.OPEN) return;
            if (isBinary) return socket.close(CloseCode.BadRequest, 'Only text messages');
            if (!mayPass()) return socket.close(TOO_MANY_MESSAGES, 'Too many messages');
            const text = String(data);
            if (refusalOfJson(text) !== null)
              return socket.close(CloseCode.BadRequest, 'Invalid message received');
            take(text).catch((error: unknown) => closeOn(error, socket, log));
          }),
      },
      { request, socket, access: null, outletOf: (id) => connection.outlet(operationOf(id)) },
    );
    socket.once('error', (error) => log.debug({ err: error }, 'websocket error'));
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'websocket close'));
    });
  });
  return sockets;
}

/** graphql-ws uses it for a second connection_init; "too many requests" is what it says. */
const TOO_MANY_MESSAGES = 4429;
/** "Try Again Later". */
const TRY_AGAIN = 1013;

/**
 * 4403 "Forbidden": the client asks for new parameters and tries again. Not 4401, after which the library's client gives up for good.
 */
const FORBIDDEN = 4403;

function createProtocol({ envelop, admit, createContext, executions, guards, limits, log }: Deps) {
  /** A socket that shows a valid credential keeps its access until that ends; then it is closed. */
  async function connect({ connectionParams, extra }: Ctx<Record<string, unknown>, Extra>): Promise<boolean> {
    const { socket, request } = extra;
    const admission = await admit(authorizationIn(connectionParams), addressOf(request));
    if ('refusal' in admission) {
      if (admission.refusal === 'UNAVAILABLE') socket.close(TRY_AGAIN, 'Try again later');
      return false;
    }
    extra.access = admission.access;
    const stopListening = admission.onEnd(() => socket.close(FORBIDDEN, 'Forbidden'));
    socket.once('close', stopListening);
    if (socket.readyState !== socket.OPEN) stopListening();
    return true;
  }

  async function prepare(ctx: Ctx<Record<string, unknown>, Extra>, id: string, params: SubscribePayload) {
    if (Object.keys(ctx.subscriptions).length > limits.operations) {
      const message = `A socket runs at most ${limits.operations} operations at a time.`;
      return [new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED' } })];
    }
    const { access } = ctx.extra;
    // graphql-ws lets nobody subscribe before the acknowledgement.
    if (access === null) throw new Error('an operation came before its connection was acknowledged');
    const { parse, validate, schema, execute } = envelop(ctx.extra.request, params);
    const document = parse(guards.persisted.textOf(params) ?? '');
    const errors = validate(schema, document);
    if (errors.length > 0) return errors.map((error) => maskError(error, log) as GraphQLError);
    const operation = {
      schema,
      document,
      operationName: params.operationName ?? null,
      variableValues: params.variables ?? null,
      contextValue: createContext(access, ctx.extra.request),
    };
    const refusal = await chargeOperation(operation, guards.rules);
    if (refusal !== null) return [refusal];
    return { ...operation, rootValue: { execute, outlet: ctx.extra.outletOf(id) } };
  }

  return makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onConnect: connect,
    // A rejection would close the socket, too: an operation that was given up is told to its own.
    execute: (args) => {
      const { rootValue, contextValue } = args as unknown as OperationArgs;
      return inRequest(contextValue, async () => {
        try {
          return await rootValue.execute(args);
        } catch (error) {
          return { errors: [withoutHttp(maskError(error, log) as GraphQLError)] };
        }
      });
    },
    subscribe: (args) => {
      const operation = args as unknown as OperationArgs;
      return executions
        .subscribe(operation, operation.rootValue.outlet)
        .catch((error: unknown) => ({ errors: [maskError(error, log) as GraphQLError] }));
    },
    // A throw would close the socket and end every other subscription on it: errors are answers.
    async onSubscribe(ctx, id, params) {
      const answer = await prepare(ctx, id, params).catch((error: unknown) => [
        maskError(error, log) as GraphQLError,
      ]);
      return Array.isArray(answer) ? answer.map(withoutHttp) : answer;
    },
  });
}

/** `{ authorization: "Bearer …" }`, as a header; only the name's case is free. */
function authorizationIn(params: Readonly<Record<string, unknown>> | undefined): string | null {
  const value = params?.authorization ?? params?.Authorization;
  return typeof value === 'string' ? value : null;
}

/** A message that only a server may send is the client's mistake; anything else is ours. */
function closeOn(error: unknown, socket: WebSocket, log: Logger): void {
  if (error instanceof Error && error.message.startsWith('Unexpected message of type')) {
    socket.close(CloseCode.BadRequest, 'Invalid message received');
    return;
  }
  log.error({ err: error }, 'a websocket message failed');
  socket.close(CloseCode.InternalServerError, 'Internal server error');
}
