import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { migrate } from '../../src/db/migrate.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { startProxy, type TcpProxy } from '../chaos/proxy.ts';
import { endedJob, eventRows, inconsistencies, jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: PostgresServer;
let database: Database;
let proxy: TcpProxy;
const processes: Running[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startPostgres({ dataDir: directory.path, log: silent });
  await migrate(server.url, silent);
  database = openDatabase({ url: server.url, max: 5, applicationName: 'test', log: silent });
  proxy = await startProxy(Number(new URL(server.url).port));
});
afterEach(async () => {
  await Promise.all(processes.splice(0).map((process) => process.stop('SIGKILL')));
  proxy.aim(Number(new URL(server.url).port));
  proxy.heal();
  expect(await inconsistencies(database.db)).toEqual([]);
  await database.db.execute(sql`delete from jobs`);
  await database.db.execute(sql`delete from workers`);
});
afterAll(async () => {
  await proxy.close();
  await database.close();
  await server.stop();
  await directory.remove();
});

async function worker(env: Record<string, string> = {}): Promise<Running> {
  const started = run('../../test/support/worker-process.ts', {
    DATABASE_URL: server.url,
    LOG_LEVEL: 'info',
    WORKER_CAPACITY: '8',
    ...env,
  });
  processes.push(started);
  await started.said(/running/);
  return started;
}

const processing = (id: string, items: number) =>
  eventually(async () => (await jobRow(database.db, id)).processing === items);

/** Signals, and answers how long the process took to end. */
async function end(process: Running, ...signals: NodeJS.Signals[]): Promise<{ ms: number; code: unknown }> {
  const began = performance.now();
  for (const [i, signal] of signals.entries()) {
    if (i > 0) await process.said(/"msg":"stopping"/);
    process.child.kill(signal);
  }
  const code = await process.exited;
  return { ms: performance.now() - began, code };
}

async function items(id: string): Promise<Record<string, unknown>[]> {
  const { rows } = await database.db.execute(
    sql`select state, attempt, failures, crashes from job_items where job_id = ${id} order by ticker`,
  );
  return rows;
}

const returned = { state: 'QUEUED', attempt: 1, failures: 0, crashes: 0 };
const report = (what: string, ms: number) => console.log(`${what}: ${ms.toFixed(0)} ms`);

describe('a worker that gets SIGTERM', () => {
  test('under load claims nothing after 100 ms, and another takes over within a second', async () => {
    const first = await worker();
    const id = await submit(
      database.db,
      Array.from({ length: 3_000 }, (_, i) => `T${i}`),
    );
    await eventually(async () => (await jobRow(database.db, id)).succeeded > 50);
    const { rows } = await database.db.execute<{ now: string }>(sql`select clock_timestamp() as now`);
    const { ms, code } = await end(first, 'SIGTERM');
    expect(code).toBe(0);
    expect(ms).toBeLessThan(15_000);
    const starts = (await eventRows(database.db, id)).filter(({ type }) => type === 'ITEMS_STARTED');
    const claimedMs =
      Math.max(...starts.map(({ at }) => new Date(String(at)).getTime())) -
      new Date(rows[0]?.now ?? '').getTime();
    report('last claim after SIGTERM', claimedMs);
    report('exit under load', ms);
    expect(claimedMs).toBeLessThan(100);
    expect(await jobRow(database.db, id)).toMatchObject({ processing: 0, failed: 0 });
    const states = await items(id);
    expect(states.filter(({ failures, crashes }) => failures !== 0 || crashes !== 0)).toEqual([]);
    await worker({ WORKER_CAPACITY: '64' });
    await eventually(() => endedJob(database.db, id), 60_000);
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 3_000 });
  });

  test('gives what does not end in time back, without spending a retry, to another that starts it within a second', async () => {
    const first = await worker();
    const id = await submit(database.db, ['SLOW1', 'SLOW2', 'SLOW3', 'QUICK']);
    await eventually(async () => {
      const row = await jobRow(database.db, id);
      return row.processing === 3 && row.succeeded === 1;
    });
    const other = await worker();
    const { ms, code } = await end(first, 'SIGTERM');
    report('exit with items that heed their signal', ms);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
    await processing(id, 3);
    const events = await eventRows(database.db, id);
    const back = events.filter(({ type }) => type === 'ITEM_RETURNED');
    expect(back.map(({ payload }) => payload)).toEqual(Array(3).fill({ reason: 'SHUTDOWN' }));
    const again = events.findLast(({ type }) => type === 'ITEMS_STARTED');
    const handedOverMs = new Date(String(again?.at)).getTime() - new Date(String(back[0]?.at)).getTime();
    report('handed over', handedOverMs);
    expect(handedOverMs).toBeLessThan(1_000);
    expect((await items(id)).slice(1)).toEqual(
      Array(3).fill({ state: 'PROCESSING', attempt: 2, failures: 0, crashes: 0 }),
    );
    await other.stop();
  });

  test('does not wait for an item that ignores its signal', async () => {
    const first = await worker();
    const id = await submit(database.db, ['STUBBORN1', 'STUBBORN2']);
    await processing(id, 2);
    const { ms, code } = await end(first, 'SIGTERM');
    report('exit with items that ignore their signal', ms);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(6_000);
    expect(await items(id)).toEqual([returned, returned]);
  });

  test('and a second signal stops at once, and still gives back', async () => {
    const first = await worker();
    const id = await submit(database.db, ['SLOW1', 'SLOW2']);
    await processing(id, 2);
    const { ms, code } = await end(first, 'SIGTERM', 'SIGINT');
    report('exit at the second signal', ms);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(1_000);
    expect(await items(id)).toEqual([returned, returned]);
  });

  test('ends within 15 s though the database is gone', async () => {
    const url = Object.assign(new URL(server.url), { port: String(proxy.port) }).href;
    const first = await worker({ DATABASE_URL: url });
    const id = await submit(database.db, ['SLOW1', 'STUBBORN1']);
    await processing(id, 2);
    proxy.aim(null);
    proxy.reset();
    const { ms } = await end(first, 'SIGTERM');
    report('exit without a database', ms);
    expect(ms).toBeLessThan(15_000);
    await worker();
    await eventually(async () => (await items(id)).every(({ attempt }) => attempt === 2), 20_000);
  });

  test('ends within 15 s though its connections are half-open', async () => {
    const url = Object.assign(new URL(server.url), { port: String(proxy.port) }).href;
    const first = await worker({ DATABASE_URL: url });
    const id = await submit(database.db, ['SLOW1', 'STUBBORN1']);
    await processing(id, 2);
    proxy.abandon();
    const { ms } = await end(first, 'SIGTERM');
    report('exit with half-open connections', ms);
    expect(ms).toBeLessThan(15_000);
  });
});

describe('health pages of real processes', () => {
  test('a worker serves them on its own port, and is not ready while it stops', async () => {
    const started = await worker({ WORKER_HEALTH_PORT: '0' });
    const [, page = ''] = await started.said(/Health pages: (\S+)/);
    const ask = async () => {
      const response = await fetch(page);
      return { status: response.status, body: (await response.json()) as { parts: Record<string, string> } };
    };
    expect(await ask()).toMatchObject({
      status: 200,
      body: { parts: { lease: 'ok', workerListener: 'ok' } },
    });
    const id = await submit(database.db, ['SLOW1']);
    await processing(id, 1);
    started.child.kill('SIGTERM');
    await started.said(/"msg":"stopping"/);
    expect(await ask()).toMatchObject({ status: 503, body: { parts: { process: 'it is stopping' } } });
    await started.exited;
  });

  test('an API serves them beside GraphQL', async () => {
    const api = run('api.mjs', { DATABASE_URL: server.url, PORT: '0' });
    processes.push(api);
    const url = await urlOf(api);
    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await fetch(new URL(path, url), { headers: authorized })).status).toBe(200);
    }
    expect(await api.stop()).toBe(0);
  });
});
