import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../logger.ts';
import { StartupError } from '../startup.ts';
import { lockServer, SERVER_LOCKED } from './lock-server.ts';
import { faultIn, type Program, runAs } from './run-as.ts';
import type { Account } from './server-account.ts';

export interface RunningServer {
  readonly port: number;
  /** Fast shutdown; resolves when the server has ended. */
  stop(): Promise<void>;
  /** Ends it without a checkpoint, as a crash: the data is no longer this process's. */
  abort(): void;
  /** Resolves when the server ended without being asked to. */
  readonly crashed: Promise<void>;
}

interface LaunchOptions {
  readonly postgres: string;
  /** PGDATA. */
  readonly data: string;
  readonly account: Account | null;
  readonly settings: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** A fast shutdown ends open transactions and writes a checkpoint; after this long the next start recovers instead. */
const STOP_WAIT_MS = 3_000;
const RETRY_WAIT_MS = 5_000;

/** The port was taken between the search and its use, or processes of a killed server have not ended yet. */
const PASSING_FAULT = /could not bind|lock file ".*" already exists|pre-existing shared memory block/;
const READY = 'database system is ready to accept connections';

/** Starts the server on the loopback interface at a free port and waits until it takes connections. */
export async function launchPostgres(options: LaunchOptions): Promise<RunningServer> {
  const giveUpAt = performance.now() + RETRY_WAIT_MS;
  for (;;) {
    const port = await freePort();
    const { program, ready } = await spawnServer(options, port);
    if (await Promise.race([ready, program.ended.then(() => false)])) return supervise(program, port);
    const { code } = await program.ended;
    if (code === SERVER_LOCKED) options.log.debug('processes of an earlier server still lock the data');
    const passes = code === SERVER_LOCKED || PASSING_FAULT.test(program.output.join('\n'));
    if (!passes || performance.now() > giveUpAt) {
      throw new StartupError(
        `The embedded PostgreSQL did not start on ${options.data} (${faultIn(program.output)}): correct this, or set DATABASE_URL to a server of yours.`,
      );
    }
    await delay(50);
  }
}

async function spawnServer(
  options: LaunchOptions,
  port: number,
): Promise<{ readonly program: Program; readonly ready: Promise<boolean> }> {
  const { postgres, data, account, log } = options;
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { promise: ready, resolve } = Promise.withResolvers<boolean>();
  const onLine = (line: string) => {
    log.debug({ from: 'postgres' }, line);
    if (line.includes(READY)) resolve(true);
  };
  const lock = await lockServer(data);
  const program = runAs(account, postgres, ['-D', data, ...args], { onLine, lock });
  return { program, ready };
}

function supervise(program: Program, port: number): RunningServer {
  const { process: child, ended } = program;
  const { promise: crashed, resolve: reportCrash } = Promise.withResolvers<void>();
  let stopping = false;
  // Not `ended`: sessions that outlive the server by a moment keep its output open.
  child.once('exit', () => {
    if (!stopping) reportCrash();
  });
  return {
    port,
    crashed,
    abort: () => void child.kill('SIGQUIT'),
    async stop() {
      stopping = true;
      child.kill('SIGINT');
      const force = setTimeout(() => child.kill('SIGQUIT'), STOP_WAIT_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
