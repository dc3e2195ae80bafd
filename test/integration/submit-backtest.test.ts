import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { type Answered, submitBacktest } from '../support/backtests.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, inconsistencies, startWorker, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startWorker(database.url, database.db, backtestTask(database), { capacity: 4 });
});
afterAll(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await worker.stop();
  await api.close();
  await database.close();
});

const submit = (input: object) => submitBacktest(api, input);

describe('submitBacktest', () => {
  const runAt = new Date(Date.now() + 3_600_000).toISOString();
  const later = { tickers: ['AAPL'], runAt };

  test('answers the job that stands for equal work: by key, or while it has not ended', async () => {
    const key = { idempotencyKey: 'backtest-1' };
    const first = await submit({ ...later, ...key });
    expect(first.deduplicated).toBe(false);
    expect(await submit({ ...later, ...key })).toMatchObject({ deduplicated: true, job: first.job });
    expect(await submit({ ...later, ...key, options: { costBps: 5 } })).toMatchObject({
      __typename: 'IdempotencyConflictError',
      jobId: first.job.uuid,
    });
    // An analysis is another request, whatever its words.
    const analysis = await api.submit({ ...later, ...key });
    expect(analysis).toMatchObject({ __typename: 'IdempotencyConflictError', jobId: first.job.uuid });

    const plain = await submit({
      ...later,
      strategies: ['BALANCED'],
      options: { windowBars: 365, costBps: 10 },
    });
    expect(await submit({ ...later, tickers: [' aapl', 'AAPL'], options: { overlap: false } })).toMatchObject(
      {
        deduplicated: true,
        job: plain.job,
      },
    );
    const others = [
      { strategies: ['BALANCED', 'WEEKLY_TARGET'] },
      { options: { costBps: 11 } },
      { options: { overlap: true } },
      { options: { windowBars: 364 } },
    ];
    for (const other of others)
      expect(await submit({ ...later, ...other })).toMatchObject({ deduplicated: false });
    expect(await api.submit(later)).toMatchObject({ deduplicated: false });
  });

  test.each([
    ['no ticker', {}, 'InvalidInputError', 'tickers'],
    ['an empty list', { tickers: [] }, 'InvalidInputError', 'tickers'],
    [
      'both',
      {
        tickers: ['A'],
        watchlistId: Buffer.from('Watchlist:00000000-0000-7000-8000-00000000dead').toString('base64'),
      },
      'InvalidInputError',
      'tickers',
    ],
    ['no strategy', { tickers: ['A'], strategies: [] }, 'InvalidInputError', 'strategies'],
    [
      'a window too long',
      { tickers: ['A'], options: { windowBars: 2001 } },
      'InvalidInputError',
      'options.windowBars',
    ],
    [
      'slots without overlap',
      { tickers: ['A'], options: { maxOpenPositions: 2 } },
      'InvalidInputError',
      'options.maxOpenPositions',
    ],
    [
      'an end without a beginning',
      { tickers: ['A'], options: { to: '2018-01-01' } },
      'InvalidInputError',
      'options.from',
    ],
    ['a source that is off', { tickers: ['A'], source: 'TIINGO' }, 'InvalidInputError', 'source'],
    ['no ticker at all', { tickers: ["'; --"] }, 'InvalidTickerError', undefined],
    [
      '51 tickers',
      { tickers: Array.from({ length: 51 }, (_, i) => `T${i}`) },
      'LimitExceededError',
      undefined,
    ],
    [
      'a watchlist that is not there',
      { watchlistId: Buffer.from('Watchlist:00000000-0000-7000-8000-00000000dead').toString('base64') },
      'NotFoundError',
      undefined,
    ],
  ])('refuses %s and stores nothing', async (_name, input, type, field) => {
    const count = async () =>
      (await database.db.execute<{ n: number }>(sql`select count(*)::int as n from jobs`)).rows[0]?.n;
    const before = await count();
    const answer = await submit(input);
    expect(answer.__typename).toBe(type);
    expect(answer.field).toBe(field);
    expect(await count()).toBe(before);
  });

  test('replays a watchlist, and its job can be cancelled and retried like any other', async () => {
    const { watchlist } = await api.one<{ watchlist: { id: string } }>(
      'mutation { createWatchlist(input: { name: "Replayed", tickers: ["W1", "W2"] }) { ... on WatchlistPayload { watchlist { id } } } }',
    );
    const { job } = await submit({ watchlistId: watchlist.id, source: 'DEMO', runAt });
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', { id: job.id });
    expect(await eventually(() => endedJob(database.db, job.uuid))).toMatchObject({ state: 'CANCELLED' });
    const again = await api.one<Answered>(
      'mutation($id: ID!) { retryJob(input: { id: $id }) { ... on SubmitJobPayload { job { id uuid } } } }',
      { id: job.id },
    );
    expect(await eventually(() => endedJob(database.db, again.job.uuid))).toMatchObject({
      state: 'COMPLETED',
      succeeded: 2,
      kind: 'backtest',
      origin: 'BACKTEST',
    });
    const { backtests } = await api.one<{
      backtests: { edges: { node: { ticker: string; isDemo: boolean } }[] };
    }>('query($id: ID!) { job(id: $id) { backtests(first: 5) { edges { node { ticker isDemo } } } } }', {
      id: again.job.id,
    });
    const results = backtests.edges.map(({ node }) => node);
    expect(results.map(({ ticker }) => ticker).sort()).toEqual(['W1', 'W2']);
    expect(results.every(({ isDemo }) => isDemo)).toBe(true);
  });
});
