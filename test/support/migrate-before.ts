import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { provideRoles } from '../../src/db/provide-roles.ts';
import { runMigrations } from '../../src/db/run-migrations.ts';
import { temporaryDirectory } from './processes.ts';
import { silent } from './silent.ts';

const folder = fileURLToPath(new URL('../../drizzle', import.meta.url));

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

/**
 * Brings an empty database to the schema directly before the migration with this name (without its number), so that a test can insert rows as
 * an earlier version stored them. `migrate` then runs the rest.
 */
export async function migrateBefore(url: string, name: string): Promise<void> {
  const scratch = await temporaryDirectory();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await cp(folder, scratch.path, { recursive: true });
    const path = join(scratch.path, 'meta/_journal.json');
    const journal = JSON.parse(await readFile(path, 'utf8')) as Journal;
    const first = journal.entries.findIndex(({ tag }) => tag.slice('0000_'.length) === name);
    if (first === -1) throw new Error(`there is no migration ${name}`);
    await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, first) }));
    await provideRoles(client);
    await runMigrations(client, { folder: scratch.path }, silent);
  } finally {
    await client.end();
    await scratch.remove();
  }
}
