import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';

const TABLES = [
  'jobs',
  'job_items',
  'job_events',
  'analyses',
  'analysis_details',
  'latest_analyses',
  'watchlists',
  'watchlist_items',
  'watchlist_tickers',
] as const;

/** Every row of every table that the engine writes, to compare before and after. */
export async function snapshot(db: Db): Promise<Record<string, unknown>> {
  const parts = TABLES.map(
    (table) =>
      `'${table}', (select coalesce(json_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]') from ${table} t)`,
  );
  const { rows } = await db.execute<{ all: Record<string, unknown> }>(
    sql.raw(`select json_build_object(${parts.join(', ')}) as all`),
  );
  return rows[0]?.all ?? {};
}

/** How many rows each of these tables has. */
export async function countRows(db: Db): Promise<Record<string, number>> {
  const tables = ['jobs', 'job_items', 'job_events', 'analyses', 'analysis_details', 'latest_analyses'];
  const parts = tables.map((table) => `(select count(*) from ${table})::int as ${table}`);
  const { rows } = await db.execute<Record<string, number>>(sql.raw(`select ${parts.join(', ')}`));
  return rows[0] ?? {};
}

/** Tables whose rows change by themselves: presence, limits, when a key was last used. */
const RESTLESS = ['workers', 'rate_limits'];
/** Refusals change nothing, but they are counted. */
const ONLY: Readonly<Record<string, string>> = { audit_entries: "where outcome = 'OK'" };

/** Every row of every table but those, to compare before and after something that must not change anything. */
export async function everyRow(db: Db): Promise<Record<string, unknown>> {
  const { rows: tables } = await db.execute<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
  );
  const parts = tables
    .filter(({ name }) => !RESTLESS.includes(name))
    .map(
      ({ name }) =>
        `'${name}', (select coalesce(json_agg(to_jsonb(t) order by to_jsonb(t)::text), '[]') from ${name} t ${ONLY[name] ?? ''})`,
    );
  const { rows } = await db.execute<{ all: Record<string, unknown> }>(
    sql.raw(`select json_build_object(${parts.join(', ')}) as all`),
  );
  return rows[0]?.all ?? {};
}
