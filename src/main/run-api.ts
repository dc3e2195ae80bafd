import { fileURLToPath } from 'node:url';
import { exportAnalyses } from '../analyses/export-analyses.ts';
import { createFeed } from '../analyses/follow-feed.ts';
import { createRecentRecords } from '../analyses/records.ts';
import { writeReport } from '../analyses/write-report.ts';
import { createRefusals } from '../audit/count-refusals.ts';
import { recordChange } from '../audit/record-change.ts';
import { exportTrades } from '../backtests/export-trades.ts';
import { createAddressOf } from '../client-address.ts';
import type { Config } from '../config.ts';
import { openConsole } from '../console/serve-console.ts';
import { apiLimits } from '../db/client.ts';
import { ROLES } from '../db/roles.ts';
import { openApiDatabase } from '../db/workspaces.ts';
import { ItemError } from '../errors.ts';
import { createJobLogs } from '../events/follow-log.ts';
import { createHub, TOPICS } from '../events/hub.ts';
import { createLiveRows } from '../events/live-rows.ts';
import { createPostgresWakeUp } from '../events/wake-up.ts';
import { createExports } from '../exports/serve-exports.ts';
import { createImports } from '../imports/serve-imports.ts';
import { listUniverse, removeOfOtherSources, seedInstruments } from '../instruments/find-instrument.ts';
import { createWaitingJobs } from '../jobs/explain-waiting.ts';
import { listFollowedJobs, listJobsByIds } from '../jobs/job.store.ts';
import { isFinal, type Job } from '../jobs/job.ts';
import { observeQueue } from '../jobs/observe-queue.ts';
import { createQueues } from '../jobs/read-queue.ts';
import type { Logger } from '../logger.ts';
import { shareReaders } from '../market/files/call-readers.ts';
import { findOwnBars, listOwnSeries } from '../market/own.store.ts';
import { createReadCandles } from '../market/read-candles.ts';
import { chooseDefaultSource, createSources } from '../market/sources/index.ts';
import { createMetrics } from '../metrics.ts';
import { createPlaces } from '../quotas/reserve-places.ts';
import { countQueuedItems, countStoredResponses } from '../quotas/usage.store.ts';
import { createRates } from '../rates/lease-points.ts';
import { loadDocuments } from '../server/load-documents.ts';
import { createOrigins } from '../server/origins.ts';
import { createPersisted } from '../server/persisted.ts';
import { createResponseWatch } from '../server/watch-responses.ts';
import { listWatchlistTickers } from '../watchlists/edit-watchlist.ts';
import {
  listFollowedWatchlists,
  listTickersOfLists,
  listWatchlistsByIds,
} from '../watchlists/watchlist.store.ts';
import type { Watchlist } from '../watchlists/watchlist.ts';
import { apiUrl } from './api-url.ts';
import { examples } from './examples.ts';
import { createHealth, type Health, observePart } from './health.ts';
import { createImportRoutes } from './import-routes.ts';
import { openDoor } from './open-door.ts';
import { printLine } from './print-line.ts';
import { recogniseOperator } from './recognise-operator.ts';
import { schema } from './schema.ts';
import { createGraphqlServer } from './serve-graphql.ts';
import { serveHealth } from './serve-health.ts';
import type { Shutdown } from './shutdown.ts';

/** Where `npm run build:console` writes the console. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../console/dist', import.meta.url));
/** An export whose client takes no byte for so long, in ms, while some wait for it, is cut off. */
const EXPORT_STALL_MS = 60_000;

const introspectors = { on: 'EVERYBODY', auto: 'ADMINS', off: 'NOBODY' } as const;

/** The API: schema, live reads and the listener that wakes them. Answers the port. */
export async function runApi(
  config: Config,
  url: string,
  log: Logger,
  shutdown: Pick<Shutdown, 'onStop'>,
  health: Health = createHealth({ metrics: createMetrics(), log }),
  provideDoor: typeof openDoor = openDoor,
): Promise<number> {
  const { metrics } = health;
  const {
    of: dbOf,
    relay,
    close,
    load,
  } = openApiDatabase({
    url,
    max: config.databasePoolSize,
    applicationName: 'thetool api',
    log,
    limits: apiLimits,
    onFailure: (statement) => metrics.statementFailures.inc({ statement }),
  });
  shutdown.onStop('api pool', close);
  const sources = createSources({
    ...config,
    now: () => new Date(),
    findOwnBars: (workspaceId, ticker) => findOwnBars(dbOf(workspaceId), workspaceId, ticker),
  });
  const defaultSource = chooseDefaultSource(config.defaultSource, sources);
  await removeOfOtherSources(relay, [...sources.keys()]);
  for (const [id, source] of sources) {
    try {
      await seedInstruments(relay, id, await source.instruments());
    } catch (error) {
      // A folder that cannot be read at the moment must not keep the other sources from being used.
      if (!(error instanceof ItemError)) throw error;
      const folder = id === 'CSV' ? config.csvDir : undefined;
      const reason = error.message;
      log.warn({ reason, source: source.title, folder }, 'the instruments of a source are not known');
    }
  }

  const { manifest } = config.persisted;
  const documents = manifest === null ? new Map<string, string>() : await loadDocuments(manifest, schema);
  const rates = createRates({ db: relay, log, limit: config.rateLimit });
  shutdown.onStop('rates', async () => rates.close());

  const refusals = createRefusals({ db: relay, log });
  shutdown.onStop('refusals', () => refusals.close());

  const { door, developmentKey } = await provideDoor(config, relay, log, refusals.note);
  shutdown.onStop('door', async () => door.close());
  const hub = createHub({ db: relay, log });
  shutdown.onStop('hub', () => hub.close());
  const wakeUp = createPostgresWakeUp({ db: relay, url, role: ROLES.api, log });
  shutdown.onStop('api listener', () => wakeUp.close());
  const listener = await wakeUp.subscribe({
    onHints(hints) {
      door.hear(hints);
      hub.hear(hints);
    },
    onConnected() {
      door.checkAll();
      hub.wakeAll();
    },
    onReconnect: () => metrics.listenerReconnects.inc({ process: 'api' }),
  });

  const waitingJobs = createWaitingJobs({ db: relay, hub, log, leaseMs: config.worker.leaseMs });
  shutdown.onStop('waiting jobs', () => waitingJobs.close());

  observePart(health, { name: 'api', db: relay, load, listener });
  observeQueue({ db: relay, leaseMs: config.worker.leaseMs, metrics, log });
  metrics.observe(() => {
    for (const topic of TOPICS) metrics.subscriptions.set({ topic }, hub.watching(topic).length);
  });

  const origins = createOrigins(config.allowedOrigins, { onlyThisMachine: developmentKey !== null });
  const { isOfOtherSite } = origins;
  const exportWatch = createResponseWatch({
    stallMs: EXPORT_STALL_MS,
    leastBytes: 1,
    fault: 'a client does not read its export',
    log,
  });
  shutdown.onStop('watch of exports', async () => exportWatch.stop());
  const exports = createExports({
    watch: exportWatch.watch,
    isOfOtherSite,
    log,
    rates,
    record: ({ workspaceId }, target) => recordChange(dbOf(workspaceId), target),
    noteRefusal: refusals.note,
    routes: {
      streams: {
        analyses: (access, query, format) => exportAnalyses(dbOf(access.workspaceId), access, query, format),
        trades: (access, query, format) => exportTrades(dbOf(access.workspaceId), access, query, format),
      },
      files: { analysis: (access, id) => writeReport(dbOf(access.workspaceId), access, id) },
    },
  });
  const imports = createImports({
    isOfOtherSite,
    log,
    rates,
    noteRefusal: refusals.note,
    routes: createImportRoutes({
      dbOf,
      readers: shareReaders(),
      now: () => new Date(),
      quotas: config.quotas,
    }),
  });
  const { operator, bootstrapKey } = config;
  if (operator.port !== null) {
    const pages = await serveHealth(health, config.host, { setting: 'OPERATOR_PORT', port: operator.port });
    shutdown.onStop('operator pages', pages.close);
    printLine(`Pages of the operator: http://${config.host}:${pages.port}/metrics`);
  }
  const isOperator = recogniseOperator([operator.key, developmentKey, bootstrapKey]);
  const isGraphiqlOn = config.graphiql === 'on' || (config.graphiql === 'auto' && developmentKey !== null);
  const serveConsole = config.console === 'on' ? await openConsole(CONSOLE_FOLDER) : null;
  const server = createGraphqlServer({
    metrics,
    pages: (request, response) =>
      health.handlePublic(request, response, isOperator) || serveConsole?.(request, response) === true,
    files: [exports, imports],
    schema,
    admit: door.admit,
    addressOf: createAddressOf(config.proxies),
    graphiql: isGraphiqlOn ? examples : null,
    sockets: config.sockets,
    subscriptions: config.subscriptions,
    responses: config.responses,
    rules: {
      introspection:
        introspectors[config.introspection === 'auto' && isGraphiqlOn ? 'on' : config.introspection],
      timeoutMs: config.executionTimeoutMs,
    },
    persisted: createPersisted(documents, config.persisted),
    origins,
    context: {
      rates,
      noteRefusal: refusals.note,
      quotas: config.quotas,
      queuedItems: createPlaces(config.quotas.queuedItems, (id) => countQueuedItems(relay, id)),
      storedResponses: createPlaces(config.quotas.storedResponses, (id) =>
        countStoredResponses(dbOf(id), id),
      ),
      dbOf,
      log,
      jobLogs: createJobLogs({ hub, db: relay }),
      waitingJobs,
      queues: createQueues({ dbOf, relay, leaseMs: config.worker.leaseMs }),
      metrics,
      liveJobs: createLiveRows<Job>({
        hub,
        topic: 'job',
        load: (asked) => listFollowedJobs(relay, asked),
        find: (workspaceId, ids) => listJobsByIds(dbOf(workspaceId), workspaceId, ids),
        isFinal: (job) => isFinal(job.state),
      }),
      liveWatchlists: createLiveRows<Watchlist>({
        hub,
        topic: 'watchlist',
        load: (asked) => listFollowedWatchlists(relay, asked),
        find: (workspaceId, ids) => listWatchlistsByIds(dbOf(workspaceId), workspaceId, ids),
      }),
      readCandles: createReadCandles({ db: relay, sources }),
      recentRecords: createRecentRecords(),
      webhookPolicy: config.webhooks,
      feed: createFeed({ hub, db: relay, listTickersOfLists: (lists) => listTickersOfLists(relay, lists) }),
      submits: {
        sources,
        defaultSource,
        now: () => new Date(),
        listWatchlistTickers: (workspaceId, id) => listWatchlistTickers(dbOf(workspaceId), workspaceId, id),
        listUniverse: (source) => listUniverse(relay, source),
        listOwnTickers: async (workspaceId) =>
          (await listOwnSeries(dbOf(workspaceId), workspaceId)).map(({ ticker }) => ticker),
      },
    },
  });
  shutdown.onStop('server', (signal) => server.close(signal));
  const port = await server.listen(config.host, config.port);
  const address = apiUrl(config.host, port);
  if (serveConsole !== null && developmentKey !== null)
    printLine(`Console with this key: ${new URL('/', address)}#key=${developmentKey}`);
  if (serveConsole === null && config.console === 'on')
    printLine(
      'The console is not built: run "npm ci" and "npm run build:console" with development dependencies.',
    );
  if (isGraphiqlOn && developmentKey !== null)
    printLine(`GraphiQL with this key: ${address}#key=${developmentKey}`);
  return port;
}
