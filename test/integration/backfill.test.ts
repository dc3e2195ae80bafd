import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ANALYSIS_KIND, BACKFILL_KIND } from '../../src/analyses/kind.ts';
import { sql } from '../../src/db/drizzle.ts';
import { violatedConstraint } from '../../src/db/retry.ts';
import type { ClaimedItem } from '../../src/jobs/claim.store.ts';
import { claimItems } from '../../src/jobs/claim-items.ts';
import type { Finished } from '../../src/jobs/define-task.ts';
import { flushSteps } from '../../src/jobs/flush-steps.ts';
import { returnOrphans } from '../../src/jobs/rescue-items.ts';
import { backfillTask, startAnalysisWorker, startBackfillWorker } from '../support/analysis-worker.ts';
import { type Submitted, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  clearJobs,
  deadWorker,
  endedJob,
  inconsistencies,
  jobRow,
  loseWorker,
  type TestWorker,
} from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { readAapl } from '../support/series.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
const workers: TestWorker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  expect(await inconsistencies(database.db)).toEqual([]);
  await clearJobs(database.db);
});
afterAll(async () => {
  await api.close();
  await database.close();
});

/** With Thanksgiving, Christmas and New Year. */
const WINTER = { asOfFrom: '2017-11-20', asOfTo: '2018-01-05' };
const tradedDays = readAapl().dates.filter((day) => day >= WINTER.asOfFrom && day <= WINTER.asOfTo);

const submit = (input: object): Promise<Submitted> =>
  api.submit({ source: 'SAMPLE', tickers: ['AAPL'], ...input });

async function run(input: object): Promise<string> {
  const { job } = await submit(input);
  await eventually(() => endedJob(database.db, job.uuid), 60_000);
  return job.uuid;
}

const startBoth = async () => {
  workers.push(await startBackfillWorker(database), await startAnalysisWorker(database));
};

/** All that is stored of the results of a job, but what each result has for itself. */
async function contents(jobId: string, asOf?: string) {
  const { rows } = await database.db.execute<{ content: { as_of: string } }>(sql`
    select to_jsonb(a) - 'id' - 'job_id' - 'created_at' - 'backfill' || jsonb_build_object('details', encode(d.body, 'hex')) as content
    from analyses a join analysis_details d on d.analysis_id = a.id
    where a.job_id = ${jobId} and (${asOf ?? null}::date is null or a.as_of = ${asOf ?? null}::date) order by a.as_of, a.strategy`);
  return rows.map(({ content }) => content);
}

async function storedDays(jobId: string): Promise<string[]> {
  return (await contents(jobId)).map((content) => content.as_of);
}

describe('a job with a span of days', () => {
  test('stores a marked result for every trading day and none for weekends and holidays', async () => {
    await startBoth();
    const id = await run({ options: WINTER });
    expect(await storedDays(id)).toEqual(tradedDays);
    expect(tradedDays).toContain('2017-12-26');
    for (const holiday of ['2017-11-23', '2017-12-25', '2018-01-01', '2017-12-02'])
      expect(tradedDays).not.toContain(holiday);
    const shown = await api.one<object>(`{ jobs(first: 1) { edges { node { kind state progress
      items { edges { node { analysis { asOf isBackfill } analyses { asOf } } } } analyses { totalCount } } } } }`);
    expect(shown).toMatchObject({
      edges: [
        {
          node: {
            kind: 'BACKFILL',
            state: 'COMPLETED',
            progress: 100,
            items: {
              edges: [
                {
                  node: {
                    analysis: { asOf: '2018-01-05', isBackfill: true },
                    analyses: [{ asOf: '2018-01-05' }],
                  },
                },
              ],
            },
            analyses: { totalCount: tradedDays.length },
          },
        },
      ],
    });
  });

  test('stores for each day what a job with this day as asOf stores, bit by bit', async () => {
    await startBoth();
    const shared = { strategies: ['BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION'] };
    const options = { lookback: 'BARS_200', riskPct: 1.5 };
    const span = await run({
      ...shared,
      options: { ...options, asOfFrom: '2017-12-18', asOfTo: '2018-01-05' },
    });
    expect(new Set(await storedDays(span)).size).toBe(13);
    for (const asOf of new Set(await storedDays(span))) {
      const alone = await run({ ...shared, options: { ...options, asOf } });
      expect(await contents(span, asOf)).toEqual(await contents(alone));
    }
  });

  test('shares an active job of the same span only, and is one job under its idempotency key', async () => {
    const first = await submit({ options: WINTER });
    expect(await submit({ options: WINTER })).toMatchObject({ deduplicated: true, job: first.job });
    expect(await submit({ options: { ...WINTER, asOfTo: '2018-01-04' } })).toMatchObject({
      deduplicated: false,
    });
    expect(await submit({ options: {} })).toMatchObject({ deduplicated: false });
    const keyed = { options: WINTER, force: true, idempotencyKey: 'span' };
    const { job } = await submit(keyed);
    expect(await submit(keyed)).toMatchObject({ deduplicated: true, job });
    expect(await submit({ ...keyed, options: { ...WINTER, asOfTo: '2018-01-04' } })).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  test('is retried for the tickers that failed', async () => {
    workers.push(await startBackfillWorker(database));
    const id = await run({ tickers: ['AAPL', 'NONESUCH'], options: WINTER });
    expect(await jobRow(database.db, id)).toMatchObject({ succeeded: 1, failed: 1 });
    const global = Buffer.from(`Job:${id}`).toString('base64');
    const retried = await api.one<Submitted>(
      `mutation($id: ID!) { retryJob(input: { id: $id }) { ... on SubmitJobPayload { job { uuid } } } }`,
      { id: global },
    );
    await eventually(() => endedJob(database.db, retried.job.uuid));
    const { rows } = await database.db.execute(
      sql`select kind, total, options ->> 'asOfFrom' as since from jobs where id = ${retried.job.uuid}`,
    );
    expect(rows).toEqual([{ kind: 'backfill', total: 1, since: WINTER.asOfFrom }]);
  });

  test('is not claimed by workers of the version before, which know no spans', async () => {
    await submit({ options: WINTER });
    const worker = await deadWorker(database.db);
    expect(await claimItems(database.db, silent, worker, [ANALYSIS_KIND, 'backtest'], 8)).toEqual([]);
    expect(await claimItems(database.db, silent, worker, [BACKFILL_KIND], 8)).toHaveLength(1);
  });
});

test('a span up to a day without another result becomes the latest; one up to an equal day does not', async () => {
  await startBoth();
  const latest = async (options: object) => {
    await run({ force: true, options });
    return api.one<object>('{ latestAnalyses(tickers: ["AAPL"]) { asOf isBackfill } }');
  };
  expect(await latest({ asOf: '2018-05-10' })).toEqual([{ asOf: '2018-05-10', isBackfill: false }]);
  const equal = await latest({ asOfFrom: '2018-05-09', asOfTo: '2018-05-10' });
  expect(equal).toEqual([{ asOf: '2018-05-10', isBackfill: false }]);
  const newer = await latest({ asOfFrom: '2018-05-10', asOfTo: '2018-05-11' });
  expect(newer).toEqual([{ asOf: '2018-05-11', isBackfill: true }]);
  expect(await latest({ asOf: '2018-05-11' })).toEqual([{ asOf: '2018-05-11', isBackfill: false }]);
});

describe('redelivered work', () => {
  const SPAN = { asOfFrom: '2017-12-18', asOfTo: '2018-01-05' };
  const days = tradedDays.filter((day) => day >= SPAN.asOfFrom);

  async function claim(): Promise<ClaimedItem> {
    const worker = await deadWorker(database.db);
    const [item] = await claimItems(database.db, silent, worker, [BACKFILL_KIND], 1);
    if (item === undefined) throw new Error('nothing to claim');
    return item;
  }

  const stepsOf = (item: ClaimedItem) => {
    const task = backfillTask(database);
    return task.run(task.parse(item.options), { ...item, signal: new AbortController().signal });
  };

  async function compute(item: ClaimedItem): Promise<Finished<unknown>> {
    const steps = stepsOf(item);
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
    }
  }

  const store = (item: ClaimedItem, finished: Finished<unknown>) =>
    flushSteps(database.db, new Map([[BACKFILL_KIND, backfillTask(database)]]), [
      { item, steps: [{ type: 'COMPLETED', finished }] },
    ]);

  test('of a worker that dies half way is stored once for every day', async () => {
    const { job } = await submit({ options: SPAN });
    const item = await claim();
    const steps = stepsOf(item);
    expect((await steps.next()).value).toBe(25);
    expect((await steps.next()).value).toBe(50);
    await loseWorker(database.db, item);
    expect(await returnOrphans(database.db, silent)).toBe(1);
    expect(await storedDays(job.uuid)).toEqual([]);
    workers.push(await startBackfillWorker(database));
    await eventually(() => endedJob(database.db, job.uuid));
    expect(await storedDays(job.uuid)).toEqual(days);
  });

  test('that one worker stores twice, or a worker that was taken for dead, is one result for every day', async () => {
    const { job } = await submit({ options: SPAN });
    const zombie = await claim();
    const late = await compute(zombie);
    await loseWorker(database.db, zombie);
    expect(await returnOrphans(database.db, silent)).toBe(1);
    const heir = await claim();
    expect([...(await store(zombie, late)).fenced]).toEqual([zombie.fence]);
    expect(await storedDays(job.uuid)).toEqual([]);
    const finished = await compute(heir);
    expect((await store(heir, finished)).fenced.size).toBe(0);
    expect((await store(heir, finished)).fenced.size).toBe(0);
    expect([...(await store(zombie, late)).fenced]).toEqual([zombie.fence]);
    expect(await storedDays(job.uuid)).toEqual(days);
    expect(await jobRow(database.db, job.uuid)).toMatchObject({ state: 'COMPLETED', succeeded: 1 });
  });

  test('is refused by the table, too: one result per job, ticker, strategy and day of a span', async () => {
    await submit({ options: SPAN });
    const item = await claim();
    await store(item, await compute(item));
    const again = (day: string, backfill: boolean) =>
      database.db.execute(
        sql`insert into analyses select (jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'as_of', ${day}::text, 'backfill', ${backfill}::boolean))).*
          from analyses a where as_of = '2017-12-18'`,
      );
    expect(await again('2017-12-18', true).then(() => null, violatedConstraint)).toBe(
      'analyses_job_ticker_strategy_day_key',
    );
    await again('2017-12-17', true);
    // Of a job without a span there is one, whatever its day.
    await again('2017-12-16', false);
    expect(await again('2017-12-15', false).then(() => null, violatedConstraint)).toBe(
      'analyses_job_ticker_strategy_day_key',
    );
  });

  test('stays when retention removes its job', async () => {
    workers.push(await startBackfillWorker(database));
    const id = await run({ options: SPAN });
    await database.db.execute(sql`delete from jobs where id = ${id}`);
    const { rows } = await database.db.execute(
      sql`select count(*)::int as n from analyses where job_id is null and backfill`,
    );
    expect(rows).toEqual([{ n: days.length }]);
  });
});
