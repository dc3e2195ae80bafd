import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from '../logger.ts';
import { readMigrationFiles } from './drizzle.ts';
import { databaseErrorCode } from './retry.ts';

/** First line of a migration whose statements run one by one, outside of a transaction. */
const CONCURRENTLY = '-- concurrently';
const CREATES_INDEX =
  /^\s*create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?\s+on\b/i;

/**
 * How long a migration waits for a lock before it lets the others pass. A statement that waits for an exclusive lock holds up every later
 * reader and writer of its table, so it must not wait longer than they may.
 */
const LOCK_WAIT_MS = 300;
/**
 * How long a migration waits behind the maintenance of its tables, before it asks for its own locks. PostgreSQL cancels an autovacuum that
 * somebody has waited for during `deadlock_timeout`, whose default is 1 s: a wait of `LOCK_WAIT_MS` never has this effect.
 */
const MAINTENANCE_WAIT_MS = 10_000;
/** How long a migration is tried again while others hold its locks. */
const GIVE_UP_AFTER_MS = 120_000;
/** LOCK_NOT_AVAILABLE and DEADLOCK_DETECTED. */
const LOCKED_OUT: ReadonlySet<string> = new Set(['55P03', '40P01']);

interface Migration {
  /** Date of the migration in the journal: what `__drizzle_migrations` remembers it by. */
  readonly when: number;
  readonly hash: string;
  readonly statements: readonly string[];
  readonly concurrently: boolean;
}

interface Source {
  readonly folder: string;
  /** Migrations of a later date are left out. Undefined: none. */
  readonly upTo?: number | undefined;
}

/**
 * Runs the migrations of a folder that the database has not seen, in their order, each in a transaction of its own. A migration whose first
 * line is `-- concurrently` runs outside of a transaction: a process that dies in the middle of it repeats it from its first statement. The
 * caller holds the migration lock.
 */
export async function runMigrations(client: pg.Client, { folder, upTo }: Source, log: Logger): Promise<void> {
  await client.query(`create schema if not exists drizzle`);
  await client.query(`create table if not exists drizzle.__drizzle_migrations (
    id serial primary key, hash text not null, created_at bigint)`);
  const { rows } = await client.query<{ newest: string | null }>(
    'select max(created_at) as newest from drizzle.__drizzle_migrations',
  );
  const newest = Number(rows[0]?.newest ?? 0);
  const pending = readMigrations(folder).filter(({ when }) => when > newest && when <= (upTo ?? when));
  for (const migration of pending) {
    if (migration.concurrently) await runConcurrently(client, migration, log);
    else await runInTransaction(client, migration, log);
  }
}

function readMigrations(folder: string): Migration[] {
  return readMigrationFiles({ migrationsFolder: folder }).map(({ sql, hash, folderMillis }) => ({
    when: folderMillis,
    hash,
    statements: sql,
    concurrently: sql[0]?.trimStart().startsWith(CONCURRENTLY) === true,
  }));
}

async function runInTransaction(client: pg.Client, migration: Migration, log: Logger): Promise<void> {
  await untilLocked(log, async (round) => {
    const maintained = round === 0 ? [] : await maintainedTables(client);
    await client.query('begin');
    try {
      await keepMaintenanceOff(client, maintained);
      await client.query(`set local lock_timeout = ${LOCK_WAIT_MS}`);
      for (const statement of migration.statements) await client.query(statement);
      await record(client, migration);
      await client.query('commit');
    } catch (error) {
      // After a lost connection there is nothing to roll back, and the first error is the one to report.
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  });
}

/** Tables on which another session holds the lock of VACUUM, ANALYZE or CREATE INDEX CONCURRENTLY, quoted as SQL needs them. */
async function maintainedTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select distinct c.oid::regclass::text as name
     from pg_locks l join pg_class c on c.oid = l.relation
     where l.database = (select oid from pg_database where datname = current_database())
       and l.mode = 'ShareUpdateExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
       and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
     order by name`,
  );
  return rows.map(({ name }) => name);
}

/** Waits for the end of maintenance, and lets none begin in this transaction. The lock conflicts with no reader and no writer. */
async function keepMaintenanceOff(client: pg.Client, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  await client.query(`set local lock_timeout = ${MAINTENANCE_WAIT_MS}`);
  await client.query(`lock table ${tables.join(', ')} in share update exclusive mode`);
}

/** A statement of such a migration may wait for transactions that began before it. It holds no lock that other sessions wait for meanwhile. */
async function runConcurrently(client: pg.Client, migration: Migration, log: Logger): Promise<void> {
  await client.query('set lock_timeout = 0');
  for (const statement of migration.statements) {
    const index = CREATES_INDEX.exec(withoutComments(statement))?.[1];
    await untilLocked(log, () =>
      index === undefined ? client.query(statement) : createIndex(client, index, statement),
    );
  }
  await record(client, migration);
}

/** An interrupted creation leaves an invalid index, which costs every write and serves no read: it is made again. */
async function createIndex(client: pg.Client, index: string, statement: string): Promise<void> {
  const { rows } = await client.query<{ valid: boolean }>(
    'select indisvalid as valid from pg_index where indexrelid = to_regclass(quote_ident($1))',
    [index],
  );
  if (rows[0]?.valid === true) return;
  if (rows[0] !== undefined) await client.query(`drop index concurrently "${index}"`);
  await client.query(statement);
}

/** Lets the transactions pass that hold what `run` needs, and runs it again. */
async function untilLocked(log: Logger, run: (round: number) => Promise<unknown>): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (let round = 0; ; round += 1) {
    try {
      await run(round);
      return;
    } catch (error) {
      if (!LOCKED_OUT.has(databaseErrorCode(error) ?? '') || performance.now() > giveUpAt) throw error;
      if (round === 0) log.info('a migration waits for a table that others use');
      await delay(Math.min(100 * 2 ** round, 2_000));
    }
  }
}

async function record(client: pg.Client, { hash, when }: Migration): Promise<void> {
  await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
    hash,
    when,
  ]);
}

function withoutComments(statement: string): string {
  return statement.replace(/^\s*--.*$/gm, '');
}
