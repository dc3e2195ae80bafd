import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import {
  type Account,
  awaitOldServer,
  holdDirectory,
  makeDirectory,
  serverAccount,
} from './data-directory.ts';
import {
  type Binaries,
  binariesIn,
  copyBinaries,
  findBinaries,
  reachableByOthers,
} from './postgres-binaries.ts';

export interface PostgresServer {
  /** Names the database `thetool`. */
  readonly url: string;
  /** Fast shutdown; resolves when the server has ended. */
  stop(): Promise<void>;
  /** Resolves when the server ended without being asked to. */
  readonly crashed: Promise<void>;
}

const USER = 'thetool';
/** Where data and programs go when root's checkout is closed to the account that runs the server. */
const SHARED_FOLDER = '/var/lib/thetool';
const STOP_WAIT_MS = 10_000;

/**
 * Starts a real PostgreSQL with its data under `dataDir`, on the loopback interface at a free port. It ends with this
 * process, also when this process is killed. Throws StartupError with what to do.
 */
export async function startPostgres(options: {
  readonly dataDir: string;
  readonly log: Logger;
  /** Server settings over the defaults, for example `fsync: 'off'` for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}): Promise<PostgresServer> {
  const { log, settings = {} } = options;
  const account = await serverAccount();
  const native = await findBinaries();
  const open = account === null || (await reachableByOthers(resolve(options.dataDir)));
  const dataDir = open ? resolve(options.dataDir) : join(SHARED_FOLDER, shortHash(resolve(options.dataDir)));
  if (!open)
    log.warn({ dataDir }, 'the account that runs PostgreSQL cannot reach DATA_DIR; its data is kept here');
  const programs = account === null || (await reachableByOthers(native));
  const binaries = binariesIn(programs ? native : await copyBinaries(native, SHARED_FOLDER));

  await makeDirectory(dataDir, account);
  const release = await holdDirectory(dataDir);
  try {
    const cluster = join(dataDir, 'postgres-18');
    await awaitOldServer(cluster);
    const password = await ensureCluster({ dataDir, cluster, binaries, account, log });
    const port = await freePort();
    const server = await launch({ binaries, cluster, account, port, settings, log });
    const address = `postgres://${USER}:${password}@127.0.0.1:${port}`;
    await ensureDatabase(`${address}/postgres`);
    return {
      url: `${address}/thetool`,
      crashed: server.crashed,
      async stop() {
        await server.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

function shortHash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

/** Initialises into a draft folder and renames it: an interruption leaves no half cluster behind. Answers the password. */
async function ensureCluster(deps: {
  readonly dataDir: string;
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly account: Account | null;
  readonly log: Logger;
}): Promise<string> {
  const { dataDir, cluster, binaries, account, log } = deps;
  const secret = join(dataDir, 'password');
  if (existsSync(cluster)) return (await readFile(secret, 'utf8')).trim();
  log.info({ dataDir }, 'preparing the embedded PostgreSQL for the first start');
  for (const name of await readdir(dataDir)) {
    if (name.startsWith('draft-')) await rm(join(dataDir, name), { recursive: true, force: true });
  }
  const draft = join(dataDir, `draft-${process.pid}`);
  await mkdir(draft, { mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  await rm(secret, { force: true });
  await writeFile(secret, password, { mode: 0o600 });
  if (account !== null) {
    await chown(draft, account.uid, account.gid);
    await chown(secret, account.uid, account.gid);
  }
  const child = run(account, binaries.initdb, [
    ...['--pgdata', draft, '--username', USER, '--pwfile', secret, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync', '--no-instructions'],
  ]);
  const output = collect(child);
  const [code] = await once(child, 'exit');
  if (code !== 0) {
    throw new StartupError(
      `initdb failed in ${dataDir}: ${lastLine(output)}. Set DATA_DIR to a directory with space and rights.`,
    );
  }
  await chmod(draft, 0o700);
  await rename(draft, cluster);
  return password;
}

async function launch(deps: {
  readonly binaries: Binaries;
  readonly cluster: string;
  readonly account: Account | null;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Logger;
}): Promise<{ stop(): Promise<void>; crashed: Promise<void> }> {
  const { binaries, cluster, account, port, log } = deps;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    // A client that was killed in the middle of a statement is noticed, and its locks are freed.
    client_connection_check_interval: '500ms',
    timezone: 'UTC',
    ...deps.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = run(account, binaries.postgres, ['-D', cluster, ...args]);
  const output = collect(child, (line) => log.debug({ from: 'postgres' }, line));
  const exited = once(child, 'exit').then(() => undefined);
  await Promise.race([ready(child), exited]);
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new StartupError(`The embedded PostgreSQL did not start: ${lastLine(output)}.`);
  }
  let stopping = false;
  return {
    crashed: exited.then(() => (stopping ? new Promise<void>(() => undefined) : undefined)),
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGINT');
      const force = setTimeout(() => child.kill('SIGQUIT'), STOP_WAIT_MS);
      await exited;
      clearTimeout(force);
    },
  };
}

/**
 * `detached` keeps Ctrl-C from reaching the server before the application has drained; the parent-death signal ends it
 * when this process is killed. setpriv hands over by exec, so the child's number is the server's.
 */
function run(account: Account | null, program: string, args: readonly string[]): ChildProcess {
  const options = { cwd: '/', detached: true, stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] };
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (setpriv === undefined && account !== null) {
    throw new StartupError(
      'PostgreSQL does not run as root and setpriv (util-linux) is missing: start as another user, or set DATABASE_URL.',
    );
  }
  if (setpriv === undefined) return spawn(program, args, options);
  const identity =
    account === null
      ? []
      : ['--reuid', String(account.uid), '--regid', String(account.gid), '--clear-groups'];
  return spawn(setpriv, [...identity, '--pdeathsig', 'INT', '--', program, ...args], options);
}

function collect(child: ChildProcess, onLine?: (line: string) => void): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      if (lines.length > 50) lines.shift();
      onLine?.(line);
    });
  }
  return lines;
}

function lastLine(lines: readonly string[]): string {
  return (
    lines.findLast((line) => /FATAL|error/i.test(line)) ??
    lines.findLast((line) => line.trim() !== '') ??
    'it said nothing'
  );
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.stderr === null) return;
    createInterface(child.stderr).on('line', (line) => {
      if (line.includes('database system is ready to accept connections')) done();
    });
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = 'thetool'");
    if (rowCount === 0) await client.query('create database thetool');
  } finally {
    await client.end();
  }
}
