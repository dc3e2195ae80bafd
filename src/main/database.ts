import type { Config } from '../config.ts';
import { migrate } from '../db/migrate.ts';
import type { Logger } from '../logger.ts';
import { startPostgres } from '../postgres/embedded.ts';
import type { Purpose } from '../postgres/holder.ts';
import type { Shutdown } from './shutdown.ts';

/**
 * A migrated database: the configured one, or the embedded server, which then stops with this process. A command works on the
 * embedded server of a process that runs. Returns its URL.
 */
export async function provideDatabase(
  config: Config,
  log: Logger,
  shutdown: Shutdown,
  purpose: Purpose = 'SERVER',
): Promise<string> {
  const url = config.databaseUrl ?? (await startEmbedded(config.dataDir, log, shutdown, purpose));
  await migrate(url, log);
  return url;
}

async function startEmbedded(
  dataDir: string,
  log: Logger,
  shutdown: Shutdown,
  purpose: Purpose,
): Promise<string> {
  const starting = startPostgres({ dataDir, log, purpose });
  // Registered before it runs: a signal during the start waits for it, so that no server is left behind.
  shutdown.onStop('postgres', async () => {
    const server = await starting.catch(() => null);
    await server?.stop();
  });
  const server = await starting;
  void server.crashed.then(() => shutdown.fail('the embedded PostgreSQL ended unexpectedly'));
  return server.url;
}
