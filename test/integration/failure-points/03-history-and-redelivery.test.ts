import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ANALYSIS_KIND } from '../../../src/analyses/kind.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import type { ClaimedItem } from '../../../src/jobs/claim.store.ts';
import { claimItems } from '../../../src/jobs/claim-items.ts';
import type { Finished } from '../../../src/jobs/define-task.ts';
import { flushSteps } from '../../../src/jobs/flush-steps.ts';
import { returnOrphans } from '../../../src/jobs/rescue-items.ts';
import { analysisTask, startAnalysisWorker } from '../../support/analysis-worker.ts';
import { startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  inconsistencies,
  jobRow,
  loseWorker,
} from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { silent } from '../../support/silent.ts';
import { countRows } from '../../support/snapshot.ts';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

const submit = async (input: object) =>
  (await api.submit({ source: 'DEMO', force: true, ...input })).job.uuid;

async function claim(): Promise<ClaimedItem> {
  const [item] = await claimItems(database.db, silent, await deadWorker(database.db), [ANALYSIS_KIND], 1);
  if (item === undefined) throw new Error('nothing to claim');
  return item;
}

/** Runs the real task to its result, which a worker would store next. */
async function compute(item: ClaimedItem): Promise<Finished<unknown>> {
  const task = analysisTask(database);
  const steps = task.run(task.parse(item.options), { ...item, signal: new AbortController().signal });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

const store = (item: ClaimedItem, finished: Finished<unknown>) =>
  flushSteps(database.db, new Map([[ANALYSIS_KIND, analysisTask(database)]]), [
    { item, steps: [{ type: 'COMPLETED', finished }] },
  ]);

describe('3: the same ticker', () => {
  test('twice on one day is two rows of history, and the newer one is the latest', async () => {
    const worker = await startAnalysisWorker(database);
    const first = await submit({ tickers: ['AAA'] });
    await eventually(() => endedJob(database.db, first));
    const second = await submit({ tickers: ['AAA'] });
    await eventually(() => endedJob(database.db, second));
    await worker.stop();
    const { edges } = await api.one<{
      edges: { node: { id: string; asOf: string; job: { uuid: string } } }[];
    }>('{ analyses(filter: { ticker: "AAA" }) { edges { node { id asOf job { uuid } } } } }');
    expect(edges.map(({ node }) => node.job.uuid)).toEqual([second, first]);
    expect(edges[0]?.node.asOf).toBe(edges[1]?.node.asOf);
    const latest = await api.one<{ id: string }[]>('{ latestAnalyses(tickers: ["AAA"]) { id } }');
    expect(latest).toEqual([{ id: edges[0]?.node.id }]);
  });

  test('with another strategy is a latest result of its own', async () => {
    const worker = await startAnalysisWorker(database);
    const jobs = [
      await submit({ tickers: ['AAA'] }),
      await submit({ tickers: ['AAA'], strategy: 'MEAN_REVERSION' }),
    ];
    for (const id of jobs) await eventually(() => endedJob(database.db, id));
    await worker.stop();
    expect(await countRows(database.db)).toMatchObject({ analyses: 2, latest_analyses: 2 });
  });
});

describe('3: redelivered work', () => {
  test('that one worker stores twice, since the first reply was lost, is one result', async () => {
    const id = await submit({ tickers: ['AAA'] });
    const item = await claim();
    const finished = await compute(item);
    expect((await store(item, finished)).fenced.size).toBe(0);
    expect((await store(item, finished)).fenced.size).toBe(0);
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
    expect(await countRows(database.db)).toMatchObject({
      analyses: 1,
      analysis_details: 1,
      latest_analyses: 1,
    });
  });

  test('that two workers store, since the first was taken for dead, is the result of the second', async () => {
    const id = await submit({ tickers: ['AAA'] });
    const zombie = await claim();
    const late = await compute(zombie);
    await loseWorker(database.db, zombie);
    expect(await returnOrphans(database.db, silent)).toBe(1);
    const heir = await claim();
    expect([...(await store(zombie, late)).fenced]).toEqual([zombie.fence]);
    expect(await countRows(database.db)).toMatchObject({ analyses: 0, latest_analyses: 0 });
    const finished = await compute(heir);
    expect((await store(heir, finished)).fenced.size).toBe(0);
    expect([...(await store(zombie, late)).fenced]).toEqual([zombie.fence]);
    expect(await jobRow(database.db, id)).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
    const { rows } = await database.db.execute(sql`select id from analyses where job_id = ${id}`);
    expect(rows).toEqual([{ id: finished.facts.analysisId }]);
  });

  test('is refused by the table, too: one result per job, ticker and strategy', async () => {
    await submit({ tickers: ['AAA'] });
    const item = await claim();
    await store(item, await compute(item));
    const again = database.db.execute(sql`
      create temp table again as select * from analyses; update again set id = gen_random_uuid(); insert into analyses select * from again`);
    expect(await again.then(() => null, violatedConstraint)).toBe('analyses_job_ticker_strategy_day_key');
    const latest =
      database.db.execute(sql`insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of)
      select workspace_id, ticker, strategy, gen_random_uuid(), is_demo, as_of from latest_analyses`);
    expect(await latest.then(() => null, violatedConstraint)).toBe('latest_analyses_pkey');
  });
});
