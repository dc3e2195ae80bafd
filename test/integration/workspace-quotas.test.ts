import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { openApiDatabase } from '../../src/db/workspaces.ts';
import { addToWatchlist, createWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { startApi } from '../support/api.ts';
import { openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
const other = crypto.randomUUID();
beforeAll(async () => {
  database = await createTestDatabase();
  await database.db.execute(sql`insert into workspaces (id, name) values (${other}, 'other')`);
});
afterAll(() => database.close());

/** The test decides when somebody has waited long enough. */
const patient = {
  connectionTimeoutMillis: 60_000,
  lock_timeout: 60_000,
  statement_timeout: 60_000,
  query_timeout: 60_000,
};

test('sixty edits of one workspace that wait for a lock leave connections to the other workspaces', async () => {
  const api = openApiDatabase({
    url: database.url,
    max: 10,
    applicationName: 'quotas',
    log: silent,
    limits: patient,
  });
  const deps = { db: api.of(DEFAULT_WORKSPACE_ID), log: silent };
  const list = await createWatchlist(deps, DEFAULT_WORKSPACE_ID, { name: 'edited', tickers: [] });
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query(
    `begin; select pg_advisory_xact_lock(hashtextextended('watchlists ${DEFAULT_WORKSPACE_ID}', 0))`,
  );
  let settled = 0;
  const edits = Array.from({ length: 60 }, async (_, i) => {
    const input = { id: list, tickers: [`T${i}`], note: '' };
    const outcome = await addToWatchlist(deps, DEFAULT_WORKSPACE_ID, input).then(
      () => null,
      (error: unknown) => error,
    );
    settled += 1;
    return outcome;
  });
  const waiting = async () => {
    const { rows } = await database.db.execute(
      sql`select from pg_stat_activity where application_name = 'quotas' and wait_event_type = 'Lock'`,
    );
    return rows.length;
  };
  // Of the seven connections that are for documents.
  await eventually(async () => (await waiting()) === 4);
  const { rows } = await api.of(other).execute(sql`select count(*)::int as n from jobs`);
  expect(rows).toEqual([{ n: 0 }]);
  expect(await waiting()).toBe(4);
  expect(settled).toBe(0);
  expect(api.load().awaited).toBeGreaterThanOrEqual(56);
  await holder.query('commit');
  await holder.end();
  const outcomes = await Promise.all(edits);
  expect(outcomes.filter((error) => error !== null)).toEqual([]);
  expect(api.load()).toMatchObject({ busy: 0, awaited: 0 });
  await api.close();
});

test('sixty edits at a time of one workspace over the API that wait for a lock leave a bystander its reads', async () => {
  const api = await startApi(database.url);
  const bystander = await openBystander({ url: api.url, db: database.db });
  const { watchlist } = await api.one<{ watchlist: { id: string } }>(
    'mutation { createWatchlist(input: { name: "Contended" }) { ... on WatchlistPayload { watchlist { id } } } }',
  );
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query(
    `begin; select pg_advisory_xact_lock(hashtextextended('watchlists ${DEFAULT_WORKSPACE_ID}', 0))`,
  );
  let isOver = false;
  // An edit gives up after 1.4 s, and the next one follows: the load lasts as long as the check.
  const edits = Array.from({ length: 60 }, async (_, i) => {
    const query = 'mutation($input: AddToWatchlistInput!) { addToWatchlist(input: $input) { __typename } }';
    while (!isOver) await api.post(query, { input: { id: watchlist.id, tickers: [`T${i}`] } });
  });
  await eventually(async () => {
    const { rows } = await database.db.execute(sql`
      select from pg_stat_activity where application_name = 'thetool api' and wait_event_type = 'Lock'`);
    return rows.length >= 4;
  });
  await bystander.check().finally(() => {
    isOver = true;
  });
  await holder.query('commit');
  await holder.end();
  await Promise.all(edits);
  await bystander.leave();
  await api.close();
});
