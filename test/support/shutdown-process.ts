import { execFileSync } from 'node:child_process';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { buildSchema, execute, parse } from 'graphql';
import pg from 'pg';
import { parseConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { provideDatabase } from '../../src/main/database.ts';
import { createShutdown } from '../../src/main/shutdown.ts';
import { startPostgres } from '../../src/postgres/embedded.ts';

/** A process with parts that stop in the way that SCENARIO names. Says `running`, then what each part does. */
const log = createLogger('info');
const shutdown = createShutdown({ log, drainMs: Number(process.env.DRAIN_MS) });
const say = (text: string) => console.log(text);
const never = () => new Promise<never>(() => undefined);
const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

shutdown.onStop('first', async () => say('first stopped'));

const scenarios: Record<string, () => unknown> = {
  quick: () => shutdown.onStop('second', async () => say('second stopped')),
  busy: () =>
    shutdown.onStop('busy', async (signal) => {
      say('draining');
      await aborted(signal);
      say('aborted');
    }),
  stuck: () =>
    shutdown.onStop('stuck', () => {
      say('draining');
      return never();
    }),
  failing: () => shutdown.onStop('failing', () => Promise.reject(new Error('no way'))),
  late: () =>
    shutdown.onStop('starting', async () => {
      shutdown.onStop('late', async () => say('late stopped'));
    }),
  rejection: () => void delay(0).then(() => Promise.reject(new Error('forgotten'))),
  async list() {
    const operation = { schema: buildSchema('type Query { list: [Int!]! }'), document: parse('{ list }') };
    const rootValue = { list: [Promise.resolve().then(() => Promise.reject(new Error('second'))), null] };
    const { errors } = await execute({ ...operation, rootValue });
    await setImmediate();
    say(`answered ${errors?.length} error`);
  },
  exception: () =>
    setTimeout(() => {
      throw new Error('unexpected');
    }),
  async threads() {
    const fifo = join(process.env.DATA_DIR ?? '', 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Opening a FIFO waits for a writer: each call occupies a thread, and no call of the process gets one any more.
    for (let thread = 0; thread < 4; thread += 1) void open(fifo, 'r');
  },
  async provided() {
    const config = { ...parseConfig({}), dataDir: process.env.DATA_DIR ?? '' };
    await provideDatabase(config, log, shutdown);
  },
  async database() {
    const server = await startPostgres({ dataDir: process.env.DATA_DIR ?? '', log });
    shutdown.onStop('postgres', () => server.stop());
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    shutdown.onStop('client', async () => {
      const { rows } = await client.query<{ answer: number }>('select 42 as answer from pg_sleep(0.3)');
      say(`drained ${rows[0]?.answer}`);
      await client.end();
    });
  },
};

await scenarios[process.env.SCENARIO ?? '']?.();
setInterval(() => undefined, 60_000);
say('running');
