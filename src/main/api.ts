import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import { apiUrl } from './api-url.ts';
import { provideDatabase } from './database.ts';
import { createHealth } from './health.ts';
import { printLine } from './print-line.ts';
import { requireFolder } from './require-folder.ts';
import { runApi } from './run-api.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

/** One API node; run as many as needed against one DATABASE_URL. */
export async function main(): Promise<void> {
  const config = loadConfig();
  await requireFolder('CSV_DIR', config.csvDir);
  const log = createLogger(config.logLevel);
  const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
  const health = createHealth({ metrics: createMetrics(), log, stopping: () => shutdown.stopping });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown);
    const port = await runApi(config, url, log, shutdown, health);
    printLine(`The API is ready: ${apiUrl(config.host, port)}`);
  });
}
