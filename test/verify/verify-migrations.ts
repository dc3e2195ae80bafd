import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { provideRoles } from '../../src/db/provide-roles.ts';
import { startPostgres } from '../../src/postgres/embedded.ts';
import { silent } from '../support/silent.ts';
import { migrateBesideWriters } from './migrate-beside-writers.ts';

/** Runs the migrations on tables of so many rows beside writers, prints what these noticed, and fails when one was held up for a second. */
export async function verifyMigrations(rows: number): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'thetool-migrations-'));
  const server = await startPostgres({ dataDir, log: silent });
  try {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await provideRoles(client);
    await client.end();
    const { written, blocked, longestMs, migratedMs } = await migrateBesideWriters(server.url, rows);
    console.log(
      `${rows} rows: the migrations took ${Math.round(migratedMs)} ms; ${written} writes meanwhile, the longest ${Math.round(longestMs)} ms`,
    );
    for (const text of new Set(blocked)) console.log(`blocked for longer than a second: ${text}`);
    process.exitCode = blocked.length === 0 ? 0 : 1;
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
