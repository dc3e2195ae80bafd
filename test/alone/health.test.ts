import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { rescueItems } from '../../src/jobs/rescue-items.ts';
import { startProxy, type TcpProxy } from '../chaos/proxy.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { silent } from '../support/silent.ts';

const POOL = 3;
let database: TestDatabase;
let proxy: TcpProxy;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startProxy(Number(new URL(database.url).port));
  const url = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
  api = await startApi(url, { DATABASE_POOL_SIZE: String(POOL) });
});
afterEach(async () => {
  proxy.aim(Number(new URL(database.url).port));
  proxy.heal();
  await eventually(async () => (await page('/readyz')).status === 200);
});
afterAll(async () => {
  await api.close();
  await proxy.close();
  await database.close();
});

interface Page {
  readonly status: number;
  readonly ms: number;
  readonly body: { ready?: boolean; live?: boolean; parts?: Record<string, string> };
}

async function page(path: string): Promise<Page> {
  const began = performance.now();
  const response = await fetch(new URL(path, api.url), { headers: authorized });
  const body = (await response.json()) as Page['body'];
  return { status: response.status, body, ms: performance.now() - began };
}

const metrics = async () => (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();

async function ask(): Promise<{ status: number; ms: number; code: unknown; extensions: unknown }> {
  const began = performance.now();
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ jobs(first: 1) { edges { cursor } } }' }),
  });
  const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  const extensions = errors?.[0]?.extensions;
  return { status: response.status, ms: performance.now() - began, code: extensions?.code, extensions };
}

/** Holds a table so that everything that reads it waits, for as long as `during` takes. */
async function lockTable(name: string, during: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(`begin; lock table ${name} in access exclusive mode`);
    await during();
  } finally {
    await client.end();
  }
}

test('an API that is well is live and ready and says of what', async () => {
  expect(await page('/livez')).toMatchObject({ status: 200, body: { live: true } });
  expect(await page('/readyz')).toMatchObject({
    status: 200,
    body: { ready: true, parts: { process: 'ok', database: 'ok', migrations: 'ok', apiListener: 'ok' } },
  });
});

test('a database that is older than the program makes it not ready', async () => {
  const table = sql.raw('drizzle.__drizzle_migrations');
  const { rows } = await database.db.execute<{ created_at: string }>(
    sql`select max(created_at) as created_at from ${table}`,
  );
  const newest = rows[0]?.created_at ?? '0';
  await database.db.execute(sql`update ${table} set created_at = 1 where created_at = ${newest}`);
  try {
    const { status, body } = await page('/readyz');
    expect(status).toBe(503);
    expect(body.parts).toMatchObject({ database: 'ok', migrations: expect.stringContaining('older') });
  } finally {
    await database.db.execute(sql`update ${table} set created_at = ${newest} where created_at = 1`);
  }
});

describe('while the pool is exhausted', () => {
  test('requests fail with UNAVAILABLE and 503 within 2 s, it is live and not ready, and recovers within 1 s', async () => {
    await Promise.all(Array.from({ length: POOL }, ask));
    proxy.setMode({ type: 'STALLED' });
    const asking = Array.from({ length: 20 }, ask);
    const [ready, live] = await Promise.all([page('/readyz'), page('/livez')]);
    expect(ready).toMatchObject({ status: 503, body: { ready: false } });
    expect(ready.ms).toBeLessThan(2_000);
    expect(live).toMatchObject({ status: 200 });
    expect(live.ms).toBeLessThan(500);
    const answers = await Promise.all(asking);
    proxy.heal();
    const freedAt = performance.now();
    expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual(Array(20).fill('503 UNAVAILABLE'));
    expect(JSON.stringify(answers[0]?.extensions)).not.toContain('http');
    // Those that hold the pool wait for a reply; all others for a connection.
    const waits = answers.map(({ ms }) => Math.round(ms)).sort((x, y) => x - y);
    console.log(
      `exhausted pool: answers after ${waits[19 - POOL]} ms at most, not ready after ${ready.ms.toFixed(0)} ms`,
    );
    expect(waits[19 - POOL]).toBeLessThan(2_000);
    await eventually(async () => (await ask()).status === 200);
    expect(performance.now() - freedAt).toBeLessThan(1_000);
  });

  test('and a lock that is not given back in time is told within 2 s', async () => {
    await lockTable('jobs', async () => {
      const answers = await Promise.all(Array.from({ length: POOL }, ask));
      expect(answers.map(({ status, code }) => `${status} ${code}`)).toEqual(
        Array(POOL).fill('503 UNAVAILABLE'),
      );
      console.log(
        `locked table: answers after ${Math.max(...answers.map(({ ms }) => ms)).toFixed(0)} ms at most`,
      );
      expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(2_000);
    });
    expect(await ask()).toMatchObject({ status: 200 });
  });

  test('heartbeats keep a worker its lease: they have a connection of their own', async () => {
    const small = openDatabase({ url: database.url, max: 2, applicationName: 'small', log: silent });
    const rescuer = rescueItems({ db: database.db, leaseMs: 2_000, log: silent });
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const task = testTask(async () => {
      reach();
      await gate;
    });
    const worker = await startWorker(database.url, small.db, task, { leaseMs: 2_000, heartbeatMs: 300 });
    const lost: string[] = [];
    worker.presence.onLost((id) => lost.push(id));
    try {
      const id = await submit(database.db, ['A']);
      await reached;
      const sleeping = [small.db, small.db].map((db) => db.execute(sql`select pg_sleep(5)`));
      open();
      await Promise.all(sleeping);
      expect(lost).toEqual([]);
      expect(await eventually(() => endedJob(database.db, id))).toMatchObject({ state: 'COMPLETED' });
      const { rows } = await database.db.execute(
        sql`select attempt, crashes from job_items where job_id = ${id}`,
      );
      expect(rows).toEqual([{ attempt: 1, crashes: 0 }]);
    } finally {
      await worker.stop();
      await rescuer.stop();
      await small.close();
    }
  });
});

describe('when the database is gone', () => {
  test('the API lives, is not ready, answers UNAVAILABLE, and is back within 2 s of it without a restart', async () => {
    const id = await submit(database.db, ['A']);
    const stream = api.follow<{ queued: number; cancelled: number }>(
      'subscription($id: ID!) { jobProgress(id: $id) { queued cancelled } }',
      { id: jobGid(id) },
    );
    expect((await stream.next()).value).toEqual({ queued: 1, cancelled: 0 });
    proxy.aim(null);
    proxy.reset();
    await eventually(async () => (await page('/readyz')).body.parts?.apiListener !== 'ok');
    const { status, body, ms } = await page('/readyz');
    expect(status).toBe(503);
    expect(ms).toBeLessThan(2_000);
    expect(body.parts).toMatchObject({
      database: expect.stringMatching(/ECONN|terminated/),
      migrations: 'not known',
    });
    expect(await page('/livez')).toMatchObject({ status: 200 });
    expect(await ask()).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    const text = await metrics();
    expect(text).toContain('thetool_listener_connected{process="api"} 0');
    expect(text).not.toMatch(/^thetool_queue(s_paused|_items)\S* \d/m);
    expect(text).toMatch(
      /thetool_statement_failures_total\{statement="connect"\} [1-9]|statement_failures_total/,
    );

    proxy.aim(Number(new URL(database.url).port));
    const back = performance.now();
    await eventually(async () => (await ask()).status === 200);
    const answeredMs = performance.now() - back;
    await eventually(async () => (await page('/readyz')).status === 200);
    const listeningMs = performance.now() - back;
    console.log(
      `database back: answer after ${answeredMs.toFixed(0)} ms, listening after ${listeningMs.toFixed(0)} ms`,
    );
    expect(answeredMs).toBeLessThan(2_000);
    expect(listeningMs).toBeLessThan(2_000);
    await stream.return();
    await database.db.execute(sql`delete from jobs`);
  });

  test('a half-open connection fails requests within 5 s and is noticed by the listener within 4 s', async () => {
    await ask();
    proxy.abandon();
    proxy.aim(null);
    const began = performance.now();
    const asked = ask();
    await eventually(async () => (await page('/readyz')).body.parts?.apiListener !== 'ok');
    const noticedMs = performance.now() - began;
    const { status, ms } = await asked;
    console.log(
      `half-open: listener noticed after ${noticedMs.toFixed(0)} ms, request failed after ${ms.toFixed(0)} ms`,
    );
    expect(status).toBe(503);
    expect(ms).toBeLessThan(5_500);
    expect(noticedMs).toBeLessThan(4_500);
  });
});
