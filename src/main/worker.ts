import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { createHealth } from './health.ts';
import { printLine } from './print-line.ts';
import { requireFolder } from './require-folder.ts';
import { runWorker } from './run-worker.ts';
import { serveHealth } from './serve-health.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

/** One worker; run as many as needed against one DATABASE_URL. */
export async function main(): Promise<void> {
  const config = loadConfig();
  await requireFolder('CSV_DIR', config.csvDir);
  if (config.databaseUrl === null) {
    throw new StartupError(
      'A worker of its own needs DATABASE_URL; `npm start` runs API and worker in one process.',
    );
  }
  const log = createLogger(config.logLevel);
  const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
  const health = createHealth({ metrics: createMetrics(), log, stopping: () => shutdown.stopping });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown);
    const { healthPort } = config.worker;
    if (healthPort !== null) {
      const pages = await serveHealth(health, config.host, {
        setting: 'WORKER_HEALTH_PORT',
        port: healthPort,
      });
      shutdown.onStop('health pages', pages.close);
      printLine(`Health pages: http://${config.host}:${pages.port}/readyz`);
    }
    await runWorker(config, url, log, shutdown, health);
    printLine('The worker is ready.');
  });
}
