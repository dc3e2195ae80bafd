import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { startAnalysisWorker, startBackfillWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

const SPAN = { asOfFrom: '2018-05-01', asOfTo: '2018-05-04' };
const DAYS = ['2018-05-01', '2018-05-02', '2018-05-03', '2018-05-04'];

let database: TestDatabase;
let api: TestApi;
let workers: TestWorker[];
let spanJob: string;

async function run(options: object): Promise<string> {
  const { job } = await api.submit({ tickers: ['AAPL'], source: 'SAMPLE', force: true, options });
  await eventually(() => endedJob(database.db, job.uuid));
  return job.uuid;
}

/** A result of 10 May, then a span of four days before it, and a result of one of these days. */
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  workers = [await startAnalysisWorker(database), await startBackfillWorker(database)];
  await api.post('mutation { createWatchlist(input: { name: "Mine", tickers: ["AAPL"] }) { __typename } }');
  await run({ asOf: '2018-05-10' });
  spanJob = await run(SPAN);
  await run({ asOf: '2018-05-03' });
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await api.close();
  await database.close();
});

interface Page {
  readonly totalCount: number;
  readonly edges: readonly { readonly node: { readonly asOf: string } }[];
}
const daysIn = ({ edges }: Page) => edges.map(({ node }) => node.asOf);
const list = (filter: string) =>
  api.one<Page>(`{ analyses(filter: { ${filter} }) { totalCount edges { node { asOf isBackfill } } } }`);

test.each([
  '',
  'strategy: BALANCED',
  'ticker: "AAPL"',
  'verdicts: [STRONG_BUY, BUY, HOLD, SELL, STRONG_SELL]',
])('a list by {%s} leaves results of spans out unless it asks for them', async (filter) => {
  const without = await list(filter);
  expect(daysIn(without).sort()).toEqual(['2018-05-03', '2018-05-10']);
  expect(without.totalCount).toBe(2);
  const all = await list(`${filter} includeBackfill: true`);
  expect(daysIn(all).sort()).toEqual([...DAYS, '2018-05-03', '2018-05-10'].sort());
  expect(all.totalCount).toBe(6);
});

test('the job of a span lists all of its results', async () => {
  const id = Buffer.from(`Job:${spanJob}`).toString('base64');
  const job = await api.one<{
    analyses: Page;
    items: { edges: { node: { analyses: { asOf: string }[] } }[] };
  }>(
    'query($id: ID!) { job(id: $id) { analyses { totalCount edges { node { asOf } } } items { edges { node { analyses { asOf } } } } } }',
    { id },
  );
  expect(daysIn(job.analyses)).toEqual(DAYS.toReversed());
  expect(job.analyses.totalCount).toBe(4);
  expect(job.items.edges.map(({ node }) => node.analyses)).toEqual([[{ asOf: '2018-05-04' }]]);
});

test('a feed leaves results of spans out unless its filter asks for them', async () => {
  const told = async (filter: string) => {
    const days: string[] = [];
    const query = `subscription { analysisStored(from: OLDEST, filter: { ${filter} }) { caughtUp analyses { asOf } } }`;
    for await (const batch of api.follow<{ caughtUp: boolean; analyses: { asOf: string }[] }>(query)) {
      days.push(...batch.analyses.map(({ asOf }) => asOf));
      if (batch.caughtUp) return days;
    }
    return days;
  };
  expect(await told('tickers: ["AAPL"]')).toEqual(['2018-05-10', '2018-05-03']);
  expect(await told('includeBackfill: true')).toEqual(['2018-05-10', ...DAYS, '2018-05-03']);
});

test('an export leaves results of spans out unless it asks for them or names their job', async () => {
  const exported = async (query: string) => {
    const response = await fetch(`${new URL(api.url).origin}/export/analyses.jsonl?${query}`);
    if (response.status !== 200) return response.status;
    const lines = (await response.text()).trimEnd().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as { asOf?: string; isBackfill?: boolean });
    return rows.flatMap(({ asOf, isBackfill }) => (asOf === undefined ? [] : [`${asOf} ${isBackfill}`]));
  };
  const marked = DAYS.map((day) => `${day} true`);
  expect(await exported('')).toEqual(['2018-05-10 false', '2018-05-03 false']);
  expect(await exported('includeBackfill=true')).toEqual(['2018-05-10 false', ...marked, '2018-05-03 false']);
  expect(await exported(`job=${spanJob}`)).toEqual(marked);
  expect(await exported(`job=${spanJob}&includeBackfill=false`)).toEqual([]);
  expect(await exported('includeBackfill=yes')).toBe(400);
});

const LATEST = `{ latestAnalyses(tickers: ["AAPL"]) { asOf isBackfill } }`;

test('a span of past days leaves the latest result, the last analysis and the ranking, and its scores come before', async () => {
  expect(await api.one(LATEST)).toEqual([{ asOf: '2018-05-10', isBackfill: false }]);
  const { rows } = await database.db.execute(
    sql`select a.as_of::text, a.backfill from watchlist_tickers t join analyses a on a.id = t.last_analysis_id where t.ticker = 'AAPL'`,
  );
  expect(rows).toEqual([{ as_of: '2018-05-10', backfill: false }]);
  const ranked = await api.one<{ edges: { node: { analysis: { asOf: string } | null } }[] }>(
    '{ ranking(first: 1, filter: { text: "AAPL" }) { edges { node { analysis { asOf } } } } }',
  );
  expect(ranked.edges[0]?.node.analysis).toEqual({ asOf: '2018-05-10' });
  const lists = await api.one<{ items: { recentScores: { asOf: string }[] }[] }[]>(
    '{ watchlists { items { recentScores(last: 10) { asOf } } } }',
  );
  const scores = lists.flatMap(({ items }) => items).flatMap(({ recentScores }) => recentScores);
  expect(scores.map(({ asOf }) => asOf)).toEqual([...DAYS.slice(0, 3), ...DAYS.slice(2), '2018-05-10']);
});
