import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { provideDatabase } from './database.ts';
import { runWorker } from './run-worker.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

/** One worker; run as many as needed against one DATABASE_URL. */
export async function main(): Promise<void> {
  const config = loadConfig();
  if (config.databaseUrl === null) {
    throw new StartupError(
      'A worker of its own needs DATABASE_URL; `npm start` runs API and worker in one process.',
    );
  }
  const log = createLogger(config.logLevel);
  const shutdown = createShutdown({ log, drainMs: config.shutdownDrainMs });
  await stopOnFailure(shutdown, async () => {
    const url = await provideDatabase(config, log, shutdown);
    await runWorker(config, url, log, shutdown);
    console.log('The worker is ready.');
  });
}
