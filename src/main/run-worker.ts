import { hostname } from 'node:os';
import { fillFigures } from '../analyses/fill-figures.ts';
import type { Config } from '../config.ts';
import { openDatabase } from '../db/client.ts';
import { ROLES } from '../db/roles.ts';
import { createPostgresWakeUp } from '../events/wake-up.ts';
import { keepAlive } from '../jobs/keep-alive.ts';
import { pruneHistory } from '../jobs/prune-history.ts';
import { createRecorder } from '../jobs/record-steps.ts';
import { rescueItems } from '../jobs/rescue-items.ts';
import { type Runner, runJobs } from '../jobs/run-jobs.ts';
import { createThroughput } from '../jobs/throughput.ts';
import type { Logger } from '../logger.ts';
import { keepCandles } from '../market/keep-candles.ts';
import { findOwnBars } from '../market/own.store.ts';
import { createSources } from '../market/sources/index.ts';
import { createMetrics } from '../metrics.ts';
import { deliverWebhooks } from '../webhooks/deliver-webhooks.ts';
import { createSender, DEADLINE_MS } from '../webhooks/send-message.ts';
import { createHealth, type Health, observePart } from './health.ts';
import type { Shutdown } from './shutdown.ts';
import { createTasks } from './tasks.ts';
import { createWebhookLogs } from './webhook-logs.ts';

const VERSION = '0.1.0';

/** A worker: presence, rescuer, runner and the listener that wakes it. */
export async function runWorker(
  config: Config,
  url: string,
  log: Logger,
  shutdown: Shutdown,
  health: Health = createHealth({ metrics: createMetrics(), log }),
  makeTasks: typeof createTasks = createTasks,
): Promise<void> {
  const { metrics } = health;
  const { capacity, leaseMs, heartbeatMs, pollMs, itemTimeoutMs } = config.worker;
  const { db, close, load } = openDatabase({
    url,
    max: config.databasePoolSize,
    applicationName: 'thetool worker',
    role: ROLES.worker,
    joinsByKey: true,
    log,
    onFailure: (statement) => metrics.statementFailures.inc({ statement }),
  });
  shutdown.onStop('worker pool', close);
  const now = () => new Date();
  const sources = keepCandles(
    { db, log, now },
    createSources({
      ...config,
      now,
      findOwnBars: (workspaceId, ticker) => findOwnBars(db, workspaceId, ticker),
    }),
  );
  const tasks = makeTasks(db, sources);

  const name = `${hostname()}:${process.pid}`;
  const throughput = createThroughput(() => performance.now());
  const kinds = [...tasks.keys()];
  const presence = await keepAlive({
    url,
    role: ROLES.worker,
    name,
    version: VERSION,
    capacity,
    kinds,
    finishedPerMinute: throughput.perMinute,
    leaseMs,
    heartbeatMs,
    log,
  });
  shutdown.onStop('presence', () => presence.stop());
  const rescuer = rescueItems({ db, leaseMs, log, metrics });
  shutdown.onStop('rescuer', () => rescuer.stop());
  const pruner = pruneHistory({ db, log, metrics, ...config.retention });
  shutdown.onStop('pruner', () => pruner.stop());
  const filler = fillFigures({ db, log });
  shutdown.onStop('filler', () => filler.stop());
  const deliverer = deliverWebhooks({
    db,
    log,
    logs: createWebhookLogs(db),
    send: createSender({ policy: config.webhooks, now }),
    leaseMs: 3 * DEADLINE_MS,
    pollMs,
    disableAfterDays: config.webhooks.disableAfterDays,
    metrics,
  });
  shutdown.onStop('webhooks', (signal) => deliverer.stop(signal));
  const recorder = createRecorder({ db, tasks, log, metrics, onEnded: throughput.count });
  shutdown.onStop('recorder', (signal) => recorder.close(signal));
  // The runner is registered last and so stops first: it claims nothing more from that moment.
  let runner: Runner | null = null;
  const wakeUp = createPostgresWakeUp({ db, url, role: ROLES.worker, log });
  shutdown.onStop('worker listener', () => wakeUp.close());
  const listener = await wakeUp.subscribe({
    onHints: (hints) => {
      runner?.hear(hints);
      deliverer.hear(hints);
    },
    onConnected: () => {
      runner?.wake();
      deliverer.wake();
    },
    onReconnect: () => metrics.listenerReconnects.inc({ process: 'worker' }),
  });
  const started = runJobs({ db, presence, tasks, recorder, log, capacity, pollMs, itemTimeoutMs, metrics });
  runner = started;
  shutdown.onStop('runner', async (signal) => {
    await Promise.all([presence.drain(), started.stop(signal)]);
  });
  observePart(health, { name: 'worker', db, load, listener });
  health.check(() => ({ lease: presence.workerId() === null ? 'it has no lease at the moment' : null }));
}
