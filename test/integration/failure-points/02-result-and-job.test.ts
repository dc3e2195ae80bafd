import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import { startAnalysisWorker } from '../../support/analysis-worker.ts';
import { jobGid, startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { clearJobs, endedJob, type TestWorker } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { countRows } from '../../support/snapshot.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
let job: { id: string; uuid: string };

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startAnalysisWorker(database);
});
beforeEach(async () => {
  const submit = { tickers: ['AAA', 'BBB', 'CCC'], source: 'DEMO', force: true };
  ({ job } = await api.submit(submit));
  await eventually(() => endedJob(database.db, job.uuid));
});
afterEach(async () => {
  await clearJobs(database.db);
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});

interface Node {
  readonly id: string;
  readonly ticker: string;
  readonly job: { readonly id: string } | null;
}

const refusal = (statement: Promise<unknown>) => statement.then(() => null, violatedConstraint);

describe('2: a result and its job', () => {
  test('are reachable from each other, and from the item between them', async () => {
    const other = await api.submit({ tickers: ['AAA'], source: 'DEMO', force: true });
    await eventually(() => endedJob(database.db, other.job.uuid));
    const { analyses, items } = await api.one<{
      analyses: { totalCount: number; edges: { node: Node }[] };
      items: { edges: { node: { ticker: string; analysis: Node } }[] };
    }>(
      `query($id: ID!) { job(id: $id) { analyses { totalCount edges { node { id ticker job { id } } } }
        items { edges { node { ticker analysis { id ticker job { id } } } } } } }`,
      { id: job.id },
    );
    const results = analyses.edges.map(({ node }) => node).sort((a, b) => (a.ticker < b.ticker ? -1 : 1));
    expect(results.map(({ ticker }) => ticker)).toEqual(['AAA', 'BBB', 'CCC']);
    expect(analyses.totalCount).toBe(3);
    for (const result of results) expect(result.job).toEqual({ id: job.id });
    expect(items.edges.map(({ node }) => node.analysis)).toEqual(results);
    const back = await api.one<Node>('query($id: ID!) { analysis(id: $id) { id job { id } } }', {
      id: results[0]?.id,
    });
    expect(back.job).toEqual({ id: job.id });
  });

  test('cannot be told apart by the tables: no result of a job that is not there, no details without a result', async () => {
    const orphan = database.db.execute(sql`update analyses set job_id = gen_random_uuid()`);
    expect(await refusal(orphan)).toBe('analyses_job_id_jobs_id_fk');
    const details = database.db.execute(
      sql`insert into analysis_details (analysis_id, body) values (gen_random_uuid(), '{}')`,
    );
    expect(await refusal(details)).toBe('analysis_details_analysis_id_analyses_id_fk');
    const latest = database.db.execute(sql`update latest_analyses set analysis_id = gen_random_uuid()`);
    expect(await refusal(latest)).toBe('latest_analyses_analysis_fk');
  });

  test('part when the job is deleted: items and events go, results stay in the history without a job', async () => {
    await database.db.execute(sql`delete from jobs where id = ${job.uuid}`);
    expect(await countRows(database.db)).toEqual({
      jobs: 0,
      job_items: 0,
      job_events: 0,
      analyses: 3,
      analysis_details: 3,
      latest_analyses: 3,
    });
    const { edges } = await api.one<{ edges: { node: Node }[] }>(
      '{ analyses { edges { node { id ticker job { id } rawData } } } }',
    );
    expect(edges.map(({ node }) => node.job)).toEqual([null, null, null]);
    const latest = await api.one<Node[]>('{ latestAnalyses(tickers: ["AAA", "BBB"]) { ticker } }');
    expect(latest).toEqual([{ ticker: 'AAA' }, { ticker: 'BBB' }]);
  });

  test('the newest result of a ticker cannot be deleted; a replaced one goes with its details; a workspace takes all', async () => {
    expect(await refusal(database.db.execute(sql`delete from analyses`))).toBe('latest_analyses_analysis_fk');
    const again = await api.submit({ tickers: ['AAA', 'BBB', 'CCC'], source: 'DEMO', force: true });
    await eventually(() => endedJob(database.db, again.job.uuid));
    await database.db.execute(sql`delete from analyses where job_id = ${job.uuid}`);
    expect(await countRows(database.db)).toMatchObject({
      analyses: 3,
      analysis_details: 3,
      latest_analyses: 3,
    });
    const { rows } = await database.db.execute<{ id: string }>(
      sql`insert into workspaces (id, name) values (gen_random_uuid(), 'other') returning id`,
    );
    await database.db.execute(sql`update jobs set workspace_id = ${rows[0]?.id}`);
    await database.db.execute(sql`update latest_analyses set workspace_id = ${rows[0]?.id}`);
    await database.db.execute(sql`update analyses set workspace_id = ${rows[0]?.id}`);
    expect(
      await api.post('query($id: ID!) { node(id: $id) { id } }', { id: jobGid(job.uuid) }),
    ).toMatchObject({
      data: { node: null },
    });
    await database.db.execute(sql`delete from workspaces where id = ${rows[0]?.id}`);
    expect(Object.values(await countRows(database.db))).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
