import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db, PoolLoad } from '../db/client.ts';
import { findSchemaVersion, ownSchemaVersion } from '../db/schema-version.ts';
import type { Listener } from '../events/listener.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';

/** What a part says of itself: null when it is well, else the reason. */
type Findings = Readonly<Record<string, string | null>>;
type Check = () => Findings | Promise<Findings>;

export interface Health {
  readonly metrics: Metrics;
  /** Adds a part that `/readyz` asks. */
  check(check: Check): void;
  /** Answers `/livez`, `/readyz` and `/metrics`; false: the request is for somebody else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Below the 2 s after which whoever asks has given up. */
const LIMIT_MS = 1_700;

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

  async function ready(response: ServerResponse): Promise<void> {
    const found = await findings();
    const isReady = Object.values(found).every((reason) => reason === null);
    const parts = Object.entries(found).map(([name, reason]) => [name, reason ?? 'ok']);
    answer(response, isReady ? 200 : 503, { ready: isReady, parts: Object.fromEntries(parts) });
  }

  async function measure(response: ServerResponse): Promise<void> {
    const text = await metrics.scrape();
    response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text);
  }

  const pages: Readonly<Record<string, (response: ServerResponse) => Promise<void>>> = {
    '/livez': live,
    '/readyz': ready,
    '/metrics': measure,
  };

  return {
    metrics,
    check: (check) => void checks.push(check),
    handle(request, response) {
      const page = pages[request.url?.split('?')[0] ?? ''];
      if (page === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
      page(response).catch((error: unknown) => {
        log.error({ err: error, url: request.url }, 'a health page failed');
        response.destroy();
      });
      return true;
    },
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
  }));
  metrics.observe(() => {
    metrics.listenerConnected.set({ process: name }, listener.connected() ? 1 : 0);
    for (const [state, count] of Object.entries(load()))
      metrics.poolConnections.set({ pool: name, state }, count);
  });
}

/** The innermost reason, which names neither statement nor password. */
function reasonOf(error: unknown): string {
  let reason = error;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  return reason instanceof Error ? reason.message || reason.name : 'unknown';
}
