import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { createLogger } from '../../src/logger.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The migrated database that every test file gets a copy of. */
    templateUrl: string;
  }
}

/** One server for a whole run; without fsync, since its data ends with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = createLogger('warn');
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-test-'));
  await chmod(dataDir, 0o755);
  const server = await startPostgres({ dataDir, log, settings: { fsync: 'off', synchronous_commit: 'off' } });
  await migrate(server.url, log);
  project.provide('templateUrl', server.url);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
