import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';

let database: TestDatabase;
let api: TestApi;
const list = uuidv7();
const jobs: { readonly id: string; readonly createdAt: Date; readonly tickers: readonly string[] }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  api = await startApi(database.url);
  await db.execute(
    sql`insert into watchlists (id, workspace_id, name) values (${list}, ${DEFAULT_WORKSPACE_ID}, 'Jobs')`,
  );
  for (let i = 0; i < 12; i += 1) {
    const tickers = i % 3 === 0 ? ['A', 'B'] : [`T${i}`];
    const id = await submit(db, tickers, {
      kind: i % 2 === 0 ? 'analysis' : 'backtest',
      origin: i % 4 === 0 ? 'WATCHLIST' : 'TICKERS',
      watchlistId: i % 4 === 0 ? list : null,
    });
    const { rows } = await db.execute<{ created_at: string }>(
      sql`select created_at from jobs where id = ${id}`,
    );
    jobs.push({ id, createdAt: new Date(rows[0]?.created_at ?? ''), tickers });
  }
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const DOCUMENT =
  'query ($filter: JobFilter) { jobs(filter: $filter) { totalCount edges { node { uuid kind } } } }';
async function found(filter: object): Promise<string[]> {
  const { totalCount, edges } = await api.one<{
    totalCount: number;
    edges: { node: { uuid: string; kind: string } }[];
  }>(DOCUMENT, { filter });
  expect(totalCount).toBe(edges.length);
  return edges.map(({ node }) => node.uuid);
}
/** Newest first. */
const of = (keep: (job: (typeof jobs)[number], i: number) => boolean) =>
  jobs
    .filter(keep)
    .map(({ id }) => id)
    .reverse();

test('jobs are found by kind, by a ticker of theirs and by the watchlist that asked for them', async () => {
  expect(await found({ kinds: ['BACKTEST'] })).toEqual(of((_job, i) => i % 2 === 1));
  expect(await found({ ticker: 'b' })).toEqual(of(({ tickers }) => tickers.includes('B')));
  expect(await found({ ticker: 'NONE' })).toEqual([]);
  const watchlistId = Buffer.from(`Watchlist:${list}`).toString('base64');
  expect(await found({ watchlistId, kinds: ['ANALYSIS'] })).toEqual(of((_job, i) => i % 4 === 0));
});

test('a span of time has its beginning and not its end', async () => {
  const from = jobs[3]?.createdAt ?? new Date(0);
  const to = jobs[8]?.createdAt ?? new Date(0);
  expect(await found({ createdFrom: from.toISOString() })).toEqual(of(({ createdAt }) => createdAt >= from));
  expect(await found({ createdTo: to.toISOString() })).toEqual(of(({ createdAt }) => createdAt < to));
  expect(await found({ createdFrom: from.toISOString(), createdTo: to.toISOString(), ticker: 'A' })).toEqual(
    of(({ createdAt, tickers }) => createdAt >= from && createdAt < to && tickers.includes('A')),
  );
});

test('what is no watchlist is refused', async () => {
  for (const [id, code] of [
    ['Job:1', 'BAD_USER_INPUT'],
    ['Watchlist:1', 'BAD_USER_INPUT'],
    [`Job:${list}`, 'INVALID_INPUT'],
  ] as const) {
    const watchlistId = Buffer.from(id).toString('base64');
    const { errors } = await api.post(DOCUMENT, { filter: { watchlistId } });
    expect(errors?.[0]?.extensions?.code).toBe(code);
  }
});
