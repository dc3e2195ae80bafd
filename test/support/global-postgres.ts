import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../src/db/migrate.ts';
import { createLogger, type Logger } from '../../src/logger.ts';
import { startPostgres } from '../../src/postgres/embedded.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The migrated database that every test file gets a copy of. */
    templateUrl: string;
  }
}

interface Template {
  readonly url: string;
  close(): Promise<void>;
}

/** One server for a whole run: the one of TEST_DATABASE_URL, or an embedded one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = createLogger('warn');
  const given = process.env.TEST_DATABASE_URL ?? '';
  const template = given === '' ? await startServer(log) : await createTemplate(given);
  await migrate(template.url, log);
  project.provide('templateUrl', template.url);
  return template.close;
}

/** Without fsync, since the data ends with the server. */
async function startServer(log: Logger): Promise<Template> {
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-test-'));
  await chmod(dataDir, 0o755);
  const server = await startPostgres({ dataDir, log, settings: { fsync: 'off', synchronous_commit: 'off' } });
  return {
    url: server.url,
    async close() {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A database of its own on a server of the developer, with the encoding and collation of the embedded server. */
async function createTemplate(serverUrl: string): Promise<Template> {
  const name = `thetool_test_${randomBytes(6).toString('hex')}`;
  await administer(serverUrl, `create database ${name} template template0 encoding 'UTF8' locale 'C'`);
  return {
    url: Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href,
    close: () => administer(serverUrl, `drop database ${name} with (force)`),
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
