import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../src/db/migrate.ts';
import { createLogger } from '../src/logger.ts';
import { startPostgres } from '../src/postgres/embedded.ts';
import { clusterIn } from '../src/postgres/prepare-cluster.ts';

export interface BenchServer {
  readonly url: string;
  /** Process id of the postmaster. */
  readonly pid: number;
}

/** A migrated embedded PostgreSQL with full durability in a directory of its own, gone afterwards. */
export async function withServer(
  work: (server: BenchServer) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-bench-'));
  await chmod(dataDir, 0o755);
  const log = createLogger('error');
  const server = await startPostgres({ dataDir, log, settings: { max_connections: '200', ...settings } });
  try {
    await migrate(server.url, log);
    const pid = Number((await readFile(join(clusterIn(dataDir), 'postmaster.pid'), 'utf8')).split('\n')[0]);
    await work({ url: server.url, pid });
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
