import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createImportClient, type ImportClient } from '../support/import-client.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';

let database: TestDatabase;
let api: TestApi;
let client: ImportClient;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const key = await insertKey(db, DEFAULT_WORKSPACE_ID);
  api = await startApi(database.url, {}, { access: 'real', key });
  client = createImportClient(api.url, key);
  const other = await insertWorkspace(db);
  for (const [workspace, count] of [
    [DEFAULT_WORKSPACE_ID, 120],
    [other, 7],
  ] as const)
    await db.execute(sql`
      insert into own_series (workspace_id, ticker, bars, first_day, last_day, adjustment, body)
      select ${workspace}::uuid, 'T' || lpad(n::text, 4, '0'), 2, '2024-01-02', '2024-01-03', 'SPLITS', decode(repeat('00', 88), 'hex')
      from generate_series(1, ${count}) n`);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

/** The tickers of each page, from the first to the last. */
async function pages(first: string): Promise<string[][]> {
  const found: string[][] = [];
  let next: unknown = null;
  do {
    const after: string = next === null ? '' : `&after=${encodeURIComponent(String(next))}`;
    const { status, body } = await client.get(`?${first}${after}`);
    expect([status, body.quota]).toMatchObject([200, { series: 120, bars: 240 }]);
    found.push((body.series as unknown as { ticker: string }[]).map(({ ticker }) => ticker));
    next = body.next;
  } while (next !== null);
  return found;
}

test('pages of imported series have each series of the workspace once, and each page tells the whole quota', async () => {
  const all = Array.from({ length: 120 }, (_, i) => `T${String(i + 1).padStart(4, '0')}`);
  for (const [first, sizes] of [
    ['first=50', [50, 50, 20]],
    ['first=60', [60, 60]],
    ['first=500', [120]],
    ['', [100, 20]],
  ] as const) {
    const found = await pages(first);
    expect(found.map(({ length }) => length)).toEqual(sizes);
    expect(found.flat()).toEqual(all);
  }
});
