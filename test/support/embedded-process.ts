import { createLogger } from '../../src/logger.ts';
import { startPostgres } from '../../src/postgres/embedded.ts';
import { StartupError } from '../../src/startup.ts';

/** An embedded PostgreSQL in a process of its own, to be killed by tests. Says `ready <ms> <url>`; SIGTERM stops it. */
try {
  const began = performance.now();
  const server = await startPostgres({
    dataDir: process.env.DATA_DIR ?? '',
    log: createLogger(process.env.LOG_LEVEL ?? 'warn'),
  });
  process.once('SIGTERM', () => void server.stop());
  console.log(`ready ${Math.round(performance.now() - began)} ${server.url}`);
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.log(error.message);
  process.exitCode = 1;
}
