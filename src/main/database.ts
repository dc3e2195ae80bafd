import type { Config } from '../config.ts';
import { startPostgres } from '../db/embedded.ts';
import { migrate } from '../db/migrate.ts';
import type { Logger } from '../logger.ts';
import type { Shutdown } from './shutdown.ts';

/** A migrated database: the configured one, or the embedded server, which then stops with this process. Answers its URL. */
export async function provideDatabase(config: Config, log: Logger, shutdown: Shutdown): Promise<string> {
  let url = config.databaseUrl;
  if (url === null) {
    const server = await startPostgres({ dataDir: config.dataDir, log });
    shutdown.onStop('postgres', () => server.stop());
    void server.crashed.then(() => {
      log.fatal('the embedded PostgreSQL ended unexpectedly');
      process.exitCode = 1;
      void shutdown.stop('postgres ended').then(() => process.exit());
    });
    url = server.url;
  }
  await migrate(url, log);
  return url;
}
