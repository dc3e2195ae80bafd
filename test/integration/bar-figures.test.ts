import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { fillBatch } from '../../src/analyses/fill-figures.ts';
import { sql } from '../../src/db/drizzle.ts';
import { fullAccess } from '../support/access.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { apiAt, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

const FIELDS = 'close previousClose change changePct volume averageVolume volumeRatio currency';
type Bar = Readonly<Record<string, number | string | null>>;

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  const worker = await startAnalysisWorker(database);
  await api.post('mutation { createWatchlist(input: { name: "Mine", tickers: ["AAPL"] }) { __typename } }');
  const { job } = await api.submit({ tickers: ['AAPL'], source: 'SAMPLE', options: { asOf: '2017-06-30' } });
  await eventually(() => endedJob(database.db, job.uuid));
  await worker.stop();
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** As the worker has stored it; each test begins with it. */
let whole = '';

const stored = async () =>
  (await database.db.execute<{ figures: number[] | null }>(sql`select figures from analyses`)).rows.map(
    ({ figures }) => figures,
  );
/** As the version before stores a result. */
const forget = () => database.db.execute(sql`update analyses set figures = null`);
beforeEach(async () => {
  if (whole === '') whole = `{${(await stored())[0]?.join(',')}}`;
  await database.db.execute(sql`update analyses set figures = ${whole}::float8[]`);
});

const ofAnalysis = async () =>
  (await api.one<{ bar: Bar }[]>(`{ latestAnalyses(tickers: ["AAPL"]) { bar { ${FIELDS} } } }`))[0]?.bar;
const ofRanking = async () =>
  (
    await api.one<{ edges: { node: { bar: Bar } }[] }>(
      `{ ranking(filter: { analysed: true }) { edges { node { bar { ${FIELDS} } } } } }`,
    )
  ).edges[0]?.node.bar;
async function ofItem(beside = '') {
  const lists = await api.one<{ name: string; items: { bar: Bar }[] }[]>(
    `{ watchlists { name items { bar { ${FIELDS} } ${beside} } } }`,
  );
  return lists.find(({ name }) => name === 'Mine')?.items[0]?.bar;
}
async function exported(): Promise<Bar> {
  const response = await fetch(`${new URL(api.url).origin}/export/analyses.jsonl`);
  const line = JSON.parse((await response.text()).split('\n')[0] ?? '') as Bar;
  return Object.fromEntries(FIELDS.split(' ').map((name) => [name, line[name] ?? null]));
}

test('an analysis, its row of a ranking, its item of a watchlist and its export show the numbers of one bar', async () => {
  const page = await api.one<{ edges: { node: { date: string; close: number; volume: number } }[] }>(
    '{ candles(ticker: "AAPL", source: SAMPLE, last: 1000) { edges { node { date close volume } } } }',
  );
  const bars = page.edges.map(({ node }) => node).filter(({ date }) => date <= '2017-06-30');
  const [before, last] = bars.slice(-2);
  const bar = await ofAnalysis();
  expect(last?.date).toBe('2017-06-30');
  expect(bar).toMatchObject({ close: last?.close, previousClose: before?.close, volume: last?.volume });
  expect(bar?.change).toBeCloseTo((last?.close ?? 0) - (before?.close ?? 0), 9);
  expect(bar?.changePct).toBeCloseTo(100 * ((last?.close ?? 0) / (before?.close ?? 0) - 1), 9);
  const mean = bars.slice(-20).reduce((sum, { volume }) => sum + volume, 0) / 20;
  expect(bar?.averageVolume).toBeCloseTo(mean, 3);
  expect(bar?.currency).toBe('USD');
  expect(await ofRanking()).toEqual(bar);
  expect(await ofItem()).toEqual(bar);
  expect(await ofItem('lastAnalysis { score }')).toMatchObject(bar ?? {});
  expect(await exported()).toEqual(bar);
});

test('a result that the version before stored shows what its details contain, and null for the rest', async () => {
  const bar = await ofAnalysis();
  const known = {
    ...{ close: bar?.close, averageVolume: bar?.averageVolume, currency: 'USD' },
    ...{ previousClose: null, change: null, changePct: null, volume: null, volumeRatio: null },
  };
  await forget();
  expect(await ofAnalysis()).toEqual(known);
  expect(await ofRanking()).toEqual(known);
  expect(await ofItem()).toEqual(known);
  expect(await exported()).toMatchObject({ close: null });
  expect(await fillBatch(database.db)).toBe(1);
  expect(await ofAnalysis()).toEqual(known);
  expect(await exported()).toEqual(known);
});

test('results are filled once, however many fill them, and one that is locked is filled later', async () => {
  await forget();
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`select from analyses for update`);
    expect(await fillBatch(database.db)).toBe(0);
  });
  const filled = await Promise.all([1, 2, 3].map(() => fillBatch(database.db)));
  expect(filled.reduce((sum, rows) => sum + rows, 0)).toBe(1);
  expect((await stored())[0]?.[0]).toBeGreaterThan(0);
});

test('details that cannot be read do not hold up the results behind them', async () => {
  await forget();
  await database.db.execute(sql`create table kept as select * from analysis_details`);
  await database.db.execute(sql`update analysis_details set body = '\\xff'`);
  expect(await fillBatch(database.db)).toBe(1);
  expect(await fillBatch(database.db)).toBe(0);
  await database.db.execute(
    sql`update analysis_details d set body = k.body from kept k where k.analysis_id = d.analysis_id`,
  );
  await database.db.execute(sql`drop table kept`);
});

test('numbers of a watchlist need the scope of results', async () => {
  const request = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'lists', maker: fullAccess() };
  const scopes = ['jobs:read'] as const;
  const { secret } = await createKey(
    { db: database.db, log: silent },
    { ...request, scopes, expiresAt: null },
  );
  const limited = apiAt(api.url, secret);
  expect((await limited.post('{ watchlists { items { ticker lastStatus } } }')).errors).toBeUndefined();
  for (const field of FIELDS.split(' ')) {
    const { errors } = await limited.post(`{ watchlists { items { bar { ${field} } } } }`);
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  }
  await limited.close();
});
