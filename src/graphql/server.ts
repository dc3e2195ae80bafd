import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { GraphQLError, GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Admit, Refused } from '../access/admission.ts';
import { type Access, limitKeyOf } from '../access.ts';
import type { AddressOf } from '../client-address.ts';
import type { Metrics } from '../metrics.ts';
import { createCapacity } from '../rates/capacity.ts';
import { createQuota } from '../rates/quota.ts';
import { allowanceOf } from '../rates/rate.ts';
import { StartupError } from '../startup.ts';
import { createBodies } from './bound-bodies.ts';
import { createPipelining } from './bound-pipelining.ts';
import { createResponses, type ResponseLimits, replyOf } from './bound-responses.ts';
import { MAX_COST } from './charge.ts';
import { createRequests } from './close-requests.ts';
import { closeSockets } from './close-sockets.ts';
import type { Context, ContextBase } from './context.ts';
import { createStreams } from './keep-streams.ts';
import { limitSubscribers } from './limit-subscribers.ts';
import { limitJson, type SocketLimits } from './limits.ts';
import { maskError } from './mask-error.ts';
import { EVENT_STREAM, negotiate } from './negotiate.ts';
import { observeOperations } from './observe-operations.ts';
import type { Origins } from './origins.ts';
import type { PersistedOperations } from './persisted.ts';
import { createPipeline, type OperationRules } from './pipeline.ts';
import type { Example } from './render-graphiql.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { asksForPage, createGraphiql } from './serve-graphiql.ts';
import { type Requested, serveRequests } from './serve-requests.ts';
import { serveSockets } from './serve-sockets.ts';
import { createSharedExecutions } from './share-executions.ts';
import { singleEvent } from './single-event.ts';

export interface GraphqlServer {
  /** Resolves with the port when requests are taken. Throws StartupError when the address is not free. */
  listen(host: string, port: number): Promise<number>;
  /**
   * Takes nothing new, closes sockets with 1012 and cuts streams off, one after the other, and lets other requests under way end. The abort
   * closes all at once.
   */
  close(signal: AbortSignal): Promise<void>;
}

const PATH = '/graphql';

/** Points of the operations that a node executes at a time, and operations of a workspace that wait. */
const CAPACITY = { perOwner: MAX_COST, total: 2 * MAX_COST, waiting: 200 };

/** What is served beside GraphQL to those who are let in: exports and imports. */
export interface Files {
  isOne(request: IncomingMessage): boolean;
  serve(request: IncomingMessage, response: ServerResponse, access: Access, address: string): void;
}

/** One http server for HTTP, SSE and websockets on `/graphql`, and GraphiQL for browsers, which needs no internet. Nobody is anonymous. */
export function createGraphqlServer(deps: {
  readonly schema: GraphQLSchema;
  readonly context: ContextBase;
  readonly admit: Admit;
  /** The client's address, for limits and the audit log. */
  readonly addressOf: AddressOf;
  /** Documents that GraphiQL opens with; null: no GraphiQL. */
  readonly graphiql: readonly Example[] | null;
  readonly sockets: SocketLimits;
  readonly responses: ResponseLimits;
  readonly rules: OperationRules;
  readonly persisted: PersistedOperations;
  readonly origins: Origins;
  readonly metrics: Metrics;
  /** Answers what is for everybody, such as health pages; false: it is not one of its pages. */
  readonly pages: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly files: readonly Files[];
}): GraphqlServer {
  const {
    schema,
    context: base,
    admit,
    addressOf,
    sockets: limits,
    rules,
    persisted,
    origins,
    metrics,
    pages,
    files,
  } = deps;
  const { dbOf, ...everybodys } = base;
  const serveGraphiql = deps.graphiql === null ? null : createGraphiql(deps.graphiql);

  /** Without an address and the id of a request: for an execution that subscribers share. */
  function toContext(access: Access, address: string | null = null, givenId: string | null = null): Context {
    let requestId = saneId(givenId);
    return {
      ...everybodys,
      access,
      db: dbOf(access.workspaceId),
      cost: 0,
      address,
      // Made when it is asked for: 10,000 subscriptions hold their contexts, and every shared execution makes one.
      get requestId() {
        requestId ??= crypto.randomUUID();
        return requestId;
      },
      get log() {
        return base.log.child({ requestId: this.requestId });
      },
    };
  }

  const { log } = base;
  const shared = createSharedExecutions({
    createContext: (access) => toContext(access),
    charge: (access, points) => base.rates.spend(allowanceOf(access), points),
    maxBytes: deps.responses.connectionBytes,
    log,
  });
  const executions = limitSubscribers(shared, base.rates, metrics);
  const observe = observeOperations(metrics);
  const capacity = createCapacity(CAPACITY);
  const pipeline = createPipeline({ schema, persisted, rules, executions, capacity, observe, log });

  const connections = createQuota(limits.perAddress);
  const { streamsPerKey: perKey, stallMs } = limits;
  const streams = createStreams({ connections, perKey, stallMs, log });

  const responses = createResponses(deps.responses, log);
  const bodies = createBodies({ stallMs: deps.responses.stallMs, log });

  const yoga = createYoga<Requested>({
    schema,
    graphqlEndpoint: PATH,
    landingPage: false,
    multipart: false,
    batching: false,
    cors: false,
    // `limitJson` holds bodies to their limit.
    maxRequestBodySize: false,
    // The pipeline parses and validates.
    parserAndValidationCache: false,
    logging: false,
    maskedErrors: { maskError: (error) => maskError(error, log) },
    plugins: [
      limitJson(bodies),
      serveRequests({
        pipeline,
        streams,
        responses,
        createContext: ({ admitted, address }, requestId) => toContext(admitted.access, address, requestId),
      }),
      singleEvent,
      responses.plugin,
    ],
    graphiql: false,
  });

  const mayServe = createPipelining();
  const filesOf = (request: IncomingMessage) => files.find((one) => one.isOne(request));

  // A client may offer other protocols, as curl and Java's client do with `h2c`: a server that does not speak them serves the request as it is.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage) => /^websocket$/i.test(headers.upgrade ?? '');
  const http = createServer({ shouldUpgradeCallback }, (request, response) => {
    const requestId = saneId(request.headers['x-request-id']?.toString()) ?? crypto.randomUUID();
    request.headers['x-request-id'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    // Each step listens for the end of the response, more of them than the ten from which Node warns of a leak.
    response.setMaxListeners(20);
    response.on('close', () =>
      base.log.debug({ requestId, method: request.method, status: response.statusCode }, 'request'),
    );
    setSecurityHeaders(response);
    if (!mayServe(request, response)) return;
    if (!isHost(request.headers.host)) {
      const errors = [
        { message: 'The Host header is not a valid host name.', extensions: { code: 'BAD_REQUEST' } },
      ];
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
      return;
    }
    // Exports have a limit of their own, and imports have short responses.
    if (filesOf(request) === undefined) responses.watch(response);
    if (origins.answer(request, response)) return;
    if (pages(request, response)) return;
    if (request.url === '/' && request.method === 'GET') {
      response.writeHead(302, { location: PATH }).end();
      return;
    }
    if (request.url?.split('?')[0] !== PATH && filesOf(request) === undefined) {
      const errors = [
        { message: `There is no such page: the API is at ${PATH}.`, extensions: { code: 'NOT_FOUND' } },
      ];
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
      return;
    }
    if (serveGraphiql !== null && asksForPage(request) && filesOf(request) === undefined) {
      serveGraphiql(request, response).catch((error: unknown) => fail(response, error));
      return;
    }
    admitThen(request, response).catch((error: unknown) => fail(response, error));
  });

  /** The first steps of the pipeline: negotiate, authenticate. What they reject is rejected before a byte of the body is read. */
  async function admitThen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const served = filesOf(request);
    if (served === undefined && !negotiate(request, response)) return;
    const address = addressOf(request);
    const admission = await admit(request.headers.authorization ?? null, address);
    // The client has left meanwhile: nothing is served, and nobody pays. A listener would never be taken off, since 'close' does not come again.
    if (response.closed || response.destroyed) return;
    if ('refusal' in admission) return refuse(response, admission);
    const { access } = admission;
    const whileOpen = (onEnd: () => void) => void response.once('close', admission.onEnd(onEnd));
    if (served !== undefined) {
      whileOpen(() => response.destroy());
      served.serve(request, response, access, address);
      return;
    }
    const refusal = isStream(request)
      ? streams.refuse(address, limitKeyOf(access))
      : responses.refuse(access.workspaceId);
    if (refusal !== null) return reject(response, refusal);
    let hasEnded = false;
    whileOpen(() => {
      hasEnded = true;
    });
    await yoga(request, response, { admitted: { ...admission, hasEnded: () => hasEnded }, address });
  }

  function fail(response: ServerResponse, error: unknown): void {
    base.log.error({ err: error }, 'a request failed');
    response.destroy();
  }

  const requests = createRequests(http);
  http.headersTimeout = 10_000;
  http.requestTimeout = 30_000;

  const sockets = serveSockets({
    http,
    path: PATH,
    pipeline,
    admit,
    addressOf,
    createContext: (access, request) => toContext(access, addressOf(request)),
    origins,
    connections,
    responses,
    limits,
    log,
  });

  return {
    listen: (host, port) => listen(http, host, port),
    async close(signal) {
      const closed = requests.close(signal);
      try {
        await Promise.all([closeSockets(sockets, signal), streams.close(signal)]);
      } finally {
        await closed;
        // Until now it rejects requests for websockets on connections that were open.
        sockets.close();
        responses.stop();
        bodies.stop();
        await yoga.dispose();
      }
    },
  };
}

const refusals = {
  UNAUTHENTICATED: [401, 'Send a valid API key or token in the header Authorization: Bearer …'],
  TOO_MANY_TRIES: [429, 'Too many wrong credentials came from this address; try again later.'],
  UNAVAILABLE: [503, 'The database is not available at the moment; try again.'],
} as const satisfies Record<Refused['refusal'], readonly [number, string]>;

const KEYS_UNAVAILABLE =
  'The token cannot be checked at the moment: the keys of its issuer are being read again; try again.';

/** Before a byte of the body is read, and the same for everything that can be wrong with a credential. */
function refuse(response: ServerResponse, { refusal, retryAfterS, lacks }: Refused): void {
  const [status, usual] = refusals[refusal];
  const message = lacks === 'ISSUER_KEYS' ? KEYS_UNAVAILABLE : usual;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(refusal === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterS !== null && { 'retry-after': String(retryAfterS) }),
  });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: refusal } }] }));
}

/** yoga makes a URL of the header. HTTP/1.0 has none. */
function isHost(host: string | undefined): boolean {
  return host === undefined || (!/[/?#@\\\s]/.test(host) && URL.canParse(`http://${host}`));
}

/** The client takes nothing but a stream of events. */
const isStream = ({ headers }: IncomingMessage) => headers.accept === EVENT_STREAM;

/** Before the body of the request is read, as JSON: a client of a stream looks at the status. */
function reject(response: ServerResponse, refusal: GraphQLError): void {
  const { status, headers, body } = replyOf(refusal);
  response.writeHead(status, headers).end(body);
}

function saneId(text: string | null | undefined): string | null {
  return text != null && /^[\w.:-]{1,64}$/.test(text) ? text : null;
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `Port ${port} is taken by another program: stop it, or choose another with PORT=${port + 1}.`,
        EACCES: `Port ${port} may not be used by this account: choose one above 1023 with PORT=4000.`,
        EADDRNOTAVAIL: `This machine has no address ${host}: correct HOST.`,
        ENOTFOUND: `The host name ${host} is not known: correct HOST.`,
      };
      reject(
        new StartupError(reasons[error.code ?? ''] ?? `Cannot listen on ${host}:${port}: ${error.message}`),
      );
    });
    http.listen(port, host, 4_096, () => {
      const address = http.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
