import type pg from 'pg';
import type { Logger } from '../logger.ts';
import { foldName } from '../name.ts';
import { databaseErrorCode } from './retry.ts';

const BATCH = 500;
/** Rows of one read that looks for keys of former names. */
const PAGE = 5_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const UNIQUE_VIOLATION = '23505';

/** Tables with a `name_key`, and what a name is unique in. */
const TABLES = [
  { table: 'workspaces', scopeOf: () => `'all'::text` },
  { table: 'watchlists', scopeOf: (row: string) => `${row}.workspace_id` },
] as const;

type Table = (typeof TABLES)[number];

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Keyed extends Named {
  readonly key: string;
}

/**
 * Stores the folded name of rows that an earlier version, or a statement of an operator, inserted or renamed without it. Folding is this program's
 * work, not the database's, so neither a migration nor a trigger can do it: a trigger sees no difference between a rename that left the key as it was and one
 * that stored an equal key. Of rows with one folded name the oldest gets it, and the others keep null: they stay usable, and are tried again at the next
 * start. Batches are locked by id, as everywhere.
 */
export async function fillNameKeys(client: pg.Client, log: Logger): Promise<void> {
  for (const table of TABLES) {
    const stale = await clearStaleKeys(client, table);
    if (stale > 0) log.info({ table: table.table, rows: stale }, 'keys of former names removed');
    let left = 0;
    for (let after = FIRST_ID; ; ) {
      const { rows } = await client.query<Named>(
        `select id, name from ${table.table} where name_key is null and id > $1 order by id limit ${BATCH}`,
        [after],
      );
      const last = rows.at(-1);
      if (last === undefined) break;
      left += rows.length - (await fillBatch(client, table, rows));
      after = last.id;
    }
    if (left > 0) log.warn({ table: table.table, rows: left }, 'names are equal to older ones when folded');
  }
}

/** Sets keys to null that are not those of the present names, before any row is filled: such a key may be the one that another row needs. */
async function clearStaleKeys(client: pg.Client, { table }: Table): Promise<number> {
  let cleared = 0;
  for (let after = FIRST_ID; ; ) {
    const { rows } = await client.query<Keyed>(
      `select id, name, name_key as key from ${table} where name_key is not null and id > $1 order by id limit ${PAGE}`,
      [after],
    );
    const last = rows.at(-1);
    if (last === undefined) return cleared;
    const stale = rows.filter(({ name, key }) => key !== foldName(name));
    if (stale.length > 0) cleared += await clear(client, table, stale);
    after = last.id;
  }
}

async function clear(client: pg.Client, table: string, rows: readonly Keyed[]): Promise<number> {
  const ids = rows.map(({ id }) => id);
  return inTransaction(client, async () => {
    await lockRows(client, table, ids);
    const { rowCount } = await client.query(
      `update ${table} as r set name_key = null from unnest($1::uuid[], $2::text[], $3::text[]) as k(id, name, key)
       where r.id = k.id and r.name = k.name and r.name_key = k.key`,
      [ids, rows.map(({ name }) => name), rows.map(({ key }) => key)],
    );
    return rowCount ?? 0;
  });
}

/** Returns how many rows were filled. A name that another process takes meanwhile fails the batch, which is then filled row by row. */
async function fillBatch(client: pg.Client, table: Table, rows: readonly Named[]): Promise<number> {
  try {
    return await fill(client, table, rows);
  } catch (error) {
    if (databaseErrorCode(error) !== UNIQUE_VIOLATION) throw error;
    if (rows.length === 1) return 0;
    let filled = 0;
    for (const row of rows) filled += await fillBatch(client, table, [row]);
    return filled;
  }
}

async function fill(client: pg.Client, { table, scopeOf }: Table, rows: readonly Named[]): Promise<number> {
  const ids = rows.map(({ id }) => id);
  return inTransaction(client, async () => {
    await lockRows(client, table, ids);
    const { rowCount } = await client.query(
      `update ${table} as r set name_key = n.key
       from (
         select distinct on (${scopeOf('t')}, k.key) t.id, k.key
         from unnest($1::uuid[], $2::text[], $3::text[]) as k(id, name, key) join ${table} t on t.id = k.id and t.name = k.name
         where t.name_key is null and not exists (
           select from ${table} o where o.name_key = k.key and ${scopeOf('o')} = ${scopeOf('t')})
         order by ${scopeOf('t')}, k.key, t.id
       ) as n where r.id = n.id`,
      [ids, rows.map(({ name }) => name), rows.map(({ name }) => foldName(name))],
    );
    return rowCount ?? 0;
  });
}

/** A statement of its own, before the change: the engine and submits hold `KEY SHARE` on lists (ARCHITECTURE, lock order). */
async function lockRows(client: pg.Client, table: string, ids: readonly string[]): Promise<void> {
  await client.query(`select from ${table} where id = any($1::uuid[]) order by id for no key update`, [ids]);
}

async function inTransaction(client: pg.Client, run: () => Promise<number>): Promise<number> {
  await client.query('begin');
  try {
    const count = await run();
    await client.query('commit');
    return count;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
