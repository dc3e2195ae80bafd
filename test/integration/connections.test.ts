import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, inTransaction, openDatabase } from '../../src/db/client.ts';
import { databaseErrorCode, isTransient } from '../../src/db/retry.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Cut, injectCuts, terminate } from '../support/faults.ts';
import { silent } from '../support/silent.ts';

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
      // Both answers arrive while the event loop is busy, and are read at once.
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100));
      await both;
    });
    expect(databaseErrorCode(await refused.catch((error: unknown) => error))).toBe(code);
    await close();
  },
);
