import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { inTransaction, type Tx } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { LimitExceededError } from '../../src/errors.ts';
import { cancelJob } from '../../src/jobs/cancel-job.ts';
import { holdWatchlist } from '../../src/jobs/job.store.ts';
import { createPlaces } from '../../src/quotas/reserve-places.ts';
import { createWatchlist, deleteWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { insertItems, listItemsOfLists, lockWatchlists } from '../../src/watchlists/watchlist.store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

const WORKSPACE = DEFAULT_WORKSPACE_ID;
const HOME = '00000000-0000-7000-8000-000000000002';
const tickersFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => `T${first + i}`);

let database: TestDatabase;
let list: string;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.db.execute(sql`delete from watchlist_items where watchlist_id = ${HOME}`);
  const input = { name: `List ${crypto.randomUUID().slice(0, 8)}`, tickers: tickersFrom(1, 600) };
  list = await createWatchlist({ db: database.db, log: silent }, WORKSPACE, input);
});
afterAll(() => database.close());

/** Begins the deletion of the list while this transaction holds a lock that it needs, and does the work when the deletion waits for it. */
async function deleteBehind(
  lock: (tx: Tx) => Promise<unknown>,
  work: (tx: Tx) => Promise<void>,
): Promise<{ readonly deletion: Promise<string> }> {
  let deletion: Promise<string> = Promise.resolve('');
  await inTransaction(database.db, async (tx) => {
    await lock(tx);
    deletion = deleteWatchlist({ db: database.db, log: silent }, WORKSPACE, { id: list });
    deletion.catch(() => undefined);
    await eventually(async () => (await waiting()).length > 0);
    await work(tx);
  });
  return { deletion };
}

async function waiting(): Promise<{ wait_event: string }[]> {
  const { rows } = await database.db.execute<{ wait_event: string }>(
    sql`select wait_event from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows;
}

test('waits for submits of the list before it locks anything of the list', async () => {
  const { deletion } = await deleteBehind(
    (tx) => holdWatchlist(tx, WORKSPACE, list),
    async () => {
      expect(await waiting()).toEqual([{ wait_event: 'advisory' }]);
      const { rows } = await database.db.execute(
        sql`select from watchlists where id = ${list} for no key update nowait`,
      );
      expect(rows).toHaveLength(1);
    },
  );
  await deletion;
});

test('is rejected when the default list has grown too large since the deletion began, and changes nothing', async () => {
  const home = { id: HOME, workspaceId: WORKSPACE };
  const { deletion } = await deleteBehind(
    (tx) => lockWatchlists(tx, WORKSPACE),
    async (tx) => void (await insertItems(tx, home, tickersFrom(2_000, 600), '')),
  );
  await expect(deletion).rejects.toThrow(LimitExceededError);
  expect(await listItemsOfLists(database.db, WORKSPACE, [list])).toHaveLength(600);
});

test('a deletion that is rejected for want of a stored response leaves the list in its ended jobs', async () => {
  const { db } = database;
  const job = await submit(db, ['T1'], { watchlistId: list, origin: 'WATCHLIST' });
  await cancelJob(db, silent, WORKSPACE, job);
  const storedResponses = createPlaces(1, async () => 1);
  const input = { id: list, idempotencyKey: 'full' };
  await expect(deleteWatchlist({ db, log: silent, storedResponses }, WORKSPACE, input)).rejects.toThrow(
    LimitExceededError,
  );
  const { rows } = await db.execute(sql`select watchlist_id from jobs where id = ${job}`);
  expect(rows).toEqual([{ watchlist_id: list }]);
});
