import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction, type Tx } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { openApiDatabase } from '../../src/db/workspaces.ts';
import { newId } from '../../src/uuid.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const workspaceOf = async (tx: Tx) =>
  (await tx.execute<{ w: string }>(sql`select current_setting('app.workspace') as w`)).rows[0]?.w;

/** Sends statements, one after the other, until one is rejected. */
async function sendUntilRejected(tx: Tx, seen: Set<string | undefined>): Promise<string> {
  try {
    for (;;) seen.add(await workspaceOf(tx));
  } catch (error) {
    return String(error instanceof Error ? (error.cause ?? error) : error);
  }
}

const failing = [
  [
    'fails in this process',
    (tx: Tx) => Promise.all([tx.execute(sql`select`), Promise.reject(new TypeError())]),
  ],
  ['fails at the server', (tx: Tx) => tx.execute(sql`select 1 / 0`)],
  ['commits', (tx: Tx) => tx.execute(sql`select`)],
] as const;

test.each(failing)(
  'a transaction that %s sends no statement afterwards: a branch that goes on is rejected',
  async (_, work) => {
    const api = openApiDatabase({ url: database.url, max: 1, applicationName: 'test', log: silent });
    const [own, other] = [newId(), newId()];
    const seen = new Set<string | undefined>();
    const branches: Promise<string>[] = [];
    const transaction = inTransaction(api.of(own), async (tx) => {
      branches.push(sendUntilRejected(tx, seen));
      await work(tx);
    }).catch(() => undefined);
    // The only connection is lent to another workspace as soon as the transaction has ended.
    const next = inTransaction(api.of(other), async (tx) => {
      for (let i = 0; i < 50; i += 1) expect(await workspaceOf(tx)).toBe(other);
    });
    await Promise.all([transaction, next]);
    const [fault] = await Promise.all(branches);
    expect(fault).toMatch(/transaction of this statement has ended|current transaction is aborted/);
    expect([...seen]).toEqual([own]);
    await api.close();
  },
);
