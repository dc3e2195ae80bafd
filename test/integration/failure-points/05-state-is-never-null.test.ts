import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../src/db/drizzle.ts';
import { databaseErrorCode, violatedConstraint } from '../../../src/db/retry.ts';
import { startAnalysisWorker } from '../../support/analysis-worker.ts';
import { startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { endedJob, inconsistencies, submit, type TestWorker } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { countRows } from '../../support/snapshot.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startAnalysisWorker(database);
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});

describe('5: a state', () => {
  test.each(['jobs', 'job_items', 'workers'])(
    'of %s is never NULL and never an unknown word',
    async (table) => {
      await submit(database.db, ['AAPL']);
      const set = (state: string) => database.db.execute(sql.raw(`update ${table} set state = ${state}`));
      expect(await set('null').catch(databaseErrorCode)).toBe('23502');
      expect(await set("'STUCK'").catch(violatedConstraint)).toBe(`${table}_state_check`);
      expect(await set("'queued'").catch(violatedConstraint)).toBe(`${table}_state_check`);
    },
  );
});

test('5: a ticker that fails is a failed item and no analysis; what its list knew of it stays', async () => {
  await api.one(
    'mutation { createWatchlist(input: { name: "Mine", tickers: ["AAPL", "NOPE"] }) { __typename } }',
  );
  const demo = await api.submit({ tickers: ['NOPE'], source: 'DEMO' });
  await eventually(() => endedJob(database.db, demo.job.uuid));
  const before = await countRows(database.db);
  const { job } = await api.submit({ tickers: ['AAPL', 'NOPE', 'GONE'], source: 'SAMPLE', force: true });
  await eventually(() => endedJob(database.db, job.uuid));
  expect(await inconsistencies(database.db)).toEqual([]);

  const shown = await api.one(
    `query($id: ID!) { job(id: $id) { state succeeded failed
      items { edges { node { ticker state error { code } analysis { ticker } } } } analyses { edges { node { ticker } } } } }`,
    { id: job.id },
  );
  const failed = { state: 'FAILED', error: { code: 'UNKNOWN_SYMBOL' }, analysis: null };
  expect(shown).toEqual({
    state: 'COMPLETED',
    succeeded: 1,
    failed: 2,
    items: {
      edges: [
        { node: { ticker: 'AAPL', state: 'COMPLETED', error: null, analysis: { ticker: 'AAPL' } } },
        { node: { ticker: 'GONE', ...failed } },
        { node: { ticker: 'NOPE', ...failed } },
      ],
    },
    analyses: { edges: [{ node: { ticker: 'AAPL' } }] },
  });
  expect(await countRows(database.db)).toMatchObject({
    analyses: (before.analyses ?? 0) + 1,
    analysis_details: (before.analysis_details ?? 0) + 1,
    latest_analyses: (before.latest_analyses ?? 0) + 1,
  });
  const { rows } = await database.db.execute(
    sql`select i.last_status, i.last_job_id, a.job_id from watchlist_tickers i join analyses a on a.id = i.last_analysis_id where i.ticker = 'NOPE'`,
  );
  expect(rows).toEqual([{ last_status: 'FAILED', last_job_id: job.uuid, job_id: demo.job.uuid }]);
});
