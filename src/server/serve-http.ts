import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Admit, Refused } from '../access/admission.ts';
import { type Access, limitKeyOf } from '../access.ts';
import type { AddressOf } from '../client-address.ts';
import { maskError } from '../graphql/mask-error.ts';
import type { Logger } from '../logger.ts';
import type { HoldResponse } from '../rates/budget.ts';
import type { Bodies } from './bound-bodies.ts';
import { createPipelining } from './bound-pipelining.ts';
import type { Responses } from './bound-responses.ts';
import { type CreateContext, saneId } from './create-contexts.ts';
import type { Streams } from './keep-streams.ts';
import { limitJson } from './limits.ts';
import { EVENT_STREAM, negotiate } from './negotiate.ts';
import type { Origins } from './origins.ts';
import type { Pipeline } from './pipeline.ts';
import { badRequest, reject, rejection } from './rejections.ts';
import type { Example } from './render-graphiql.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { asksForPage, createGraphiql } from './serve-graphiql.ts';
import { type Requested, serveRequests } from './serve-requests.ts';
import { singleEvent } from './single-event.ts';

export const PATH = '/graphql';

/** What is served beside GraphQL to those who are let in: exports and imports. */
export interface Files {
  /** It cuts off clients that do not read its responses. */
  readonly watchesClients: boolean;
  isOne(request: IncomingMessage): boolean;
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    access: Access,
    address: string,
    hold: HoldResponse,
  ): void;
}

/** The HTTP half of the server: GraphQL by POST, GET and streams of events on `PATH`, GraphiQL for browsers, pages and files. Nobody is anonymous. */
export function serveHttp(deps: {
  readonly schema: GraphQLSchema;
  readonly pipeline: Pipeline;
  readonly createContext: CreateContext;
  readonly admit: Admit;
  readonly addressOf: AddressOf;
  /** Documents that GraphiQL opens with; null: no GraphiQL. */
  readonly graphiql: readonly Example[] | null;
  readonly responses: Responses;
  readonly bodies: Bodies;
  readonly streams: Streams;
  readonly origins: Origins;
  /** Responds to requests for pages that need no credential, such as health pages. False: the request is for no such page. */
  readonly pages: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly files: readonly Files[];
  readonly log: Logger;
}): { readonly http: Server; dispose(): Promise<void> } {
  const { schema, pipeline, createContext, admit, addressOf, responses, bodies, streams, origins } = deps;
  const { pages, files, log } = deps;
  const serveGraphiql = deps.graphiql === null ? null : createGraphiql(deps.graphiql);

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
        createContext: ({ admitted, address }, requestId) =>
          createContext(admitted.access, address, requestId),
      }),
      singleEvent,
      responses.plugin,
    ],
    graphiql: false,
  });

  const { isBusy, mayServe } = createPipelining();
  const filesOf = (request: IncomingMessage) => files.find((one) => one.isOne(request));

  // A client may offer other protocols, as curl and Java's client do with `h2c`: a server that does not speak them serves the request as it is.
  // A websocket takes over its connection at once: it would overtake the responses to earlier requests, whose bytes would then be read as messages.
  const early = new WeakSet<IncomingMessage>();
  const shouldUpgradeCallback = (request: IncomingMessage) => {
    if (!/^websocket$/i.test(request.headers.upgrade ?? '')) return false;
    if (isBusy(request.socket)) early.add(request);
    return !early.has(request) && hasOneHost(request);
  };
  const http = createServer({ shouldUpgradeCallback }, (request, response) => {
    const requestId = saneId(request.headers['x-request-id']?.toString()) ?? crypto.randomUUID();
    request.headers['x-request-id'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    // Each step listens for the end of the response, more of them than the ten from which Node warns of a leak.
    response.setMaxListeners(20);
    response.on('close', () =>
      log.debug({ requestId, method: request.method, status: response.statusCode }, 'request'),
    );
    setSecurityHeaders(response);
    if (!mayServe(request, response)) return;
    if (early.has(request) || !hasOneHost(request)) {
      reject(response, badRequest(early.has(request) ? EARLY : TWO_HOSTS), { connection: 'close' });
      return;
    }
    if (!isHost(request.headers.host)) {
      reject(response, badRequest('The Host header is not a valid host name.'));
      return;
    }
    if (filesOf(request)?.watchesClients !== true) responses.watch(response);
    if (origins.answer(request, response)) return;
    if (pages(request, response)) return;
    if (request.url === '/' && request.method === 'GET') {
      response.writeHead(302, { location: PATH }).end();
      return;
    }
    if (request.url?.split('?')[0] !== PATH && filesOf(request) === undefined) {
      reject(response, rejection(404, 'NOT_FOUND', `There is no such page: the API is at ${PATH}.`));
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
      served.serve(request, response, access, address, responses.holdOther(request, response, access));
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
    log.error({ err: error }, 'a request failed');
    response.destroy();
  }

  http.headersTimeout = 10_000;
  http.requestTimeout = 30_000;
  return { http, dispose: async () => void (await yoga.dispose()) };
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
  const headers = {
    ...(refusal === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterS !== null && { 'retry-after': String(retryAfterS) }),
  };
  reject(response, rejection(status, refusal, message), headers);
}

const EARLY = 'A websocket needs a connection without other requests: read their responses first.';
const TWO_HOSTS = 'The request has more than one Host header.';

/** RFC 9112, section 3.2. Node takes the first header and drops the others, where a proxy may take the last one. */
const hasOneHost = ({ rawHeaders }: IncomingMessage) =>
  rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length <= 1;

/** yoga makes a URL of the header. HTTP/1.0 has none. */
function isHost(host: string | undefined): boolean {
  return host === undefined || (!/[/?#@\\\s]/.test(host) && URL.canParse(`http://${host}`));
}

/** The client takes nothing but a stream of events. */
const isStream = ({ headers }: IncomingMessage) => headers.accept === EVENT_STREAM;
