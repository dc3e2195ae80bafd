import type { IncomingMessage, Server } from 'node:http';
import { GraphQLError } from 'graphql';
import { type Context as Ctx, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Admit, Refused } from '../access/admission.ts';
import type { Access } from '../access.ts';
import { type AddressOf, limitAddressOf } from '../client-address.ts';
import { operationOf } from '../execution/payload.ts';
import { type Outlet, pass } from '../execution/receive-messages.ts';
import type { Written } from '../execution/write-result.ts';
import type { Context } from '../graphql/context.ts';
import type { Logger } from '../logger.ts';
import type { Quota } from '../rates/quota.ts';
import type { Responses } from '../server/bound-responses.ts';
import { refusalOfJson } from '../server/json.ts';
import {
  MAX_SOCKET_FRAGMENTS,
  MAX_SOCKET_MESSAGE_BYTES,
  MAX_SOCKET_READS,
  type SocketLimits,
} from '../server/limits.ts';
import type { Origins } from '../server/origins.ts';
import type { OnGone, Pipeline, Prepared } from '../server/pipeline.ts';
import { closeCodes } from './close-codes.ts';
import { createConnection } from './connection.ts';
import { type ClientMessage, createOperationTokens, tokenOf } from './operation-tokens.ts';
import { createReaper } from './reap-sockets.ts';
import { createMessageGate } from './socket-quota.ts';

const INIT_WAIT_MS = 3_000;

interface Extra {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  /** From the connection's acknowledgement on; it stays the same for its life. */
  access: Access | null;
  /** By the token of an operation. */
  outletOf(token: string, access: Access): Outlet;
  onGone(token: string): OnGone;
  /** The text of an operation's result was written already: the next message of the operation gets it in place of its payload. */
  setResult(token: string, written: Written): void;
  /** Operations that were begun and have not ended, those included that the client has completed already. */
  running: number;
}

/** What graphql-ws hands from `onSubscribe` to `execute` and `subscribe`. */
interface OperationArgs {
  readonly rootValue: {
    readonly prepared: Prepared;
    readonly outlet: Outlet;
    readonly onGone: OnGone;
    readonly setResult: (written: Written) => void;
  };
}

interface Deps {
  readonly http: Server;
  readonly path: string;
  readonly pipeline: Pipeline;
  readonly admit: Admit;
  readonly addressOf: AddressOf;
  readonly createContext: (access: Access, request: IncomingMessage) => Context;
  readonly origins: Origins;
  /** Bounds what waits for clients that do not read. */
  readonly responses: Pick<Responses, 'refuse' | 'hold' | 'roomOf'>;
  /** Of an address, streams included. */
  readonly connections: Quota;
  readonly limits: SocketLimits;
  readonly log: Logger;
}

/**
 * graphql-transport-ws on one http server. graphql-ws keeps the protocol (init, subscribe, complete, errors, queries and mutations); the
 * `next` messages of subscriptions are written by the shared executions.
 */
export function serveSockets(deps: Deps): WebSocketServer {
  const { http, path, origins, connections, responses, addressOf, limits, log } = deps;
  const sockets = new WebSocketServer({
    server: http,
    path,
    maxPayload: MAX_SOCKET_MESSAGE_BYTES,
    maxFragments: MAX_SOCKET_FRAGMENTS,
    maxBufferedChunks: MAX_SOCKET_READS,
    // A browser or proxy without the subprotocol is still answered, and closed with 4406 by graphql-ws.
    handleProtocols,
    verifyClient({ req }: { req: IncomingMessage }, answer) {
      if (!origins.allows(req)) answer(false, 403, 'Foreign origin');
      else if (connections.isFull(limitAddressOf(addressOf(req))))
        answer(false, 429, 'Too many sockets', { 'Retry-After': '10' });
      else answer(true);
    },
  });
  // Errors of the http server arrive here, too, and one that nobody hears ends the process: whoever listens reports it.
  sockets.on('error', (error) => log.debug({ err: error }, 'http server error'));
  const protocol = createProtocol(deps);
  const reaper = createReaper({ ...limits, log });
  sockets.once('close', () => reaper.stop());
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const leave = connections.take(limitAddressOf(addressOf(request)));
    const connection = createConnection(socket, request.socket);
    // Followers that all begin again, as after a reconnect, need a message each.
    const isWithinLimit = createMessageGate(Math.max(limits.messagesPer10s, 2 * limits.operations));
    const tokens = createOperationTokens();
    /** By the tokens of queries that run. */
    const leaving = new Map<string, () => void>();
    /** By tokens. */
    const results = new Map<string, Written>();
    const extra: Extra = {
      setResult: (token, written) => void results.set(token, written),
      request,
      socket,
      access: null,
      outletOf: (token, { workspaceId }) =>
        connection.outlet(operationOf(tokens.idOf(token) ?? ''), responses.roomOf(workspaceId)),
      onGone: (token) => (listener) => {
        // The client may have completed it while it was prepared.
        if (tokens.idOf(token) === null || socket.readyState !== socket.OPEN) listener();
        leaving.set(token, listener);
        return () => leaving.delete(token);
      },
      running: 0,
    };
    socket.once('close', () => {
      leave?.();
      for (const onGone of leaving.values()) onGone();
    });
    reaper.watch(connection);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) =>
          new Promise((resolve, reject) => {
            const token = tokenOf(message);
            const written = token === null ? undefined : results.get(token);
            if (token !== null) results.delete(token);
            const text = socket.readyState === socket.OPEN ? tokens.send(message) : null;
            if (text === null) return resolve();
            const { workspaceId = '' } = extra.access ?? {};
            const bytes = Buffer.byteLength(text) + (written?.bytes ?? 0);
            const release = responses.hold(workspaceId, socket, bytes);
            if (release === null) {
              socket.close(closeCodes.TRY_AGAIN.code, 'Too many bytes are queued for slow clients');
              return resolve();
            }
            const data = written === undefined ? text : withPayload(text, written);
            socket.send(data, { binary: false }, (error) => {
              release();
              if (error == null) resolve();
              else reject(error);
            });
          }),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data, isBinary) => {
            if (socket.readyState !== socket.OPEN) return;
            if (isBinary) return socket.close(closeCodes.BAD_REQUEST.code, 'Only text messages');
            const text = String(data);
            const message = parseMessage(text);
            if (message === null)
              return socket.close(closeCodes.BAD_REQUEST.code, 'Invalid message received');
            if (!isWithinLimit(message.type)) return rejectMessage(socket, message);
            const refusal = refusalOfJson(text);
            if (refusal !== null) {
              const isOperation = extra.access !== null && !tokens.isUsed(message.id);
              return rejectOperation(socket, isOperation ? message : {}, refusal);
            }
            const counts = message.type === 'subscribe' ? 1 : 0;
            extra.running += counts;
            const received = tokens.receive(message);
            if (message.type === 'complete') leaving.get(String(received.id))?.();
            take(JSON.stringify(received))
              .catch((error: unknown) => closeOn(error, socket, log))
              .finally(() => {
                extra.running -= counts;
              });
          }),
      },
      extra,
    );
    socket.once('error', (error) => log.debug({ err: error }, 'websocket error'));
    socket.once('close', (code, reason) => {
      closed(code, String(reason)).catch((error: unknown) => log.error({ err: error }, 'websocket close'));
    });
  });
  return sockets;
}

/** A message as JSON; null when it is none. What it must contain, the protocol checks. */
function parseMessage(text: string): ClientMessage | null {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' ? message : null;
  } catch {
    return null;
  }
}

/**
 * The JSON of a message is rejected. An operation gets an error of its own: closing the socket would end all other operations on it, and
 * clients do not connect again after 4400.
 */
function rejectOperation(socket: WebSocket, { type, id }: ClientMessage, message: string): void {
  if (type !== 'subscribe' || typeof id !== 'string' || id === '') {
    socket.close(closeCodes.BAD_REQUEST.code, 'Invalid message received');
    return;
  }
  const extensions = { code: 'BAD_REQUEST' };
  socket.send(JSON.stringify({ id, type: 'error', payload: [{ message, extensions }] }));
}

/** Too many messages: an operation gets its error before the socket closes. */
function rejectMessage(socket: WebSocket, { type, id }: ClientMessage): void {
  if (type === 'subscribe' && typeof id === 'string') {
    const message = 'The socket sent too many messages within 10 s; connect again and send fewer.';
    const extensions = { code: 'LIMIT_EXCEEDED', retryable: true };
    socket.send(JSON.stringify({ id, type: 'error', payload: [{ message, extensions }] }));
  }
  socket.close(closeCodes.TRY_AGAIN.code, 'Too many messages: try again later');
}

const rejections = {
  MISSING: [
    closeCodes.UNAUTHORIZED.code,
    'No credential: send {"authorization":"Bearer <key or token>"} with connection_init.',
  ],
  UNAUTHENTICATED: [closeCodes.FORBIDDEN.code, 'The API key or token is not valid.'],
  TOO_MANY_TRIES: [
    closeCodes.FORBIDDEN.code,
    'Too many wrong credentials came from this address; try again later.',
  ],
  UNAVAILABLE: [closeCodes.TRY_AGAIN.code, 'Try again later'],
} as const satisfies Record<Refused['refusal'] | 'MISSING', readonly [code: number, reason: string]>;

function createProtocol(deps: Deps) {
  const { pipeline, admit, addressOf, createContext, limits, responses } = deps;

  /** A socket that shows a valid credential keeps its access until that ends; then it is closed. */
  async function connect({ connectionParams, extra }: Ctx<Record<string, unknown>, Extra>): Promise<boolean> {
    const { socket, request } = extra;
    const authorization = authorizationIn(connectionParams) ?? request.headers.authorization ?? null;
    const admission = await admit(authorization, addressOf(request));
    if ('refusal' in admission) {
      const [code, reason] = rejections[authorization === null ? 'MISSING' : admission.refusal];
      socket.close(code, reason);
      return false;
    }
    extra.access = admission.access;
    const stopListening = admission.onEnd(() => socket.close(closeCodes.FORBIDDEN.code, 'Forbidden'));
    socket.once('close', stopListening);
    if (socket.readyState !== socket.OPEN) stopListening();
    return true;
  }

  async function prepare(ctx: Ctx<Record<string, unknown>, Extra>, id: string, params: SubscribePayload) {
    // What the client has completed ends soon, or is a mutation that runs to its end: as many again, so that work cannot pile up unseen.
    if (
      Object.keys(ctx.subscriptions).length > limits.operations ||
      ctx.extra.running > 2 * limits.operations
    ) {
      const message = `A socket runs at most ${limits.operations} operations at a time.`;
      return [new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED' } })];
    }
    const { access } = ctx.extra;
    // graphql-ws lets nobody subscribe before the acknowledgement.
    if (access === null) throw new Error('an operation came before its connection was acknowledged');
    const full = responses.refuse(access.workspaceId);
    if (full !== null) return [withoutHttp(full)];
    const context = createContext(access, ctx.extra.request);
    const prepared = await pipeline.prepare({ params, context });
    if ('errors' in prepared) return prepared.errors.map(withoutHttp);
    const { facts, name } = prepared.operation;
    const { extra } = ctx;
    const rootValue: OperationArgs['rootValue'] = {
      prepared,
      outlet: extra.outletOf(id, access),
      onGone: extra.onGone(id),
      setResult: (written) => extra.setResult(id, written),
    };
    return {
      schema: facts.schema,
      document: facts.document,
      operationName: name,
      rootValue,
      contextValue: context,
    };
  }

  return makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_WAIT_MS,
    onConnect: connect,
    // A throw would close the socket and end every other subscription on it: errors are results.
    onSubscribe: prepare,
    async execute(args) {
      const { prepared, onGone, setResult } = (args as unknown as OperationArgs).rootValue;
      const { result, written } = await pipeline.execute(prepared, onGone);
      if (written !== null) {
        setResult(written);
        return NO_PAYLOAD;
      }
      return result.errors === undefined ? result : { ...result, errors: result.errors.map(withoutHttp) };
    },
    async subscribe(args) {
      const { prepared, outlet } = (args as unknown as OperationArgs).rootValue;
      const opened = await pipeline.subscribe(prepared);
      return typeof opened === 'function' ? pass(opened, outlet) : opened;
    },
  });
}

/** In place of a result whose text was written already. */
const NO_PAYLOAD = { data: null };
const NO_PAYLOAD_TEXT = `${JSON.stringify(NO_PAYLOAD)}}`;

/** A message with the text of a result in place of `NO_PAYLOAD`, which is its end. */
function withPayload(message: string, { pieces }: Written): Buffer {
  const head = message.slice(0, -NO_PAYLOAD_TEXT.length);
  return Buffer.concat([Buffer.from(head), ...pieces, Buffer.from('}')]);
}

/** Status and headers are HTTP's; a websocket sends the rest. */
function withoutHttp(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions;
  if (http === undefined) return error;
  const { message, nodes, path, source, positions } = error;
  return new GraphQLError(message, {
    extensions,
    nodes: nodes ?? null,
    path: path ?? null,
    source: source ?? null,
    positions: positions ?? null,
  });
}

/** `{ authorization: "Bearer …" }`, as a header, or the same in `headers`, as some clients send it; only the name's case is free. */
function authorizationIn(params: Readonly<Record<string, unknown>> | undefined): string | null {
  const { headers } = params ?? {};
  const places = [params, typeof headers === 'object' ? (headers as Record<string, unknown> | null) : null];
  const values = places.flatMap((place) => [place?.authorization, place?.Authorization]);
  return values.find((value) => typeof value === 'string') ?? null;
}

/** A message that only a server may send is the client's mistake; anything else is ours. */
function closeOn(error: unknown, socket: WebSocket, log: Logger): void {
  if (error instanceof Error && error.message.startsWith('Unexpected message of type')) {
    socket.close(closeCodes.BAD_REQUEST.code, 'Invalid message received');
    return;
  }
  // The client has left while a message was written.
  if (socket.readyState !== socket.OPEN) return;
  log.error({ err: error }, 'a websocket message failed');
  socket.close(closeCodes.INTERNAL.code, 'Internal server error');
}
