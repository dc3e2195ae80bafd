import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Admit } from '../access/admission.ts';
import { accessKey } from '../access.ts';
import type { AddressOf } from '../client-address.ts';
import { isTransient, statementTimedOut } from '../db/retry.ts';
import { createSharedExecutions } from '../execution/share-executions.ts';
import type { Context, ContextBase } from '../graphql/context.ts';
import { maskError } from '../graphql/mask-error.ts';
import type { Metrics } from '../metrics.ts';
import { createCapacity } from '../rates/capacity.ts';
import { createQuota } from '../rates/quota.ts';
import { allowanceOf } from '../rates/rate.ts';
import { createBodies } from '../server/bound-bodies.ts';
import { createResponses, type ResponseLimits } from '../server/bound-responses.ts';
import { createSubscriptions, type SubscriptionLimits } from '../server/bound-subscriptions.ts';
import { MAX_COST } from '../server/charge.ts';
import { createRequests } from '../server/close-requests.ts';
import { createContexts } from '../server/create-contexts.ts';
import { createStreams } from '../server/keep-streams.ts';
import { executionPriceOf, limitSubscribers } from '../server/limit-subscribers.ts';
import type { SocketLimits } from '../server/limits.ts';
import { observeOperations } from '../server/observe-operations.ts';
import type { Origins } from '../server/origins.ts';
import type { PersistedOperations } from '../server/persisted.ts';
import { createPipeline, type OperationRules } from '../server/pipeline.ts';
import type { Example } from '../server/render-graphiql.ts';
import { type Files, PATH, serveHttp } from '../server/serve-http.ts';
import { closeSockets } from '../sockets/close-sockets.ts';
import { serveSockets } from '../sockets/serve-sockets.ts';
import { StartupError } from '../startup.ts';

export interface GraphqlServer {
  /** Resolves with the port when requests are taken. Throws StartupError when the address is not free. */
  listen(host: string, port: number): Promise<number>;
  /**
   * Takes nothing new, closes sockets with 1012 and cuts streams off, one after the other, and lets other requests under way end. The abort
   * closes all at once.
   */
  close(signal: AbortSignal): Promise<void>;
}

/** Points of the operations that a node executes at a time, and operations of a workspace that wait. */
const CAPACITY = { perOwner: MAX_COST, total: 2 * MAX_COST, waiting: 200 };

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
  readonly subscriptions: SubscriptionLimits;
  readonly responses: ResponseLimits;
  readonly rules: OperationRules;
  readonly persisted: PersistedOperations;
  readonly origins: Origins;
  readonly metrics: Metrics;
  /** Responds to requests for pages that need no credential, such as health pages. False: the request is for no such page. */
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
  } = deps;
  const { log, rates } = base;
  const createContext = createContexts(base);
  const mask = (error: unknown) => maskError(error, log);
  const shared = createSharedExecutions<Context>({
    sessionOf: ({ access, cost }) => ({
      key: accessKey(access),
      owner: access.workspaceId,
      createContext: () => createContext(access),
      charge: (content) => rates.spend(allowanceOf(access), executionPriceOf(cost, content)),
    }),
    faults: { isTransient, timedOut: statementTimedOut, mask },
    maskFor: (error, { requestId }) => maskError(error, log, requestId),
    maxBytes: deps.responses.connectionBytes,
  });
  const subscriptions = createSubscriptions(deps.subscriptions);
  const executions = limitSubscribers(shared, rates, metrics, subscriptions);
  const observe = observeOperations(metrics);
  const capacity = createCapacity(CAPACITY);
  const pipeline = createPipeline({
    schema,
    persisted,
    rules,
    executions,
    subscriptions,
    capacity,
    observe,
    log,
  });

  const connections = createQuota(limits.perAddress);
  const { streamsPerKey: perKey, stallMs } = limits;
  const streams = createStreams({ connections, perKey, stallMs, log });
  const responses = createResponses(deps.responses, log);
  const bodies = createBodies({ stallMs: deps.responses.stallMs, log });

  const { graphiql, pages, files } = deps;
  const { http, dispose } = serveHttp({
    schema,
    pipeline,
    createContext,
    admit,
    addressOf,
    graphiql,
    responses,
    bodies,
    streams,
    origins,
    pages,
    files,
    log,
  });
  const requests = createRequests(http);
  const sockets = serveSockets({
    http,
    path: PATH,
    pipeline,
    admit,
    addressOf,
    createContext: (access, request) => createContext(access, addressOf(request)),
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
        await dispose();
      }
    },
  };
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
