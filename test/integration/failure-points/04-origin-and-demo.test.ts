import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../src/db/drizzle.ts';
import { violatedConstraint } from '../../../src/db/retry.ts';
import { JOB_ORIGINS } from '../../../src/jobs/job.ts';
import { createSources, sourceIds, sources } from '../../../src/market/sources/index.ts';
import { startAnalysisWorker } from '../../support/analysis-worker.ts';
import { startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { endedJob, type TestWorker } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';

let database: TestDatabase;
let csvDir: string;
let api: TestApi;
let worker: TestWorker;
let watchlist: string;

beforeAll(async () => {
  database = await createTestDatabase();
  csvDir = await mkdtemp(join(tmpdir(), 'thetool-csv-'));
  const sample = createRequire(import.meta.url).resolve('@observablehq/sample-datasets/aapl.csv');
  await cp(sample, join(csvDir, 'AAPL.csv'));
  api = await startApi(database.url, { CSV_DIR: csvDir });
  worker = await startAnalysisWorker(database, { csvDir });
  const made = await api.one<{ watchlist: { id: string } }>(
    'mutation { createWatchlist(input: { name: "Mine", tickers: ["AAPL"] }) { ... on WatchlistPayload { watchlist { id } } } }',
  );
  watchlist = made.watchlist.id;
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
  await rm(csvDir, { recursive: true });
});

interface Shown {
  readonly origin: string;
  readonly source: string;
  readonly isDemo: boolean;
  readonly watchlist: { readonly id: string } | null;
  readonly analyses: {
    readonly edges: {
      readonly node: { source: string; isDemo: boolean; provenance: { source: string } };
    }[];
  };
}

async function finished(input: object): Promise<Shown> {
  const { job } = await api.submit({ force: true, ...input });
  await eventually(() => endedJob(database.db, job.uuid));
  return show(job.id);
}

const show = (id: string) =>
  api.one<Shown>(
    `query($id: ID!) { job(id: $id) { origin source isDemo watchlist { id }
      analyses { edges { node { source isDemo provenance { source } } } } } }`,
    { id },
  );

/** BACKTEST has its test in `backtests.test.ts`; SCHEDULE is a name kept for jobs that nothing can ask for yet: it gets its row here with its feature. */
const asked = { TICKERS: { tickers: ['AAPL'] }, WATCHLIST: {}, UNIVERSE: { universe: true } } as const;

describe('4: the origin of a job', () => {
  test.each(Object.keys(asked) as (keyof typeof asked)[])('%s is what was asked for', async (origin) => {
    const input = origin === 'WATCHLIST' ? { watchlistId: watchlist } : asked[origin];
    const job = await finished(input);
    expect(job).toMatchObject({ origin, watchlist: origin === 'WATCHLIST' ? { id: watchlist } : null });
    expect(job.analyses.edges.length).toBeGreaterThan(0);
    const { edges } = await api.one<{ edges: { node: { origin: string } }[] }>(
      `{ jobs(filter: { origin: ${origin} }) { edges { node { origin } } } }`,
    );
    expect(new Set(edges.map(({ node }) => node.origin))).toEqual(new Set([origin]));
  });

  test('is WATCHLIST from analyzeWatchlist, too, and a retry keeps the origin and the source of its job', async () => {
    const analyzed = await api.one<{ job: { id: string; uuid: string } }>(
      `mutation($id: ID!) { analyzeWatchlist(input: { id: $id, source: DEMO, force: true }) { ... on SubmitJobPayload { job { id uuid } } } }`,
      { id: watchlist },
    );
    // Ended, so that the retry is a job of its own and not answered with this one.
    await eventually(() => endedJob(database.db, analyzed.job.uuid));
    const runAt = new Date(Date.now() + 3_600_000);
    const later = await api.submit({ watchlistId: watchlist, source: 'DEMO', runAt, force: true });
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', {
      id: later.job.id,
    });
    const retried = await api.one<{ job: { id: string; uuid: string } }>(
      'mutation($id: ID!) { retryJob(input: { id: $id }) { ... on SubmitJobPayload { job { id uuid } } } }',
      { id: later.job.id },
    );
    expect(retried.job.id).not.toBe(later.job.id);
    for (const { job } of [analyzed, later, retried]) {
      await eventually(() => endedJob(database.db, job.uuid));
      expect(await show(job.id)).toMatchObject({ origin: 'WATCHLIST', source: 'DEMO', isDemo: true });
    }
  });

  test('is one of the five names; the table refuses another and none', async () => {
    expect([...JOB_ORIGINS]).toEqual(['TICKERS', 'WATCHLIST', 'UNIVERSE', 'SCHEDULE', 'BACKTEST']);
    await finished(asked.TICKERS);
    const set = (origin: string | null) =>
      database.db.execute(sql`update jobs set origin = ${origin}`).then(() => 'TAKEN', violatedConstraint);
    expect(await set('CRON')).toBe('jobs_origin_check');
    await expect(database.db.execute(sql`update jobs set origin = null`)).rejects.toMatchObject({
      cause: { code: '23502' },
    });
  });
});

describe('4: a result says that its bars are made up', () => {
  test('only in the one source that makes them up', () => {
    expect(sourceIds.filter((id) => sources[id].isDemo)).toEqual(['DEMO']);
  });

  // The sources that need no network; those of the internet have tests of their own on recorded answers.
  const offline = [...createSources({ csvDir: '.', now: () => new Date() }).keys()];
  test.each(offline)('exactly when they are: %s', async (source) => {
    const job = await finished({ tickers: ['AAPL'], source });
    const { isDemo } = sources[source];
    expect(isDemo).toBe(source === 'DEMO');
    expect(job).toMatchObject({ source, isDemo });
    expect(job.analyses.edges).toEqual([{ node: { source, isDemo, provenance: { source } } }]);
  });

  test('and made-up bars never take the place of real ones as the latest result', async () => {
    await finished({ tickers: ['AAPL'], source: 'SAMPLE' });
    await finished({ tickers: ['AAPL'], source: 'DEMO' });
    const latest = await api.one<{ isDemo: boolean }[]>('{ latestAnalyses(tickers: ["AAPL"]) { isDemo } }');
    expect(latest).toEqual([{ isDemo: false }]);
  });
});
