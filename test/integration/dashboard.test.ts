import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { upsertLatest } from '../../src/analyses/latest.store.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWriter, newAnalysis } from '../support/feed.ts';
import { countStatements, type StatementCounter } from '../support/statements.ts';

let database: TestDatabase;
let api: TestApi;
let counter: StatementCounter;
beforeAll(async () => {
  database = await createTestDatabase();
  counter = countStatements('thetool api');
  api = await startApi(database.url);
});
afterAll(async () => {
  counter.stop();
  await api.close();
  await database.close();
});
// The summary of all lists counts every ticker of the workspace, so no list may outlive its test.
afterEach(() => database.db.execute(sql`delete from watchlists where not is_default`));

/** Stores a result as the engine does and moves latest on. */
async function store(ticker: string, result: Parameters<typeof newAnalysis>[0]): Promise<void> {
  const { db } = database;
  const writer = await createWriter(db);
  const [id = ''] = await writer.store([{ ticker, strategy: 'BALANCED', ...result }]);
  const analysis = newAnalysis({ strategy: 'BALANCED', ...result, id });
  const { rows } = await db.execute<{ workspace_id: string; job_id: string }>(
    sql`select workspace_id, job_id from analyses where id = ${id}`,
  );
  const { workspace_id: workspaceId = '', job_id: jobId = '' } = rows[0] ?? {};
  await db.transaction((tx) => upsertLatest(tx, [{ jobId, workspaceId, ticker, analysis }]));
}

async function createList(name: string, tickers: readonly string[]): Promise<void> {
  const { errors } = await api.post(
    'mutation ($input: CreateWatchlistInput!) { createWatchlist(input: $input) { ... on WatchlistPayload { watchlist { id } } } }',
    { input: { name, tickers } },
  );
  expect(errors).toBeUndefined();
}

const DOCUMENT = `{ watchlistSummary { items analysed buy hold sell }
  watchlists { name summary { items analysed buy hold sell }
    items { ticker instrument { name } latestAnalysis { verdict score } recentScores(last: 3) { asOf score } } } }`;
interface Dashboard {
  readonly watchlistSummary: object;
  readonly watchlists: readonly {
    readonly name: string;
    readonly summary: object;
    readonly items: readonly {
      readonly ticker: string;
      readonly recentScores: readonly { score: number }[];
    }[];
  }[];
}

test('a dashboard tells how lists divide and the last scores, in as many statements for many lists as for one', async () => {
  const day = (n: number) => `2026-01-${10 + n}`;
  for (const [i, score] of [0.1, 0.2, 0.3, 0.4].entries())
    await store('UP', { score, verdict: i === 3 ? 'STRONG_BUY' : 'HOLD', asOf: day(i), isDemo: false });
  await store('UP', { score: -1, verdict: 'SELL', asOf: day(9), isDemo: true });
  await store('DOWN', { score: -0.3, verdict: 'SELL', isDemo: true });
  await store('FLAT', { score: 0, verdict: 'HOLD', isDemo: true });
  await createList('One', ['UP', 'DOWN', 'NEVER']);
  const read = async () => {
    const { result, statements } = await counter.during(() => api.post(DOCUMENT));
    return { data: result.data as unknown as Dashboard, statements };
  };
  // The first request of a process opens connections.
  await read();
  const one = await read();
  for (let n = 2; n <= 6; n += 1) await createList(`List ${n}`, ['UP', 'FLAT']);
  const many = await read();
  expect(many.statements.length).toBe(one.statements.length);
  expect(many.statements.length).toBeLessThanOrEqual(7);
  const lists = new Map(many.data.watchlists.map((list) => [list.name, list]));
  expect(lists.get('One')?.summary).toEqual({ items: 3, analysed: 2, buy: 1, hold: 0, sell: 1 });
  expect(lists.get('List 4')?.summary).toEqual({ items: 2, analysed: 2, buy: 1, hold: 1, sell: 0 });
  expect(lists.get('Default')?.summary).toEqual({ items: 0, analysed: 0, buy: 0, hold: 0, sell: 0 });
  // UP is in six lists and counts once.
  expect(many.data.watchlistSummary).toEqual({ items: 4, analysed: 3, buy: 1, hold: 1, sell: 1 });
  const items = new Map(lists.get('One')?.items.map((item) => [item.ticker, item]));
  expect(items.get('UP')?.recentScores.map(({ score }) => score)).toEqual([0.2, 0.3, 0.4]);
  expect(items.get('UP')).toMatchObject({
    latestAnalysis: { verdict: 'STRONG_BUY', score: 0.4 },
    instrument: null,
  });
  expect(items.get('NEVER')).toMatchObject({ latestAnalysis: null, recentScores: [] });
});

test('a backfilled day is neither the last score of a ticker nor its latest result', async () => {
  await createList('Backfilled', ['FILLED']);
  const scores = [0.1, 0.2, 0.3];
  for (const [score, asOf] of [
    [0.2, '2026-01-12'],
    [0.3, '2026-01-13'],
    [0.1, '2026-01-09'],
  ] as const)
    await store('FILLED', { score, asOf, isDemo: false });
  const { data } = await api.post(DOCUMENT);
  const list = (data as unknown as Dashboard).watchlists.find(({ name }) => name === 'Backfilled');
  expect(list?.items[0]?.recentScores.map(({ score }) => score)).toEqual(scores);
  expect(list?.items[0]).toMatchObject({ latestAnalysis: { score: 0.3 } });
});
