import { setTimeout as delay } from 'node:timers/promises';
import { loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { createHealth } from '../../src/main/health.ts';
import { runWorker } from '../../src/main/run-worker.ts';
import { serveHealth } from '../../src/main/serve-health.ts';
import { createShutdown } from '../../src/main/shutdown.ts';
import { createMetrics } from '../../src/metrics.ts';
import { testTask } from './engine.ts';

/**
 * A worker process whose items do what their ticker says: SLOW waits until its signal aborts, STUBBORN hangs also after that.
 * FORGETFUL leaves a promise that rejects while the item waits, LATE one that rejects after the item has ended, and THROWING throws
 * in a callback. Anything else takes 5 ms. Prints `running`.
 */
const config = loadConfig(null);
const log = createLogger(config.logLevel);
const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
const health = createHealth({ metrics: createMetrics(), log, stopping: () => shutdown.stopping });
const task = testTask(async (ticker, _attempt, signal) => {
  if (ticker.startsWith('STUBBORN')) await new Promise(() => undefined);
  if (ticker.startsWith('SLOW')) await delay(600_000, undefined, { signal });
  if (ticker.startsWith('FORGETFUL')) {
    void delay(1).then(() => Promise.reject(new Error('forgotten')));
    await delay(600_000, undefined, { signal });
  }
  if (ticker.startsWith('LATE')) void delay(100).then(() => Promise.reject(new Error('too late')));
  if (ticker.startsWith('THROWING')) {
    setTimeout(() => {
      throw new Error('thrown');
    }, 1);
    await delay(600_000, undefined, { signal });
  }
  await delay(5);
});
if (config.worker.healthPort !== null) {
  const pages = await serveHealth(health, config.host, {
    setting: 'WORKER_HEALTH_PORT',
    port: config.worker.healthPort,
  });
  shutdown.onStop('health pages', pages.close);
  console.log(`Health pages: http://${config.host}:${pages.port}/readyz`);
}
await runWorker(config, config.databaseUrl ?? '', log, shutdown, health, () => new Map([[task.kind, task]]));
console.log('running');
