import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type YogaInitialContext } from 'graphql-yoga';
import type { Access } from '../access/access.ts';
import type { Admit, Admitted, Refused } from '../access/admission.ts';
import type { Metrics } from '../metrics.ts';
import { StartupError } from '../startup.ts';
import { closeSockets } from './close-sockets.ts';
import type { Context, ContextBase } from './context.ts';
import { countOperations } from './count-operations.ts';
import { countSubscribers } from './count-subscribers.ts';
import { maskError } from './errors.ts';
import { executeQueries } from './execute-queries.ts';
import { type Guards, guardPlugins } from './guards.ts';
import { limitSubscribers } from './limit-subscribers.ts';
import type { SocketLimits } from './limits.ts';
import { inRequest } from './request-scope.ts';
import { createScopeGuard, type ScopeRules } from './require-scopes.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { asksForPage, type GraphiqlOptions, serveGraphiql } from './serve-graphiql.ts';
import { serveSockets } from './serve-sockets.ts';
import { createSharedExecutions, type SubscribeArgs } from './share-executions.ts';
import { addressOf } from './socket-quota.ts';
import { endWithAccess, guardExecutions, guardOperations } from './uphold-access.ts';

export interface GraphqlServer {
  /** Resolves with the port when requests are taken. Throws StartupError when the address is not free. */
  listen(host: string, port: number): Promise<number>;
  /** Takes nothing new, closes sockets with 1012 one after the other, and lets requests under way end. The abort closes all at once. */
  close(signal: AbortSignal): Promise<void>;
}

const PATH = '/graphql';

interface ServerContext {
  readonly admitted: Admitted;
  readonly address: string;
}

export interface Downloads {
  isOne(request: IncomingMessage): boolean;
  serve(request: IncomingMessage, response: ServerResponse, access: Access): void;
}

interface Given {
  readonly requestId?: string | null;
  readonly address?: string;
  readonly costAccepted?: boolean;
}

interface SubscribeHook {
  readonly args: { readonly contextValue: ServerContext };
  readonly setSubscribeFn: (subscribe: unknown) => void;
}

/** One http server for HTTP, SSE and websockets on `/graphql`, and GraphiQL for browsers, which needs no internet. Nobody is anonymous. */
export function createGraphqlServer(deps: {
  readonly schema: GraphQLSchema;
  readonly context: ContextBase;
  readonly admit: Admit;
  readonly scopes: ScopeRules;
  /** Null: no GraphiQL. */
  readonly graphiql: GraphiqlOptions | null;
  readonly sockets: SocketLimits;
  readonly guards: Guards;
  readonly metrics: Metrics;
  /** Answers what is for everybody, such as health pages; false: it is not one of its pages. */
  readonly pages: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Answers what is not GraphQL, but for those who are let in. */
  readonly downloads: Downloads;
}): GraphqlServer {
  const { schema, context: base, admit, graphiql, sockets: limits, guards, metrics, pages, downloads } = deps;
  const { dbOf, ...everybodys } = base;
  const guard = createScopeGuard(schema, deps.scopes);

  function toContext(
    access: Access,
    { requestId: givenId = null, address = '', costAccepted = false }: Given = {},
  ): Context {
    let requestId = saneId(givenId);
    return {
      ...everybodys,
      access,
      db: dbOf(access.workspaceId),
      costAccepted,
      address: address === '' ? null : address,
      // Made when somebody asks: 10,000 subscriptions hold their contexts, and every shared execution makes one.
      get requestId() {
        requestId ??= crypto.randomUUID();
        return requestId;
      },
      get log() {
        return base.log.child({ requestId: this.requestId });
      },
    };
  }

  const shared = createSharedExecutions({
    schema,
    createContext: (access, costAccepted) => toContext(access, { costAccepted }),
    log: base.log,
  });
  const limited = limitSubscribers(shared, base.rates);
  const executions = guardExecutions(countSubscribers(limited, metrics), guard);

  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: PATH,
    landingPage: false,
    multipart: false,
    batching: false,
    cors: false,
    // `jsonLimits` holds bodies to their limit.
    maxRequestBodySize: false,
    logging: false,
    context: ({ admitted, address, request }: YogaInitialContext & ServerContext) =>
      toContext(admitted.access, { address, requestId: request.headers.get('x-request-id') }),
    maskedErrors: { maskError: (error) => maskError(error, base.log) },
    plugins: [
      countOperations(metrics),
      jsonOnly,
      ...guardPlugins(guards),
      guardOperations(guard),
      executeQueries(),
      {
        onSubscribe: ({ args, setSubscribeFn }: SubscribeHook) =>
          setSubscribeFn(async (given: SubscribeArgs) =>
            endWithAccess(await executions.subscribe(given), args.contextValue.admitted),
          ),
      },
    ],
    graphiql: false,
  });

  const http = createServer((request, response) => {
    const requestId = saneId(request.headers['x-request-id']?.toString()) ?? crypto.randomUUID();
    request.headers['x-request-id'] = requestId;
    response.setHeader('X-Request-Id', requestId);
    response.on('close', () =>
      base.log.debug({ requestId, method: request.method, status: response.statusCode }, 'request'),
    );
    setSecurityHeaders(response);
    if (guards.origins.answer(request, response)) return;
    if (pages(request, response)) return;
    if (request.url === '/' && request.method === 'GET') {
      response.writeHead(302, { location: PATH }).end();
      return;
    }
    if (request.url?.split('?')[0] !== PATH && !downloads.isOne(request)) {
      const errors = [
        { message: `Nothing is here: the API is at ${PATH}.`, extensions: { code: 'NOT_FOUND' } },
      ];
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
      return;
    }
    if (graphiql !== null && asksForPage(request)) {
      serveGraphiql(graphiql, request, response).catch((error: unknown) => fail(response, error));
      return;
    }
    inRequest({ requestId }, () => admitThen(request, response)).catch((error: unknown) =>
      fail(response, error),
    );
  });

  async function admitThen(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = addressOf(request);
    const admission = await admit(request.headers.authorization ?? null, address);
    if ('refusal' in admission) refuse(response, admission);
    else if (downloads.isOne(request)) {
      response.once(
        'close',
        admission.onEnd(() => response.destroy()),
      );
      downloads.serve(request, response, admission.access);
    } else await yoga(request, response, { admitted: admission, address });
  }

  function fail(response: ServerResponse, error: unknown): void {
    base.log.error({ err: error }, 'a request failed');
    response.destroy();
  }

  http.headersTimeout = 10_000;
  http.requestTimeout = 30_000;

  const sockets = serveSockets({
    http,
    path: PATH,
    envelop: (req, params) => yoga.getEnveloped({ req, params }) as never,
    admit,
    createContext: (access, request) => toContext(access, { address: addressOf(request) }),
    executions,
    guards,
    limits,
    log: base.log,
  });

  return {
    listen: (host, port) => listen(http, host, port),
    async close(signal) {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      await closeSockets(sockets, signal);
      sockets.close();
      http.closeIdleConnections();
      const force = setTimeout(() => http.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(force);
      await yoga.dispose();
    },
  };
}

const refusals = {
  UNAUTHENTICATED: [401, 'Show a valid API key or token in the header Authorization: Bearer …'],
  TOO_MANY_TRIES: [429, 'Too many wrong credentials came from this address; try again later.'],
  UNAVAILABLE: [503, 'The database is not available at the moment; try again.'],
} as const satisfies Record<Refused['refusal'], readonly [number, string]>;

/** Before a byte of the body is read, and the same for everything that can be wrong with a credential. */
function refuse(response: ServerResponse, { refusal, retryAfterS }: Refused): void {
  const [status, message] = refusals[refusal];
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(refusal === 'UNAUTHENTICATED' && { 'www-authenticate': 'Bearer' }),
    ...(retryAfterS !== null && { 'retry-after': String(retryAfterS) }),
  });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: refusal } }] }));
}

/** A form of another site can post text and forms without asking; only JSON makes a browser ask first. */
const jsonOnly = {
  onRequest({
    request,
    fetchAPI,
    endResponse,
  }: {
    request: Request;
    fetchAPI: { Response: typeof Response };
    endResponse: (response: Response) => void;
  }) {
    const isJson = /^application\/(graphql-response\+)?json\b/i.test(
      request.headers.get('content-type') ?? '',
    );
    const isStream =
      request.method === 'GET' && (request.headers.get('accept') ?? '').includes('text/event-stream');
    if (isJson || request.method === 'OPTIONS') return;
    const marked = request.headers.has('x-graphql-client') || request.headers.has('graphql-preflight');
    if (request.method === 'GET' && (marked || (isStream && sameSite(request)))) return;
    const message =
      'Send a POST with content-type application/json; a GET needs the header GraphQL-Preflight: 1.';
    const body = JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
    endResponse(
      new fetchAPI.Response(body, { status: 415, headers: { 'content-type': 'application/json' } }),
    );
  },
};

function sameSite(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  return site === null || site === 'same-origin' || site === 'none';
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
