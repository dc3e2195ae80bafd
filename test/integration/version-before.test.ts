import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { createWatchlist, deleteWatchlist } from '../../src/watchlists/edit-watchlist.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { silent } from '../support/silent.ts';

/**
 * Statements that the stores of the last released version sent in its tests, as text. During an upgrade its processes send them to the schema of this version.
 * A release replaces the file with its own statements.
 */
const file = fileURLToPath(new URL('../fixtures/statements/before-0022.json', import.meta.url));
const statements = JSON.parse(readFileSync(file, 'utf8')) as readonly string[];

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.close();
});

test('each statement of the version before is planned beside the schema of this version', async () => {
  const faults: string[] = [];
  for (const text of statements) {
    await client
      .query(`explain (generic_plan) ${text}`)
      .catch((error: unknown) => faults.push(`${String(error)}: ${text.slice(0, 100)}`));
  }
  expect(faults).toEqual([]);
  expect(statements.length).toBeGreaterThan(100);
});

test('a status that a process of the version before stores is shown by this version, and an edit of a note changes no status', async () => {
  const store = statements.find((text) => text.startsWith('/* updateWatchlistStatus */')) ?? '';
  const deps = { db: database.db, log: silent };
  await createWatchlist(deps, DEFAULT_WORKSPACE_ID, { name: 'Mine', tickers: ['AAA', 'BBB'] });
  const job = await submit(database.db, ['AAA', 'BBB']);
  const columns = (status: string, of: string) => [[DEFAULT_WORKSPACE_ID], ['AAA'], [of], [status], [null]];
  const shown = async () =>
    (
      await client.query(
        "select ticker, last_job_id as job, last_status as status from watchlist_tickers where ticker < 'C' order by ticker",
      )
    ).rows;
  await client.query(store, columns('COMPLETED', job));
  const expected = [
    { ticker: 'AAA', job, status: 'COMPLETED' },
    { ticker: 'BBB', job, status: 'QUEUED' },
  ];
  expect(await shown()).toEqual(expected);
  await client.query(`update watchlist_tickers set last_status = 'FAILED' where ticker = 'AAA'`);
  await client.query(`update watchlist_items set note = 'n'`);
  expect(await shown()).toEqual([{ ...expected[0], status: 'FAILED' }, expected[1]]);
});

test('this version sends no statement that names the columns which the next release drops', async () => {
  const deps = { db: database.db, log: silent };
  const id = await createWatchlist(deps, DEFAULT_WORKSPACE_ID, { name: 'Other', tickers: ['CCC'] });
  await deleteWatchlist(deps, DEFAULT_WORKSPACE_ID, { id });
  const sent = database.statements.filter((text) => text.includes('watchlist_items'));
  expect(sent.length).toBeGreaterThan(2);
  expect(sent.filter((text) => /insert into "?watchlist_items"? \([^)]*last_/.test(text))).toEqual([]);
});
