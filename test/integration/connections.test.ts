import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { databaseErrorCode, isTransient } from '../../src/db/retry.ts';
import { keepAlive } from '../../src/jobs/keep-alive.ts';
import { startProxy } from '../chaos/proxy.ts';
import { administer, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type Cut, injectCuts, terminate } from '../support/faults.ts';
import { silent } from '../support/silent.ts';
import { startWireProxy } from '../support/wire-proxy.ts';

const SETTING = 'client_connection_check_interval';
const lease = {
  name: 'test',
  version: '0',
  capacity: 1,
  kinds: [],
  leaseMs: 10_000,
  heartbeatMs: 3_000,
  log: silent,
} as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const open = (max: number): Database =>
  openDatabase({ url: database.url, max, applicationName: 'test pool', log: silent });

test.each(['begin', 'select', 'commit'])(
  'a connection that dies around %s costs its transaction, never its place in the pool',
  async (statement) => {
    const { db, close } = open(1);
    let cut: Cut | null = null;
    injectCuts(db, (text) => (text.startsWith(statement) ? cut : null));
    for (const next of ['BEFORE', 'AFTER'] as const) {
      cut = next;
      const error = await inTransaction(db, (tx) => tx.execute(sql`select 1`)).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(isTransient(error)).toBe(true);
      cut = null;
      // The pool has one place: were it lost, this would wait for it until it gave up.
      const { rows } = await inTransaction(db, (tx) => tx.execute(sql`select 1 as one`));
      expect(rows).toEqual([{ one: 1 }]);
    }
    await close();
  },
);

test('a connection that dies between two statements of a transaction is an error of the next one, not the end of the process', async () => {
  const { db, close } = open(1);
  const between = inTransaction(db, async (tx) => {
    const { rows } = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await terminate(Number(rows[0]?.pid));
    // Long enough for the news to arrive while no statement is under way.
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    await tx.execute(sql`select 1`);
  });
  expect(isTransient(await between.catch((error: unknown) => error))).toBe(true);
  expect((await db.execute(sql`select 1 as one`)).rows).toEqual([{ one: 1 }]);
  await close();
});

test('a statement whose reply does not come in time takes its connection along: what is left of it disturbs nobody', async () => {
  const { db, close } = open(1);
  const pool = (db as unknown as { $client: { options: { query_timeout: number } } }).$client;
  pool.options.query_timeout = 200;
  const began = performance.now();
  const slow = inTransaction(db, (tx) => tx.execute(sql`select pg_sleep(5)`));
  expect(isTransient(await slow.catch((error: unknown) => error))).toBe(true);
  expect((await inTransaction(db, (tx) => tx.execute(sql`select 1 as one`))).rows).toEqual([{ one: 1 }]);
  expect(performance.now() - began).toBeLessThan(2_000);
  await close();
});

test('a connection to a server that was demoted is left after one refused write, and the next one finds the primary', async () => {
  const { db, close } = open(1);
  await db.execute(sql`set default_transaction_read_only = on`);
  const write = () => inTransaction(db, (tx) => tx.execute(sql`create table written (id int)`));
  const refused = await write().catch((error: unknown) => error);
  expect(databaseErrorCode(refused)).toBe('25006');
  expect(isTransient(refused)).toBe(true);
  await write();
  await db.execute(sql`drop table written`);
  await close();
});

test.each(['40P01', '55P03', '53100'])(
  'of statements sent together the one that was refused (SQLSTATE %s) is the error, not those that failed behind it',
  async (code) => {
    const { db, close } = open(1);
    const refused = db.transaction(async (tx) => {
      const statement = `do $$ begin raise exception 'x' using errcode = '${code}'; end $$`;
      // Awaited deeper than the one behind it, as the results of a flush are.
      const deep = async () => {
        const [result] = await Promise.all([(async () => tx.execute(sql.raw(statement)))()]);
        return result;
      };
      const both = Promise.all([(async () => deep())(), tx.execute(sql`select 1`)]);
      // Both answers arrive while the event loop is busy, before it looks for any, and are read at once.
      setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100));
      await both;
    });
    expect(databaseErrorCode(await refused.catch((error: unknown) => error))).toBe(code);
    await close();
  },
);

describe('a client that was killed in the middle of a statement', () => {
  // As on a server of somebody else: nothing is set but by the sessions themselves.
  beforeAll(async () => {
    const { rows } = await administer(`select setting from pg_settings where name = '${SETTING}'`);
    expect(rows).toEqual([{ setting: '0' }]);
  });

  test('is noticed within 2 s, and the locks of its session are free', async () => {
    const proxy = await startProxy(Number(new URL(database.url).port));
    const url = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
    const killed = openDatabase({ url, max: 1, applicationName: 'killed', log: silent });
    const { db, close } = open(1);
    const key = 4_711;
    const held = Promise.withResolvers<void>();
    const working = killed.db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${key})`);
      held.resolve();
      await tx.execute(sql`select pg_sleep(10)`);
    });
    working.catch(() => undefined);
    await held.promise;
    await eventually(async () => {
      const { rows } = await administer(`select from pg_stat_activity where query like '%pg_sleep(10)%'
        and application_name = 'killed' and state = 'active'`);
      return rows.length === 1;
    });
    const killedAt = performance.now();
    proxy.reset();
    await db.execute(sql`select pg_advisory_lock(${key})`);
    const freeMs = performance.now() - killedAt;
    console.log(`free ${Math.round(freeMs)} ms after the client was gone`);
    expect(freeMs).toBeLessThan(2_000);
    expect(isTransient(await working.catch((error: unknown) => error))).toBe(true);
    await Promise.all([close(), killed.close(), proxy.close()]);
  });

  test('is looked for by the session of a worker’s lease, too', async () => {
    const wire = await startWireProxy(database.url);
    let asked = false;
    wire.toServer = (bytes) => {
      asked ||= bytes.includes(`set ${SETTING}`);
      return 'PASS';
    };
    const presence = await keepAlive({ ...lease, url: wire.url });
    expect(asked).toBe(true);
    await presence.stop();
    await wire.close();
  });

  test('is not looked for where the server refuses that, and everything else goes on', async () => {
    const wire = await startWireProxy(database.url);
    let refused = 0;
    // What an older server answers to a setting that it does not know; the new name is as long.
    wire.toServer = (bytes) => {
      for (let at = bytes.indexOf(SETTING); at >= 0; at = bytes.indexOf(SETTING)) {
        bytes.write('unknown_setting_', at);
        refused += 1;
      }
      return 'PASS';
    };
    const failures: string[] = [];
    const onFailure = (name: string) => failures.push(name);
    const { db, close } = openDatabase({
      url: wire.url,
      max: 1,
      applicationName: 'old',
      log: silent,
      onFailure,
    });
    expect((await db.execute(sql.raw(`show ${SETTING}`)).catch(databaseErrorCode)) as unknown).toBe('42704');
    expect((await inTransaction(db, (tx) => tx.execute(sql`select 1 as one`))).rows).toEqual([{ one: 1 }]);
    const presence = await keepAlive({ ...lease, url: wire.url });
    expect(presence.workerId()).not.toBeNull();
    expect(refused).toBeGreaterThanOrEqual(3);
    expect(failures).toEqual(['show']);
    await presence.stop();
    await Promise.all([close(), wire.close()]);
  });
});

test('a transaction whose BEGIN alone is cancelled stores nothing, whatever was to follow it', async () => {
  const { db, close } = open(1);
  await db.execute(sql`create table if not exists survivors (n int)`);
  const { $client: pool } = db as unknown as { readonly $client: pg.Pool };
  let cancels = 0;
  const client = await pool.connect();
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  Object.assign(client, {
    query: (first: unknown, ...rest: unknown[]) => {
      const text = typeof first === 'string' ? first : String(Object(first).text);
      if (!text.startsWith('begin')) return query(first, ...rest);
      cancels += 1;
      // The server cancels what runs, as at a time limit, and goes on with what was sent behind it.
      return query('select pg_cancel_backend(pg_backend_pid()), pg_sleep(10)');
    },
  });
  client.release();
  const store = db.transaction(async (tx) => {
    await Promise.all([1, 2, 3].map((n) => tx.execute(sql`insert into survivors values (${n})`)));
  });
  expect(await store.then(() => null, databaseErrorCode)).toBe('57014');
  expect(cancels).toBe(1);
  const { rows } = await database.db.execute(sql`select * from survivors`);
  expect(rows).toEqual([]);
  await close();
});
