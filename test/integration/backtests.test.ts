import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backtestOptions } from '../../src/backtests/options.ts';
import { barsNeeded, cutToWindow } from '../../src/backtests/window.ts';
import { sql } from '../../src/db/drizzle.ts';
import { violatedConstraint } from '../../src/db/retry.ts';
import { loadCandles } from '../../src/market/load-candles.ts';
import { type Backtest, runBacktest } from '../../src/quant/backtest.ts';
import { computeIndicators } from '../../src/quant/chart.ts';
import { type StrategyId, strategies, strategyIds } from '../../src/quant/strategies/index.ts';
import { ENGINE_VERSION } from '../../src/quant/version.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestSources, backtestTask } from '../support/backtest-worker.ts';
import { type Answered, submitBacktest } from '../support/backtests.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, eventRows, inconsistencies, startWorker, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { inputHashOf } from '../support/series.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
/** AAPL's sample with every strategy, 750 bars. */
let shared: { id: string; uuid: string };

const window = { windowBars: 750, lookback: 'BARS_400' };
const submit = (input: object) => submitBacktest(api, input);

async function finished(input: object): Promise<Answered['job']> {
  const { job } = await submit({ force: true, ...input });
  await eventually(() => endedJob(database.db, job.uuid));
  return job;
}

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startWorker(database.url, database.db, backtestTask(database), { capacity: 4 });
  shared = await finished({ tickers: ['aapl'], strategies: strategyIds, options: window });
});
afterAll(async () => {
  expect(await inconsistencies(database.db)).toEqual([]);
  await worker.stop();
  await api.close();
  await database.close();
});

/** The bars of the shared job, without engine, store and API. */
async function testedBars() {
  const { rows } = await database.db.execute<{ options: unknown }>(
    sql`select options from jobs where id = ${shared.uuid}`,
  );
  const options = backtestOptions.parse(rows[0]?.options);
  const source = backtestSources().get('SAMPLE');
  if (source === undefined) throw new Error('no sample');
  const today = new Date().toISOString().slice(0, 10);
  const request = { ticker: 'AAPL', bars: barsNeeded(options, today), asOf: null };
  const signal = new AbortController().signal;
  const { candles } = await loadCandles(source, 'SAMPLE', request, { today, signal });
  return { options, ...cutToWindow(candles, options) };
}

/** The core on them. */
async function expected(strategy: StrategyId): Promise<Backtest> {
  const { options, candles, from } = await testedBars();
  const chart = computeIndicators(candles, strategies[strategy]);
  return runBacktest(chart, from, strategies[strategy], {
    ...options,
    capital: Number(options.capital),
  });
}

const METRICS = `trades wins losses totalReturnPct cagrPct maxDrawdownPct peakDate troughDate winRatePct profitFactor avgWinPct avgLossPct
  expectancyPct bestPct worstPct sharpe exposurePct longestWinStreak longestLossStreak`;
const HOLDING = 'totalReturnPct cagrPct maxDrawdownPct peakDate troughDate sharpe';
const TRADE = `side n signalDate entryDate entryPrice exitDate exitPrice stop target returnPct grossPct barsHeld exitReason gap score verdict rsi adx
  volumeRatio regime`;

interface Page<Node> {
  readonly totalCount: number;
  readonly edges: readonly { readonly node: Node; readonly cursor: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const nodesOf = <Node>(page: Page<Node>) => page.edges.map(({ node }) => node);

async function backtestsOf<Node>(job: { id: string }, fields: string): Promise<Node[]> {
  const { backtests } = await api.one<{ backtests: Page<Node> }>(
    `query($id: ID!) { job(id: $id) { backtests(first: 5) { edges { node { ${fields} } } } } }`,
    { id: job.id },
  );
  return nodesOf(backtests);
}

describe('a backtest job', () => {
  test('goes through the phases of any job and ends with one result per strategy', async () => {
    const events = await eventRows(database.db, shared.uuid);
    expect(events.map(({ type, progress }) => [type, progress])).toEqual([
      ['JOB_QUEUED', 0],
      ['JOB_STARTED', 0],
      ['ITEMS_STARTED', 0],
      ['ITEM_PROGRESSED', 25],
      ['ITEM_PROGRESSED', 50],
      ['ITEM_PROGRESSED', 75],
      ['ITEM_COMPLETED', 100],
      ['JOB_COMPLETED', 100],
    ]);
    const { rows } = await database.db.execute(
      sql`select strategy from backtests where job_id = ${shared.uuid} order by id`,
    );
    expect(rows.map((row) => row.strategy)).toEqual(strategyIds);
    expect(await api.one('query($id: ID!) { job(id: $id) { origin state } }', { id: shared.id })).toEqual({
      origin: 'BACKTEST',
      state: 'COMPLETED',
    });
  });

  test.each(strategyIds)('stores what the core computes: %s', async (strategy) => {
    const core = await expected(strategy);
    const found = await backtestsOf<{ strategy: string; trades: Page<object>; curve: object[] }>(
      shared,
      `strategy firstDate lastDate tradableFrom windowBars pending skipped { open cooldown noSlot } metrics { ${METRICS} }
       buyAndHold { ${HOLDING} } curve(points: 750) { date equity buyAndHold } trades(first: 20) { totalCount edges { node { ${TRADE} } } }
       risk { targetPct stopPct maxHoldingBars cooldownBars } isDemo source customised inputHash engineVersion`,
    );
    const one = found.find((backtest) => backtest.strategy === strategy);
    const { targetPct, stopPct, maxHoldingBars, cooldownBars } = strategies[strategy].risk;
    expect(one).toMatchObject({
      firstDate: core.firstDate,
      lastDate: core.lastDate,
      tradableFrom: core.tradableFrom,
      windowBars: 750,
      pending: core.pending,
      skipped: core.skipped,
      metrics: core.metrics,
      buyAndHold: core.buyAndHold.metrics,
      risk: { targetPct, stopPct, maxHoldingBars, cooldownBars },
      isDemo: false,
      source: 'SAMPLE',
      customised: false,
      inputHash: inputHashOf((await testedBars()).candles),
      engineVersion: ENGINE_VERSION,
    });
    expect(core.trades.length).toBeGreaterThan(0);
    expect(one?.trades.totalCount).toBe(core.trades.length);
    expect(one && nodesOf(one.trades)).toEqual(
      core.trades.slice(0, 20).map((trade, i) => ({ n: i + 1, ...trade })),
    );
    expect(one?.curve).toEqual(
      core.curve.dates.map((date, i) => ({
        date,
        equity: core.curve.equity[i],
        buyAndHold: core.buyAndHold.curve.equity[i],
      })),
    );
  });

  test('shows strategies side by side with buying and holding, on one axis', async () => {
    const { items } = await api.one<{ items: Page<{ comparison: Record<string, never> }> }>(
      `query($id: ID!) { job(id: $id) { items { edges { node { comparison { firstDate lastDate buyAndHold { totalReturnPct }
        backtests { strategy metrics { totalReturnPct } } curve(points: 40) { date buyAndHold equities } } } } } } }`,
      { id: shared.id },
    );
    const [item] = nodesOf(items);
    const cores = await Promise.all(strategyIds.map(expected));
    expect(item?.comparison).toMatchObject({
      firstDate: cores[0]?.firstDate,
      lastDate: cores[0]?.lastDate,
      buyAndHold: { totalReturnPct: cores[0]?.buyAndHold.metrics.totalReturnPct },
      backtests: strategyIds.map((strategy, i) => ({
        strategy,
        metrics: { totalReturnPct: cores[i]?.metrics.totalReturnPct },
      })),
    });
    const curve = item?.comparison.curve as unknown as {
      date: string;
      buyAndHold: number;
      equities: number[];
    }[];
    expect(curve).toHaveLength(40);
    expect(curve[0]?.equities).toEqual(cores.map((core) => core.curve.equity[0]));
    expect(curve.at(-1)).toEqual({
      date: cores[0]?.lastDate,
      buyAndHold: cores[0]?.buyAndHold.curve.equity.at(-1),
      equities: cores.map((core) => core.curve.equity.at(-1)),
    });
  });

  test('is listed newest first, by ticker and strategy, is a node, and belongs to its workspace', async () => {
    for (const windowBars of [91, 90]) await finished({ tickers: ['AAPL'], options: { windowBars } });
    const page = await api.one<Page<{ id: string; windowBars: number; job: { id: string } }>>(
      '{ backtests(first: 1, filter: { ticker: "aapl", strategy: BALANCED }) { totalCount pageInfo { hasNextPage endCursor } edges { node { id windowBars job { id } } } } }',
    );
    expect(nodesOf(page)).toMatchObject([{ windowBars: 90 }]);
    expect(page.pageInfo.hasNextPage).toBe(true);
    expect(page.totalCount).toBeGreaterThanOrEqual(2);
    const next = await api.one<Page<{ windowBars: number }>>(
      'query($after: String) { backtests(first: 1, after: $after, filter: { ticker: "AAPL", strategy: BALANCED }) { edges { node { windowBars } } } }',
      { after: page.pageInfo.endCursor },
    );
    expect(nodesOf(next)).toEqual([{ windowBars: 91 }]);
    const id = nodesOf(page)[0]?.id ?? '';
    const node = 'query($id: ID!) { node(id: $id) { ... on Backtest { windowBars } } }';
    expect(await api.one(node, { id })).toEqual({ windowBars: 90 });
    const uuid = Buffer.from(id, 'base64').toString().slice('Backtest:'.length);
    const other = await database.db.execute<{ id: string }>(
      sql`insert into workspaces (id, name) values (gen_random_uuid(), 'other') returning id`,
    );
    await database.db.execute(
      sql`update backtests set workspace_id = ${other.rows[0]?.id} where id = ${uuid}`,
    );
    expect(await api.post(node, { id })).toMatchObject({ data: { node: null } });
    const one = await api.post('query($id: ID!) { backtest(id: $id) { ticker } }', { id });
    expect(one.data).toEqual({ backtest: null });
  });

  test('with a ticker that is not there has a failed item with its code; the others have their results', async () => {
    const job = await finished({ tickers: ['NOPE', 'AAPL'], strategies: ['BALANCED', 'MEAN_REVERSION'] });
    const shown = await api.one<{ items: Page<unknown> }>(
      `query($id: ID!) { job(id: $id) { state succeeded failed errors { ticker error { code } }
        items { edges { node { ticker state comparison { backtests { strategy } } } } } } }`,
      { id: job.id },
    );
    expect(shown).toMatchObject({
      state: 'COMPLETED',
      succeeded: 1,
      failed: 1,
      errors: [{ ticker: 'NOPE', error: { code: 'UNKNOWN_SYMBOL' } }],
    });
    expect(nodesOf(shown.items)).toEqual([
      {
        ticker: 'AAPL',
        state: 'COMPLETED',
        comparison: { backtests: [{ strategy: 'BALANCED' }, { strategy: 'MEAN_REVERSION' }] },
      },
      { ticker: 'NOPE', state: 'FAILED', comparison: null },
    ]);
  });

  test('from one day to another tests exactly those bars, and warns of what the look-back lacks', async () => {
    const asked = { from: '2014-01-01', to: '2014-12-31', lookback: 'BARS_400' };
    const job = await finished({ tickers: ['AAPL'], options: asked });
    const [one] = await backtestsOf<Record<string, never>>(
      job,
      'firstDate lastDate tradableFrom windowBars warnings { code message } provenance { firstBar lastBar bars }',
    );
    expect(one).toMatchObject({ firstDate: '2014-01-02', lastDate: '2014-12-31', windowBars: 252 });
    expect(one).toMatchObject({ provenance: { firstBar: '2013-05-13', lastBar: '2014-12-31' } });
    const { rows } = await database.db.execute<{ n: number }>(
      sql`select count(*)::int as n from backtest_trades t join backtests b on b.id = t.backtest_id
        where b.job_id = ${job.uuid} and (t.signal_date < b.first_date or t.exit_date > b.last_date)`,
    );
    expect(rows).toEqual([{ n: 0 }]);
    const warnings = one?.warnings as unknown as { code: string; message: string }[];
    expect(warnings.filter(({ code }) => code === 'SHORT_HISTORY')).toHaveLength(1);
  });

  test('with a window that has too few bars fails that item', async () => {
    const options = { from: '2018-05-01', to: '2018-06-30' };
    const job = await finished({ tickers: ['AAPL'], options });
    expect(
      await api.one('query($id: ID!) { job(id: $id) { state errors { error { code message } } } }', {
        id: job.id,
      }),
    ).toMatchObject({ state: 'FAILED', errors: [{ error: { code: 'TOO_FEW_BARS' } }] });
  });

  test('outlives its job; a double of a result is refused by the table; a workspace takes all', async () => {
    const job = await finished({ tickers: ['AAPL'], options: { windowBars: 60 } });
    const double = database.db.execute(
      sql`update backtests set strategy = 'BALANCED' where job_id = ${shared.uuid}`,
    );
    expect(await double.then(() => null, violatedConstraint)).toBe('backtests_job_ticker_strategy_key');
    await database.db.execute(sql`delete from jobs where id = ${job.uuid}`);
    const page = await api.one<Page<{ windowBars: number; job: null; trades: Page<unknown> }>>(
      '{ backtests(first: 1) { edges { node { windowBars job { id } trades { totalCount } curve { date } } } } }',
    );
    expect(nodesOf(page)).toMatchObject([{ windowBars: 60, job: null }]);
  });
});
