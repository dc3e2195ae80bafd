import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { prepareSession } from '../db/prepare-session.ts';
import { databaseErrorCode } from '../db/retry.ts';
import type { Logger } from '../logger.ts';
import type { Purpose } from './holder.ts';
import { holdOrJoin } from './join-server.ts';
import { launchPostgres } from './launch-postgres.ts';
import { makeDirectory } from './make-directory.ts';
import { findBinaries } from './postgres-binaries.ts';
import { awaitOldServer } from './postmaster-pid.ts';
import { clusterIn, prepareCluster, USER } from './prepare-cluster.ts';
import { type Account, canReach, serverAccount } from './server-account.ts';

export interface PostgresServer {
  /** Names the database `thetool`. */
  readonly url: string;
  /** Fast shutdown; resolves when the server has ended. */
  stop(): Promise<void>;
  /** Resolves when the server ended without being asked to. */
  readonly crashed: Promise<void>;
}

const DATABASE = 'thetool';
/** Where data and programs go when root's checkout is closed to the account that runs the server. */
const SHARED_FOLDER = '/var/lib/thetool';

/**
 * Starts a real PostgreSQL with its data under `dataDir`, on the loopback interface at a free port. It ends with this
 * process, also when this process is killed. A command joins the server that another process runs there. Throws StartupError with
 * what to do.
 */
export async function startPostgres(options: {
  readonly dataDir: string;
  readonly log: Logger;
  /** Server settings over the defaults, for example `fsync: 'off'` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A command works on the server of another process, where one runs on the directory. */
  readonly purpose?: Purpose;
  /** Folder of an npm package with the programs of another version; by default the installed one. Data of one version is closed to others. */
  readonly packageRoot?: string | undefined;
}): Promise<PostgresServer> {
  const { log, settings = {}, purpose = 'SERVER' } = options;
  const account = await serverAccount(clusterIn(resolve(options.dataDir)));
  const { postgres, initdb } = await findBinaries(account, SHARED_FOLDER, options.packageRoot);
  const dataDir = await provideDirectory(resolve(options.dataDir), account, log);

  const hold = await holdOrJoin(dataDir, purpose, log);
  if ('port' in hold) {
    const { port, password } = hold;
    const address = `postgres://${USER}:${password}@127.0.0.1:${port}`;
    await ensureDatabase(`${address}/postgres`);
    // It is another process's: it neither stops nor fails with this one.
    return {
      url: `${address}/${DATABASE}`,
      stop: () => Promise.resolve(),
      crashed: new Promise(() => undefined),
    };
  }
  try {
    const data = clusterIn(dataDir);
    await awaitOldServer(data, hold.inherited, log);
    const durable = settings.fsync !== 'off';
    const password = await prepareCluster({ dataDir, initdb, account, durable, log });
    const server = await launchPostgres({ postgres, data, account, settings, log });
    void hold.lost.then(() => {
      log.error({ dataDir }, 'another process has taken the data directory: this process had stood still');
      server.abort();
    });
    const address = `postgres://${USER}:${password}@127.0.0.1:${server.port}`;
    try {
      await ensureDatabase(`${address}/postgres`);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      url: `${address}/${DATABASE}`,
      crashed: server.crashed,
      async stop() {
        await server.stop();
        await hold.release();
      },
    };
  } catch (error) {
    await hold.release();
    throw error;
  }
}

async function provideDirectory(wanted: string, account: Account | null, log: Logger): Promise<string> {
  const path = await makeDirectory(wanted, account);
  if (account === null || (await canReach(account, path))) return path;
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  const dataDir = await makeDirectory(join(SHARED_FOLDER, name), account);
  log.warn(
    { wanted: path, dataDir },
    'the account that runs PostgreSQL cannot reach DATA_DIR; its data is kept here',
  );
  return dataDir;
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await prepareSession(client);
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`).catch(allowExisting);
  } finally {
    await client.end();
  }
}

/** The process that runs the server made the database in the meantime. */
function allowExisting(error: unknown): void {
  const code = databaseErrorCode(error);
  if (code !== '42P04' && code !== '23505') throw error;
}
