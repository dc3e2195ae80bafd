import { afterAll, beforeAll, expect, test } from 'vitest';
import { operations } from '../../bench/query-operations.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWriter } from '../support/feed.ts';
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

test('reads of lists, rankings and nodes take three statements at most and never look at details', async () => {
  const { db } = database;
  const writer = await createWriter(db);
  const tickers = ['HOT', 'A', 'B', 'C'];
  const analysisIds = await writer.store(
    tickers.map((ticker) => ({ ticker, strategy: 'BALANCED', verdict: 'STRONG_BUY' })),
  );
  const [id = ''] = analysisIds;
  const { rows } = await db.execute<{ job: string; list: string }>(
    sql`select job_id as job, (select id from watchlists limit 1) as list from analyses where id = ${id}`,
  );
  const { job = '', list = '' } = rows[0] ?? {};
  await db.execute(sql`insert into job_items (job_id, ticker, workspace_id, kind, priority, run_at)
    select ${job}, t, ${DEFAULT_WORKSPACE_ID}, 'test', 5, now() from unnest(array['B', 'C', 'HOT']) as t`);
  await db.execute(
    sql`insert into watchlist_items (watchlist_id, ticker, workspace_id) select ${list}, ticker, workspace_id from analyses`,
  );
  await db.execute(sql`update watchlist_tickers t set last_job_id = a.job_id, last_analysis_id = a.id, last_status = 'COMPLETED'
    from analyses a where a.workspace_id = t.workspace_id and a.ticker = t.ticker`);
  await db.execute(sql`insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of)
    select workspace_id, ticker, 'BALANCED', id, is_demo, as_of from analyses`);
  const facts = {
    workspaceId: DEFAULT_WORKSPACE_ID,
    jobId: job,
    watchlistId: list,
    analysisIds,
    deepId: id,
    peerCursor: '',
  };
  // What a connection says once when it opens is no part of a read.
  await Promise.all(operations.map(({ query, variables }) => api.post(query, variables(facts))));
  for (const { title, query, variables } of operations) {
    const { result, statements } = await counter.during(() => api.post(query, variables(facts)));
    expect(result.errors, title).toBeUndefined();
    const told = statements.filter((name) => !['noticeDeadClient', 'prepareSession'].includes(name));
    expect(told.length, `${title}: ${told.join()}`).toBeGreaterThan(0);
    expect(told.length, `${title}: ${told.join()}`).toBeLessThanOrEqual(3);
    expect(told.join(), title).not.toContain('analysis_details');
  }
});
