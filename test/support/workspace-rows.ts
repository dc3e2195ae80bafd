import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';

/** Number and digest of a workspace's rows in a table. */
export type TableDigest = Readonly<Record<string, string>>;

/** A condition on `t` for each column by which a table belongs to a workspace; the first column that a table has is used. */
const OWNERS = {
  workspace_id: (id: string) => `t.workspace_id = '${id}'`,
  job_id: (id: string) => `t.job_id in (select id from jobs where workspace_id = '${id}')`,
  analysis_id: (id: string) => `t.analysis_id in (select id from analyses where workspace_id = '${id}')`,
  backtest_id: (id: string) => `t.backtest_id in (select id from backtests where workspace_id = '${id}')`,
} as const;

/** A use of a key is noted by whoever admits it. */
const NOT_COMPARED = ['last_used_at'];

/** Returns a function that digests all rows of the workspace, table by table, in one statement. */
export async function createRowDigest(db: Db, workspaceId: string): Promise<() => Promise<TableDigest>> {
  const tables = await listTables(db);
  const conditions = [
    ['workspaces', `t.id = '${workspaceId}'`],
    ...tables.map(({ name, column }) => [name, OWNERS[column](workspaceId)]),
  ];
  const removed = NOT_COMPARED.map((name) => ` - '${name}'`).join('');
  const digests = conditions.map(
    ([name, condition]) => `select '${name}' as name, count(*) || ' rows ' || coalesce(md5(string_agg(
      (to_jsonb(t)${removed})::text, ' ' order by t.*::text)), '') as digest from "${name}" as t where ${condition}`,
  );
  const statement = sql.raw(digests.join(' union all '));
  return async () => {
    const { rows } = await db.execute<{ name: string; digest: string }>(statement);
    return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
  };
}

type Table = { readonly name: string; readonly column: keyof typeof OWNERS };
const known = new WeakMap<Db, Promise<readonly Table[]>>();

/** The tables of a database that belong to workspaces. */
function listTables(db: Db): Promise<readonly Table[]> {
  const listed = known.get(db) ?? readTables(db);
  known.set(db, listed);
  return listed;
}

async function readTables(db: Db): Promise<readonly Table[]> {
  const owners = sql.param(Object.keys(OWNERS));
  const { rows } = await db.execute<Table>(sql`
    select distinct on (c.relname) c.relname as name, a.attname as column
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = any(${owners}::text[])
    order by c.relname, array_position(${owners}::text[], a.attname::text)`);
  return rows;
}
