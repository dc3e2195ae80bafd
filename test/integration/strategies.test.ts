import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import { sql } from '../../src/db/drizzle.ts';
import { loadCandles } from '../../src/market/load-candles.ts';
import { analyze } from '../../src/quant/analyze.ts';
import { customise } from '../../src/quant/customise.ts';
import { type StrategyId, strategies, strategyIds } from '../../src/quant/strategies/index.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestSources, backtestTask } from '../support/backtest-worker.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, eventRows, inconsistencies, startWorker, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

let database: TestDatabase;
let api: TestApi;
const workers: TestWorker[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  workers.push(await startAnalysisWorker(database));
  workers.push(await startWorker(database.url, database.db, backtestTask(database)));
});
afterAll(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  for (const worker of workers) await worker.stop();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

async function finished(input: object): Promise<{ id: string; uuid: string }> {
  const { job } = await api.submit({ force: true, ...input });
  await eventually(() => endedJob(database.db, job.uuid));
  return job;
}

interface Item {
  readonly ticker: string;
  readonly analysis: { id: string; strategy: StrategyId };
  readonly analyses: {
    id: string;
    strategy: StrategyId;
    score: number;
    verdict: string;
    customised: boolean;
    plan: { targetPct: number; stopPct: number } | null;
    indicators: { indicator: string; params: { name: string; value: number }[] }[];
    rawData: { options: Record<string, unknown> };
  }[];
}

async function itemsOf(job: { id: string }): Promise<Item[]> {
  const { items } = await api.one<{ items: { edges: { node: Item }[] } }>(
    `query($id: ID!) { job(id: $id) { items { edges { node { ticker analysis { id strategy }
      analyses { id strategy score verdict customised plan { targetPct stopPct } indicators { indicator params { name value } } rawData } } } } } }`,
    { id: job.id },
  );
  return items.edges.map(({ node }) => node);
}

async function sample() {
  const source = backtestSources().get('SAMPLE');
  if (source === undefined) throw new Error('no sample');
  const request = { ticker: 'AAPL', bars: 400, asOf: null } as const;
  const options = { today: '2026-01-31', signal: new AbortController().signal };
  return (await loadCandles(source, 'SAMPLE', request, options)).candles;
}

const overrides = {
  weights: [{ indicator: 'RSI', weight: 4 }],
  params: [{ indicator: 'RSI', name: 'period', value: 5 }],
  risk: { targetPct: 9, stopPct: 3.5 },
} as const;

describe('several strategies in one job', () => {
  test('are one item per ticker and one result each, equal to the core’s', async () => {
    const job = await finished({ tickers: ['AAPL'], strategies: strategyIds.toReversed() });
    const events = await eventRows(database.db, job.uuid);
    expect(events.filter(({ ticker }) => ticker === 'AAPL').map(({ type }) => type)).toEqual([
      'ITEM_PROGRESSED',
      'ITEM_PROGRESSED',
      'ITEM_PROGRESSED',
      'ITEM_COMPLETED',
    ]);
    const [item] = await itemsOf(job);
    expect(item?.analyses.map(({ strategy }) => strategy)).toEqual(strategyIds);
    expect(item?.analysis).toMatchObject({ id: item?.analyses[0]?.id, strategy: strategyIds[0] });
    const candles = await sample();
    const settings = { ...resolveOptions({}, '2026-01-31'), tick: '0.01' };
    for (const { strategy, score, verdict, customised, rawData } of item?.analyses ?? []) {
      const core = analyze(candles, strategies[strategy], settings);
      expect({ strategy, score, verdict }).toEqual({ strategy, score: core.score, verdict: core.verdict });
      expect(customised).toBe(false);
      expect(Object.keys(rawData.options)).not.toContain('strategies');
    }
  });

  test('reach the feed, the latest of each strategy, and the list of jobs by any of them', async () => {
    const asked = { strategies: ['TREND_FOLLOWING', 'WEEKLY_TARGET'], tickers: ['F1', 'F2'], source: 'DEMO' };
    const before = await feedHead();
    const job = await finished(asked);
    expect((await feedHead()) - before).toBe(4);
    for (const strategy of asked.strategies) {
      const latest = await api.one<{ ticker: string }[]>(
        `{ latestAnalyses(tickers: ["F1", "F2"], strategy: ${strategy}) { ticker } }`,
      );
      expect(latest).toEqual([{ ticker: 'F1' }, { ticker: 'F2' }]);
      const { edges } = await api.one<{ edges: { node: { id: string } }[] }>(
        `{ jobs(first: 50, filter: { strategy: ${strategy} }) { edges { node { id } } } }`,
      );
      expect(edges.map(({ node }) => node.id)).toContain(job.id);
    }
    const { edges } = await api.one<{ edges: { node: { id: string } }[] }>(
      '{ jobs(first: 50, filter: { strategy: MEAN_REVERSION }) { edges { node { id } } } }',
    );
    expect(edges.map(({ node }) => node.id)).not.toContain(job.id);
    expect(await api.one('query($id: ID!) { job(id: $id) { strategy strategies } }', { id: job.id })).toEqual(
      { strategy: 'TREND_FOLLOWING', strategies: ['TREND_FOLLOWING', 'WEEKLY_TARGET'] },
    );
  });

  test('are the same work in any order; one of them alone is the same as strategy', async () => {
    const later = { tickers: ['AAPL'], runAt: new Date(Date.now() + 3_600_000).toISOString() };
    const two = await api.submit({ ...later, strategies: ['BALANCED', 'MEAN_REVERSION'] });
    const same = { ...later, strategies: ['MEAN_REVERSION', 'BALANCED', 'MEAN_REVERSION'] };
    expect(await api.submit(same)).toMatchObject({ deduplicated: true, job: two.job });
    const one = await api.submit({ ...later, strategy: 'MEAN_REVERSION' });
    expect(one.deduplicated).toBe(false);
    expect(await api.submit({ ...later, strategies: ['MEAN_REVERSION'] })).toMatchObject({
      deduplicated: true,
      job: one.job,
    });
    const key = { idempotencyKey: 'several' };
    const keyed = await api.submit({ ...later, ...key, strategies: ['BALANCED', 'MEAN_REVERSION'] });
    expect(await api.submit({ ...later, ...key, strategies: ['BALANCED'] })).toMatchObject({
      __typename: 'IdempotencyConflictError',
      jobId: keyed.job.uuid,
    });
    for (const refused of [{ strategy: 'BALANCED', strategies: ['BALANCED'] }, { strategies: [] }]) {
      expect(await api.submit({ ...later, ...refused })).toMatchObject({
        __typename: 'InvalidInputError',
        code: 'INVALID_INPUT',
      });
    }
  });
});

/** The newest position of the feed of the API's own workspace. */
async function feedHead(): Promise<number> {
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select position::int as n from feed_heads where workspace_id = ${DEFAULT_WORKSPACE_ID}`,
  );
  return rows[0]?.n ?? 0;
}

describe('overrides of a strategy', () => {
  test('decide, are stored with the result, and give it again from what is stored', async () => {
    const options = { overrides };
    const job = await finished({ tickers: ['AAPL'], strategies: ['BALANCED', 'MEAN_REVERSION'], options });
    const [item] = await itemsOf(job);
    const candles = await sample();
    for (const { strategy, score, verdict, customised, plan, indicators, rawData } of item?.analyses ?? []) {
      expect(customised).toBe(true);
      // From the stored row alone.
      const { overrides: stored, ...rest } = rawData.options as unknown as ReturnType<typeof resolveOptions>;
      expect(stored).toEqual({
        weights: { RSI: 4 },
        params: { RSI: { period: 5 } },
        risk: { targetPct: 9, stopPct: 3.5 },
      });
      const core = analyze(candles, customise(strategies[strategy], stored), { ...rest, tick: '0.01' });
      expect({ score, verdict }).toEqual({ score: core.score, verdict: core.verdict });
      const rsi = indicators.find(({ indicator }) => indicator === 'RSI');
      expect(rsi?.params).toContainEqual({ name: 'period', value: 5 });
      if (plan !== null) expect(plan).toMatchObject({ targetPct: 9, stopPct: 3.5 });
      expect(analyze(candles, strategies[strategy], { ...rest, tick: '0.01' }).score).not.toBe(core.score);
    }
    expect(item?.analyses).toHaveLength(2);
  });

  test('of different requests are different work; refused ones store nothing', async () => {
    const later = { tickers: ['AAPL'], runAt: new Date(Date.now() + 3_600_000).toISOString() };
    const plain = await api.submit(later);
    const changed = await api.submit({ ...later, options: { overrides } });
    expect(changed).toMatchObject({ deduplicated: false });
    expect(await api.submit({ ...later, options: { overrides: {} } })).toMatchObject({
      deduplicated: true,
      job: plain.job,
    });
    const bad = { params: [{ indicator: 'EMA', name: 'fast', value: 300 }] };
    expect(await api.submit({ ...later, options: { overrides: bad } })).toMatchObject({
      __typename: 'InvalidInputError',
      message: expect.stringContaining('fast must be smaller'),
    });
  });

  test('hold in a backtest, too, and its risk numbers tell', async () => {
    const { job } = await api.one<{ job: { id: string; uuid: string } }>(
      'mutation($input: SubmitBacktestInput!) { submitBacktest(input: $input) { ... on SubmitJobPayload { job { id uuid } } } }',
      {
        input: {
          tickers: ['AAPL'],
          options: { windowBars: 750, overrides: { risk: { targetPct: 9, maxHoldingBars: 3 } } },
        },
      },
    );
    await eventually(() => endedJob(database.db, job.uuid));
    const { backtests } = await api.one<{
      backtests: {
        edges: {
          node: { customised: boolean; risk: object; trades: { edges: { node: { barsHeld: number } }[] } };
        }[];
      };
    }>(
      'query($id: ID!) { job(id: $id) { backtests(first: 1) { edges { node { customised risk { targetPct stopPct maxHoldingBars } trades(first: 50) { edges { node { barsHeld } } } } } } } }',
      { id: job.id },
    );
    const [one] = backtests.edges.map(({ node }) => node);
    expect(one).toMatchObject({ customised: true, risk: { targetPct: 9, stopPct: 2, maxHoldingBars: 3 } });
    expect(one?.trades.edges.length).toBeGreaterThan(0);
    expect(one?.trades.edges.every(({ node }) => node.barsHeld <= 3)).toBe(true);
  });
});
