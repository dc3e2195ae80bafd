import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** A session that has written and does not end: a watermark of transaction ids would stand still behind it. */
async function holdTransaction(databaseName: string): Promise<pg.Client> {
  const url = Object.assign(new URL(database.url), { pathname: databaseName });
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query('begin');
  await client.query('select pg_current_xact_id()');
  return client;
}

test('writing transactions that stay open, here and in another database, hold up neither a job’s log nor the feed', async () => {
  const holders = await Promise.all([
    holdTransaction(new URL(database.url).pathname),
    holdTransaction('/postgres'),
  ]);
  const worker = await startAnalysisWorker(database);
  const feed = api.follow<{ analyses: { ticker: string }[] }>(
    'subscription { analysisStored(from: OLDEST) { analyses { ticker } } }',
  );
  const lates: number[] = [];
  const { job } = await api.submit({ tickers: ['A', 'B'], source: 'DEMO', force: true });
  for await (const { events } of api.follow<{ events: { at: string }[] }>(
    'subscription($id: ID!) { jobEvents(jobId: $id) { events { at } } }',
    { id: job.id },
  )) {
    for (const { at } of events) lates.push(Date.now() - Date.parse(at));
  }
  const fed: string[] = [];
  for await (const { analyses } of feed) {
    fed.push(...analyses.map(({ ticker }) => ticker));
    if (fed.length === 2) break;
  }
  expect(fed.sort()).toEqual(['A', 'B']);
  console.log(`events ${Math.max(...lates)} ms late at most`);
  expect(Math.max(...lates)).toBeLessThan(1_000);
  await worker.stop();
  await Promise.all(holders.map((client) => client.end()));
});
