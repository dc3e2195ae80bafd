import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createHub, type Hub } from '../../src/events/hub.ts';
import { listen } from '../../src/events/listener.ts';
import { createWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { jobGid, startApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { silent } from '../support/silent.ts';

/** Far away: the job neither starts nor ends. */
const LATER = new Date(Date.now() + 7 * 86_400_000);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Resolves when the hub reports a change of the job. */
function changeOf(hub: Hub, id: string): Promise<void> {
  const changed = Promise.withResolvers<void>();
  onTestFinished(hub.onChange('job', id, () => changed.resolve()));
  return changed.promise;
}

const raise = (tickers: readonly string[]) =>
  submit(database.db, tickers, { priority: 9, runAt: LATER, force: false });

test('a subscriber of a job is notified when another request raises its priority', async () => {
  const id = await submit(database.db, ['NOTIFIED'], { priority: 2, runAt: LATER });
  const hub = createHub({ db: database.db, log: silent, pollMs: 600_000 });
  onTestFinished(() => hub.close());
  const listener = await listen({
    url: database.url,
    log: silent,
    onHints: (hints) => hub.hear(hints.filter(({ about }) => about === 'row')),
    onConnected: () => undefined,
  });
  onTestFinished(() => listener.close());
  const changed = changeOf(hub, id);
  expect(await raise(['NOTIFIED'])).toBe(id);
  await changed;
});

test.each([
  ['its priority', (id: string) => sql`update jobs set priority = 9 where id = ${id}`],
  ['its watchlist', (id: string) => sql`update jobs set watchlist_id = null where id = ${id}`],
])('a poll finds that %s has changed although no event was stored', async (what, change) => {
  const deps = { db: database.db, log: silent };
  const list = await createWatchlist(deps, DEFAULT_WORKSPACE_ID, { name: what, tickers: ['POLLED'] });
  const id = await submit(database.db, ['POLLED'], { watchlistId: list, runAt: LATER });
  const hub = createHub({ db: database.db, log: silent, pollMs: 20 });
  onTestFinished(() => hub.close());
  // The first poll reports every row that it has not seen.
  await changeOf(hub, id);
  const changed = changeOf(hub, id);
  await database.db.execute(change(id));
  await changed;
});

test('a follower of a job sees the priority that another request raised it to', async () => {
  const api = await startApi(database.url);
  onTestFinished(() => api.close());
  const id = await submit(database.db, ['FOLLOWED'], { priority: 2, runAt: LATER });
  const states = api.follow<{ priority: number }>(
    'subscription($id: ID!) { jobProgress(id: $id) { priority } }',
    {
      id: jobGid(id),
    },
  );
  const seen: number[] = [];
  for await (const { priority } of states) {
    seen.push(priority);
    if (priority === 9) break;
    if (seen.length === 1) await raise(['FOLLOWED']);
  }
  expect(seen).toEqual([2, 9]);
});
