import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { databaseErrorCode } from '../../src/db/retry.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { apiAt, type TestApi } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

/** 64 pages of 8 kB, the least that the server allows. */
const NOTIFY_PAGES = 64;
const MAX_CONNECTIONS = 24;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: PostgresServer;
let processes: Running[];
let api: TestApi;
/** Past everything: connected before anything runs out. */
let admin: pg.Client;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const settings = {
    fsync: 'off',
    max_connections: String(MAX_CONNECTIONS),
    max_notify_queue_pages: String(NOTIFY_PAGES),
  };
  server = await startPostgres({ dataDir: directory.path, log: silent, settings });
  await migrate(server.url, silent);
  admin = await connect();
  const env = { DATABASE_URL: server.url, DATABASE_POOL_SIZE: '4', PORT: '0', LOG_LEVEL: 'warn' };
  processes = [run('api.mjs', env), run('worker.mjs', env)];
  const [node, worker] = processes as [Running, Running];
  await worker.said(/The worker is ready/);
  api = apiAt(await urlOf(node));
});
afterEach(async () => {
  expect(processes.map(({ child }) => child.exitCode)).toEqual([null, null]);
  await eventually(async () => (await page('/readyz')) === 200);
});
afterAll(async () => {
  await api.close();
  await Promise.all(processes.map((process) => process.stop()));
  await admin.end();
  await server.stop();
  await directory.remove();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url, application_name: 'outsider' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

const page = async (path: string) => (await fetch(new URL(path, api.url))).status;

async function notifyQueueUsage(): Promise<number> {
  const text = await (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();
  return Number(/^thetool_notify_queue_usage (\S+)$/m.exec(text)?.[1]);
}

/** Submits a job and follows its log to the end: milliseconds from the end in the database to its event here. */
async function runJob(key: string): Promise<{ seqs: number[]; lateMs: number }> {
  const { job } = await api.submit({ tickers: ['A', 'B'], source: 'DEMO', force: true, idempotencyKey: key });
  const seqs: number[] = [];
  let lateMs = Number.NaN;
  for await (const { events } of api.follow<{ events: { seq: number; at: string }[] }>(
    'subscription($id: ID!) { jobEvents(jobId: $id) { events { seq at } } }',
    { id: job.id },
  )) {
    seqs.push(...events.map(({ seq }) => seq));
    lateMs = Date.now() - Date.parse(events.at(-1)?.at ?? '');
  }
  const { rows } = await admin.query<{ state: string; last_seq: number }>(
    'select state, last_seq from jobs where id = $1',
    [job.uuid],
  );
  expect(rows).toEqual([{ state: 'COMPLETED', last_seq: seqs.length }]);
  return { seqs, lateMs };
}

test('while the server’s queue of notifications is full, jobs are stored and run, their events come by polling within 2 s, and an alarm can tell', async () => {
  // A session of somebody else that listens and stands still in a transaction: nothing behind it can be removed.
  const stuck = await connect();
  await stuck.query('listen anything');
  await stuck.query('begin');
  await stuck.query('select 1');
  const filler = await connect();
  const full = await (async () => {
    for (let n = 0; n <= NOTIFY_PAGES * 2; n += 1) {
      const refused = await filler
        .query(`select pg_notify('anything', repeat('x', 7900))`)
        .then(() => null, databaseErrorCode);
      if (refused !== null) return refused;
    }
    return null;
  })();
  expect(full).toBe('54000');
  expect(await notifyQueueUsage()).toBeGreaterThan(0.9);
  const { seqs, lateMs } = await runJob('full queue');
  console.log(`last event ${lateMs} ms after its time while no notification passed`);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  // A poll of 2 s, with jitter.
  expect(lateMs).toBeLessThan(2_500);
  await stuck.end();
  // The session of a job's listener has to see to it: nobody else asks for the usage, which would remove what was received.
  await eventually(() =>
    filler.query(`select pg_notify('anything', '')`).then(
      () => true,
      () => false,
    ),
  );
  await filler.end();
  // One page of the 64 is always in use.
  await eventually(async () => (await notifyQueueUsage()) < 0.02);
  expect((await runJob('empty queue')).lateMs).toBeLessThan(1_000);
});

test('while the server takes no more connections, both processes live on, say so, and go on when it does', async () => {
  const hogs: pg.Client[] = [];
  let hogging = true;
  const hog = (async () => {
    while (hogging) {
      const client = await connect().catch(() => null);
      if (client === null) await delay(5);
      else hogs.push(client);
    }
  })();
  const left = async () => {
    const { rows } = await admin.query<{ n: number; ended: number }>(`
      select count(*)::int as n, count(pg_terminate_backend(pid))::int as ended from pg_stat_activity
      where datname = current_database() and application_name like 'thetool%'`);
    return rows[0]?.n;
  };
  await eventually(
    async () => (await left()) === 0 && (await page('/readyz')) === 503 && (await left()) === 0,
  );
  expect(await page('/livez')).toBe(200);
  const began = performance.now();
  const { errors } = await api.post('{ jobs(first: 1) { edges { cursor } } }');
  expect(performance.now() - began).toBeLessThan(2_000);
  expect(errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE', retryable: true } }]);
  hogging = false;
  await hog;
  const freedAt = performance.now();
  await Promise.all(hogs.map((client) => client.end()));
  await eventually(async () => (await page('/readyz')) === 200);
  console.log(`ready ${Math.round(performance.now() - freedAt)} ms after connections were free again`);
  expect(performance.now() - freedAt).toBeLessThan(3_000);
  await runJob('after the crowd');
});
