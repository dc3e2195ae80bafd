import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db, PoolLoad } from '../db/client.ts';
import { findSchemaVersion, ownSchemaVersion } from '../db/schema-version.ts';
import type { Listener } from '../events/listener.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

/** A part that works and needs attention. The process stays ready. */
interface Degraded {
  readonly degraded: string;
}
/** What a part says of itself: null when it is well, the reason why the process is not ready, or what needs attention. */
type Findings = Readonly<Record<string, string | null | Degraded>>;
type Check = () => Findings | Promise<Findings>;

export interface Health {
  readonly metrics: Metrics;
  /** Adds a part that `/readyz` asks. */
  check(check: Check): void;
  /** Responds to `/livez`, `/readyz` and `/metrics` on a port of the operator; false: the request is for another page. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** As `handle`, on a port that everybody may reach: without a key of the operator there are no details of `/readyz` and no `/metrics`. */
  handlePublic(
    request: IncomingMessage,
    response: ServerResponse,
    isOperator: (authorization: string | undefined) => boolean,
  ): boolean;
}

type Pages = Readonly<Record<string, (response: ServerResponse) => Promise<void>>>;

/** Below the 2 s after which whoever asks has given up. */
const LIMIT_MS = 1_700;
/** Share of the server's queue of notifications above which `/readyz` warns. A full queue delays readers to their poll of 2 s. */
const QUEUE_WARNING = 0.5;

/** Is the process alive, can it work, and what does it measure: over plain HTTP, for orchestrators and Prometheus. */
export function createHealth(deps: {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly stopping?: () => boolean;
}): Health {
  const { metrics, log, stopping = () => false } = deps;
  const checks: Check[] = [];
  let asking: Promise<Findings> | null = null;

  /** Whoever asks while others wait gets their answer: probes must not add to an overload. */
  function findings(): Promise<Findings> {
    asking ??= askAll().finally(() => {
      asking = null;
    });
    return asking;
  }

  async function askAll(): Promise<Findings> {
    const found = await Promise.all(checks.map((check) => inTime(check)));
    const phase = stopping() ? 'it is stopping' : checks.length === 0 ? 'it is starting' : null;
    return Object.assign({ process: phase }, ...found);
  }

  async function live(response: ServerResponse): Promise<void> {
    const began = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    const turnMs = Math.round(performance.now() - began);
    answer(response, 200, { live: true, uptimeSeconds: Math.round(process.uptime()), turnMs });
  }

  async function readyInPublic(response: ServerResponse): Promise<void> {
    const isReady = Object.values(await findings()).every((reason) => typeof reason !== 'string');
    answer(response, isReady ? 200 : 503, { ready: isReady });
  }

  async function reject(response: ServerResponse): Promise<void> {
    response.setHeader('www-authenticate', 'Bearer');
    answer(response, 401, {
      error: 'The metrics are for the operator: use OPERATOR_PORT, or send OPERATOR_KEY as a bearer token.',
    });
  }

  async function ready(response: ServerResponse): Promise<void> {
    const found = await findings();
    const isReady = Object.values(found).every((reason) => typeof reason !== 'string');
    const parts = Object.entries(found).map(([name, reason]) => [
      name,
      typeof reason === 'object' && reason !== null ? `degraded: ${reason.degraded}` : (reason ?? 'ok'),
    ]);
    answer(response, isReady ? 200 : 503, { ready: isReady, parts: Object.fromEntries(parts) });
  }

  async function measure(response: ServerResponse): Promise<void> {
    const text = await metrics.scrape();
    response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
  }

  const pages: Pages = { '/livez': live, '/readyz': ready, '/metrics': measure };
  const publicPages: Pages = { '/livez': live, '/readyz': readyInPublic, '/metrics': reject };

  function serve(from: Pages, request: IncomingMessage, response: ServerResponse): boolean {
    const page = from[request.url?.split('?')[0] ?? ''];
    if (page === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    page(response).catch((error: unknown) => {
      log.error({ err: error, url: request.url }, 'a health page failed');
      response.destroy();
    });
    return true;
  }

  return {
    metrics,
    check: (check) => void checks.push(check),
    handle: (request, response) => serve(pages, request, response),
    handlePublic: (request, response, isOperator) =>
      serve(isOperator(request.headers.authorization) ? pages : publicPages, request, response),
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function inTime(check: Check): Promise<Findings> {
  const timer = new AbortController();
  const late = delay(LIMIT_MS, { check: `no answer within ${LIMIT_MS} ms` }, { signal: timer.signal });
  late.catch(() => undefined);
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } finally {
    timer.abort();
  }
}

/** Whether the database answers and has this program's tables. A newer database is fine: a migration is made before its programs. */
function databaseCheck(db: Db): Check {
  const wanted = ownSchemaVersion();
  return async () => {
    const late = delay(LIMIT_MS - 100, null, { ref: false });
    const version = await Promise.race([findSchemaVersion(db).catch(reasonOf), late]);
    if (version === null) return { database: 'no answer in time', migrations: 'not known' };
    if (typeof version === 'string') return { database: version, migrations: 'not known' };
    return {
      database: null,
      migrations: version >= wanted ? null : 'the database is older than this program',
    };
  };
}

/** Lets `/readyz` and `/metrics` look at what API and worker have in common. */
export function observePart(
  { check, metrics }: Health,
  part: {
    readonly name: 'api' | 'worker';
    readonly db: Db;
    readonly load: () => PoolLoad;
    readonly listener: Listener;
  },
): void {
  const { name, db, load, listener } = part;
  const ask = databaseCheck(db);
  check(async () => ({
    ...(await ask()),
    [`${name}Listener`]: listener.connected() ? null : 'it is connecting again',
    notifyQueue: queueFinding(listener.queueUsage()),
  }));
  metrics.observe(() => {
    metrics.listenerConnected.set({ process: name }, listener.connected() ? 1 : 0);
    for (const [state, count] of Object.entries(load()))
      metrics.poolConnections.set({ pool: name, state }, count);
  });
}

function queueFinding(usage: number | null): Degraded | null {
  if (usage === null || usage < QUEUE_WARNING) return null;
  const percent = Math.round(100 * usage);
  return {
    degraded: `the queue of notifications of the server is ${percent} % full; look for a session that listens in an open transaction (docs/reliability.md)`,
  };
}

/** The innermost reason, which names neither statement nor password. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message || reason.name : 'unknown';
}
