import { loadConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { provideDatabase } from './database.ts';
import { printLine } from './print-line.ts';
import { createShutdown } from './shutdown.ts';
import { stopOnFailure } from './stop-on-failure.ts';

/** Brings the database to the newest schema and ends. */
export async function main(): Promise<void> {
  const config = loadConfig();
  const log = createLogger(config.logLevel);
  const shutdown = createShutdown({ log, drainMs: 0 });
  await stopOnFailure(shutdown, () => provideDatabase(config, log, shutdown, 'COMMAND'));
  await shutdown.stop('done');
  printLine('The database is up to date.');
}
