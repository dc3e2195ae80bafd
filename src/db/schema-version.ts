import { readFileSync } from 'node:fs';
import type { Executor } from './client.ts';
import { sql } from './drizzle.ts';

interface Journal {
  readonly entries: readonly { readonly when: number }[];
}

/** The newest migration that this program brings, as the migrator dates it. */
export function ownSchemaVersion(): number {
  const text = readFileSync(new URL('../../drizzle/meta/_journal.json', import.meta.url), 'utf8');
  return Math.max(...(JSON.parse(text) as Journal).entries.map(({ when }) => when));
}

/** The newest migration that the database has seen; 0 without any. */
export async function findSchemaVersion(db: Executor): Promise<number> {
  const result = await db.execute<{ version: string | null }>(
    sql`/* findSchemaVersion */ select max(created_at) as version from drizzle.__drizzle_migrations`,
  );
  return Number(result.rows[0]?.version ?? 0);
}
