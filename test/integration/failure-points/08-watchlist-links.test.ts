import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ANALYSIS_KIND } from '../../../src/analyses/kind.ts';
import { sql } from '../../../src/db/drizzle.ts';
import { ItemError } from '../../../src/errors.ts';
import { claimItems } from '../../../src/jobs/claim-items.ts';
import { returnOrphans } from '../../../src/jobs/rescue-items.ts';
import { analysisTask } from '../../support/analysis-worker.ts';
import { jobGid, startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  inconsistencies,
  loseWorker,
  startWorker,
} from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { silent } from '../../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let list: string;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
beforeEach(async () => {
  const made = await api.one<{ watchlist: { id: string } }>(
    'mutation { createWatchlist(input: { name: "Mine", tickers: ["AAA", "BBB"] }) { ... on WatchlistPayload { watchlist { id } } } }',
  );
  list = made.watchlist.id;
});
afterEach(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
  await database.db.execute(sql`delete from watchlists where name = 'Mine'`);
  await database.db.execute(sql`delete from watchlist_items`);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

interface Link {
  readonly ticker: string;
  readonly lastStatus: string | null;
  readonly lastJob: { readonly uuid: string } | null;
  readonly lastAnalysis: { readonly job: { readonly uuid: string } | null } | null;
}

/** status, job and the job of the last result, as the API shows them. */
async function linksOf(ticker: string): Promise<(string | null | undefined)[]> {
  const { items } = await api.one<{ items: Link[] }>(
    'query($id: ID!) { watchlist(id: $id) { items { ticker lastStatus lastJob { uuid } lastAnalysis { job { uuid } } } } }',
    { id: list },
  );
  const link = items.find((item) => item.ticker === ticker);
  if (link === undefined) throw new Error(`${ticker} is not in the list`);
  return [link.lastStatus, link.lastJob?.uuid ?? null, link.lastAnalysis?.job?.uuid ?? null];
}

const submit = async (input: object = {}) =>
  (await api.submit({ watchlistId: list, source: 'DEMO', force: true, ...input })).job.uuid;

/** Runs the job with the real task; `act` is called once the candles are loaded. */
async function work(
  uuid: string,
  act: (ticker: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const task = analysisTask(database);
  const worker = await startWorker(database.url, database.db, {
    ...task,
    async *run(input, context) {
      await act(context.ticker);
      return yield* task.run(input, context);
    },
  });
  await eventually(() => endedJob(database.db, uuid));
  await worker.stop();
}

describe('8: an item of a watchlist', () => {
  test('never analysed shows nothing; submitted QUEUED, running PROCESSING, ended COMPLETED with its result', async () => {
    expect(await linksOf('AAA')).toEqual([null, null, null]);
    const job = await submit();
    expect(await linksOf('AAA')).toEqual(['QUEUED', job, null]);
    const running: unknown[] = [];
    await work(job, async (ticker) => void running.push(await linksOf(ticker)));
    expect(running).toEqual([
      ['PROCESSING', job, null],
      ['PROCESSING', job, null],
    ]);
    expect(await linksOf('AAA')).toEqual(['COMPLETED', job, job]);
    expect(await linksOf('BBB')).toEqual(['COMPLETED', job, job]);
  });

  test('is linked by whatever job analyses its ticker, in every list that holds it', async () => {
    await api.one('mutation { createWatchlist(input: { name: "Other", tickers: ["AAA"] }) { __typename } }');
    const { job } = await api.submit({ tickers: ['AAA'], source: 'DEMO' });
    await work(job.uuid);
    expect(await linksOf('AAA')).toEqual(['COMPLETED', job.uuid, job.uuid]);
    expect(await linksOf('BBB')).toEqual([null, null, null]);
    const { rows } = await database.db.execute(
      sql`select count(*)::int as n from watchlist_items i join watchlist_tickers t on t.ticker = i.ticker
        where t.last_job_id = ${job.uuid} and t.last_analysis_id is not null`,
    );
    expect(rows).toEqual([{ n: 2 }]);
    await database.db.execute(sql`delete from watchlists where name = 'Other'`);
  });

  test('whose newest run failed says so and keeps its last result', async () => {
    const good = await submit();
    await work(good);
    const bad = await submit();
    await work(bad, (ticker) =>
      ticker === 'BBB' ? Promise.reject(new ItemError('NO_DATA', 'none')) : Promise.resolve(),
    );
    expect(await linksOf('AAA')).toEqual(['COMPLETED', bad, bad]);
    expect(await linksOf('BBB')).toEqual(['FAILED', bad, good]);
  });

  test('whose run was cancelled says so; one whose worker died is QUEUED again', async () => {
    const job = await submit();
    const items = await claimItems(database.db, silent, await deadWorker(database.db), [ANALYSIS_KIND], 1);
    const [item] = items;
    if (item === undefined) throw new Error('nothing to claim');
    expect(await linksOf(item.ticker)).toEqual(['PROCESSING', job, null]);
    await loseWorker(database.db, item);
    await returnOrphans(database.db, silent);
    expect(await linksOf(item.ticker)).toEqual(['QUEUED', job, null]);
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', {
      id: jobGid(job),
    });
    expect(await linksOf('AAA')).toEqual(['CANCELLED', job, null]);
    expect(await linksOf('BBB')).toEqual(['CANCELLED', job, null]);
  });

  test('follows its newest run, also while an older one still runs and ends later', async () => {
    const old = await submit();
    const items = await claimItems(database.db, silent, await deadWorker(database.db), [ANALYSIS_KIND], 2);
    const young = await submit();
    await work(young);
    expect(await linksOf('AAA')).toEqual(['COMPLETED', young, young]);
    for (const item of items) await loseWorker(database.db, item);
    await returnOrphans(database.db, silent);
    expect(await linksOf('AAA')).toEqual(['COMPLETED', young, young]);
    await work(old);
    expect(await linksOf('AAA')).toEqual(['COMPLETED', young, young]);
  });

  test('loses the job when the job is deleted, and nothing else: status and result stay', async () => {
    const job = await submit();
    await work(job);
    await database.db.execute(sql`delete from jobs where id = ${job}`);
    const { items } = await api.one<{ items: object[] }>(
      'query($id: ID!) { watchlist(id: $id) { items { ticker lastStatus lastJob { uuid } lastAnalysis { ticker job { uuid } } } } }',
      { id: list },
    );
    const left = (ticker: string) => ({
      ticker,
      lastStatus: 'COMPLETED',
      lastJob: null,
      lastAnalysis: { ticker, job: null },
    });
    expect(items).toEqual([left('AAA'), left('BBB')]);
  });
});
