import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { noticeDeadClient } from '../../src/db/client.ts';
import { createLogger } from '../../src/logger.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';

export interface CrashingPostgres {
  readonly dataDir: string;
  /** What its log says of deadlocks, with the statements. */
  readonly deadlocks: readonly string[];
  /** Address of the server itself, past every proxy. It changes with each start. */
  url(): string;
  /** A statement past every proxy, on a connection of its own. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  connect(): Promise<pg.Client>;
  /** Ends the postmaster with the signal and starts the server again after `downMs`. */
  crash(signal: 'SIGKILL' | 'SIGQUIT', downMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Of the log, after the line that names the deadlock. */
const REPORT_LINES = 12;

/** The embedded server, which can be killed and started again on the same data. `onStart` learns each new port. */
export async function startCrashingPostgres(
  dataDir: string,
  settings: Readonly<Record<string, string>>,
  onStart: (port: number) => void,
): Promise<CrashingPostgres> {
  const deadlocks: string[] = [];
  /** Lines that may still belong to the last report: it lists processes, locks and statements. */
  let following = 0;
  const onLog = (json: string) => {
    const { from, msg } = JSON.parse(json) as { from?: string; msg: string };
    if (from !== 'postgres') return;
    if (msg.includes('deadlock detected')) {
      deadlocks.push(msg);
      following = REPORT_LINES;
    } else if (following > 0) {
      following -= 1;
      deadlocks.push(`${deadlocks.pop()}\n${msg}`);
    }
  };
  const log = createLogger('debug', { write: onLog });
  let server: PostgresServer = await start();
  /** One crash after the other: the next one needs a server to kill. */
  let crashing: Promise<void> = Promise.resolve();

  async function start(): Promise<PostgresServer> {
    const started = await startPostgres({ dataDir, log, settings });
    onStart(Number(new URL(started.url).port));
    return started;
  }

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: server.url,
      application_name: 'chaos',
      connectionTimeoutMillis: 5_000,
      query_timeout: 15_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    // Those that are broken off in a long statement must not stay on the server.
    await noticeDeadClient(client);
    return client;
  }

  return {
    dataDir,
    deadlocks,
    url: () => server.url,
    connect,
    async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) {
      const client = await connect();
      try {
        return (await client.query<Row>(text, values)).rows;
      } finally {
        await client.end().catch(() => undefined);
      }
    },
    crash(signal, downMs) {
      const done = crashing.then(() => crash(signal, downMs));
      crashing = done.catch(() => undefined);
      return done;
    },
    stop: () => server.stop(),
  };

  async function crash(signal: NodeJS.Signals, downMs: number): Promise<void> {
    const [pid] = (await readFile(join(dataDir, 'postgres-18', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), signal);
    await server.crashed;
    await server.stop();
    await delay(downMs);
    server = await start();
  }
}
