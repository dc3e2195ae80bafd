import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { createMetrics } from '../metrics.ts';
import type { Purpose } from '../postgres/holder.ts';
import { apiUrl } from './api-url.ts';
import { provideDatabase } from './database.ts';
import { createHealth } from './health.ts';
import { printLine } from './print-line.ts';
import { requireFolder } from './require-folder.ts';
import { runApi } from './run-api.ts';
import { runWorker } from './run-worker.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

/** Everything in one process: database, migrations, API and one worker. */
export function main(): Promise<void> {
  return serve('SERVER');
}

/** With the purpose COMMAND it works on the embedded server of a process that runs. */
export async function serve(purpose: Purpose): Promise<void> {
  const config = loadConfig();
  await requireFolder('CSV_DIR', config.csvDir);
  const log = createLogger(config.logLevel);
  const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
  const health = createHealth({ metrics: createMetrics(), log, stopping: () => shutdown.stopping });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown, purpose);
    const port = await runApi(config, url, log, shutdown, health);
    await runWorker(config, url, log, shutdown, health);
    printLine(`TheTool is ready: ${apiUrl(config.host, port)}. Ctrl-C stops it.`);
  });
}
