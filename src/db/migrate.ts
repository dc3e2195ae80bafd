import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { noticeDeadClient } from './client.ts';
import { fillNameKeys } from './fill-name-keys.ts';
import { fillSearchKeys } from './fill-search-keys.ts';
import { prepareSession } from './prepare-session.ts';
import { provideRoles } from './provide-roles.ts';
import { databaseErrorCode } from './retry.ts';
import { runMigrations } from './run-migrations.ts';

/** Any fixed number; every process that migrates takes the same lock. */
const MIGRATION_LOCK = 7_203_551;
const WAIT_MS = 60_000;
const folder = fileURLToPath(new URL('../../drizzle', import.meta.url));

/**
 * Brings the database to the newest schema on one connection of its own. Processes that start together queue here, and the later ones
 * find nothing to do. They ask for the lock again and again instead of waiting for it in a statement: an index that is created concurrently
 * waits for every older statement of the database.
 * Throws StartupError when the server cannot be reached, refuses the login, is older than PostgreSQL 15, or lets nobody make roles.
 */
export async function migrate(url: string, log: Logger): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'thetool migrate',
    connectionTimeoutMillis: 5_000,
    lock_timeout: 5_000,
    // A process that stops in mid-migration must not hold its locks for ever.
    idle_in_transaction_session_timeout: 10_000,
  });
  client.on('error', (error) => log.warn({ err: error }, 'migration connection lost'));
  try {
    await client.connect();
  } catch (error) {
    throw explainConnectionError(error, url);
  }
  try {
    await requireVersion(client);
    await prepareSession(client);
    await noticeDeadClient(client);
    await takeLock(client, log);
    await provideRoles(client);
    await runMigrations(client, { folder }, log);
    await fillNameKeys(client, log);
    await fillSearchKeys(client);
  } finally {
    await client.end();
  }
}

async function requireVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: number; text: string }>(
    "select current_setting('server_version_num')::int as version, current_setting('server_version') as text",
  );
  const [row] = rows;
  if (row !== undefined && row.version < 150_000) {
    throw new StartupError(`The database is PostgreSQL ${row.text}; PostgreSQL 15 or newer is needed.`);
  }
}

async function takeLock(client: pg.Client, log: Logger): Promise<void> {
  const giveUpAt = performance.now() + WAIT_MS;
  for (let round = 0; ; round += 1) {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]?.held === true) return;
    if (round === 0) log.info('another process migrates the database; waiting for it');
    if (performance.now() > giveUpAt) {
      throw new StartupError(
        `Another process has held the migration lock for ${WAIT_MS / 1000} s; see pg_locks, end it and start again.`,
      );
    }
    await delay(50 + Math.random() * 100);
  }
}

/** The reason why no connection came about and what to do, without the password. */
export function explainConnectionError(error: unknown, url: string): StartupError {
  const { hostname, port, pathname, username } = URL.canParse(url)
    ? new URL(url)
    : { hostname: '?', port: '', pathname: '/?', username: '' };
  const place = `${hostname}:${port || '5432'}`;
  const reason = () => {
    switch (databaseErrorCode(error)) {
      case 'ECONNREFUSED':
        return `nothing listens at ${place}; start PostgreSQL there or correct the address`;
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return `the host ${hostname} is not known; correct its name`;
      case '28P01':
      case '28000':
        return `the server at ${place} refuses user ${username}; correct user and password`;
      case '3D000':
        return `the server at ${place} has no database ${pathname.slice(1)}; create it or correct the name`;
      default:
        return `${place} answers: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  return new StartupError(
    `No connection to the database of DATABASE_URL: ${reason()}. Without DATABASE_URL an embedded PostgreSQL is used.`,
    { cause: error },
  );
}
