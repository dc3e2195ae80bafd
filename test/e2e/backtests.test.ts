import type pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Client, connect } from '../../packages/client/src/connect.ts';
import { followJob, type JobEvent } from '../../packages/client/src/follow-job.ts';
import {
  BacktestResultsDocument,
  BacktestTradesDocument,
  SubmitBacktestDocument,
  type SubmitBacktestInput,
} from '../../packages/client/src/generated/graphql.ts';
import { type PostgresServer, startPostgres } from '../../src/postgres/embedded.ts';
import { TEST_KEY } from '../support/key.ts';
import { openPool } from '../support/pool.ts';
import { type Running, run, temporaryDirectory, urlOf } from '../support/processes.ts';
import { silent } from '../support/silent.ts';

let server: PostgresServer;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let api: Running;
let client: Client;
let sql: pg.Pool;
const workers: Running[] = [];

async function worker(env: Record<string, string> = {}): Promise<Running> {
  const process = run('worker.mjs', { DATABASE_URL: server.url, ...env });
  await process.said(/The worker is ready/);
  workers.push(process);
  return process;
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  server = await startPostgres({ dataDir: directory.path, log: silent });
  api = run('api.mjs', { DATABASE_URL: server.url, PORT: '0' });
  client = connect(await urlOf(api), { key: TEST_KEY });
  sql = openPool(server.url);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((process) => process.stop()));
});
afterAll(async () => {
  await client.close();
  await api.stop();
  await sql.end();
  await server.stop();
  await directory.remove();
});

async function submit(input: SubmitBacktestInput): Promise<string> {
  const { submitBacktest } = await client.request(SubmitBacktestDocument, { input });
  if (submitBacktest.__typename !== 'SubmitJobPayload') throw new Error(JSON.stringify(submitBacktest));
  return submitBacktest.job.id;
}

async function follow(jobId: string, onEvent?: (event: JobEvent) => void): Promise<JobEvent[]> {
  const events: JobEvent[] = [];
  for await (const event of followJob(client, jobId)) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test('a worker killed in the middle of a backtest: another ends it, with one result per ticker and strategy', async () => {
  const tickers = Array.from({ length: 30 }, (_, i) => `B${i}`);
  const strategies = ['BALANCED', 'MEAN_REVERSION', 'WEEKLY_TARGET'] as const;
  // Two at a time: most items are still ahead when the first event arrives, however late it does.
  const first = await worker({ WORKER_CAPACITY: '2' });
  const id = await submit({
    tickers,
    strategies: [...strategies],
    source: 'DEMO',
    options: { windowBars: 1_000 },
  });
  let killed = false;
  const second = Promise.withResolvers<void>();
  const events = await follow(id, (event) => {
    if (killed || event.type !== 'ITEM_PROGRESSED') return;
    killed = true;
    first.child.kill('SIGKILL');
    worker().then(() => second.resolve(), second.reject);
  });
  await second.promise;
  expect(await first.exited).toBe('SIGKILL');
  expect(events.map(({ seq }) => seq)).toEqual(upTo(events.length));
  expect(events.at(-1)?.type).toBe('JOB_COMPLETED');
  expect(events.some(({ type }) => type === 'ITEM_RETURNED')).toBe(true);
  const ended = events.filter(({ type }) => type === 'ITEM_COMPLETED').map(({ ticker }) => ticker);
  expect(ended.toSorted()).toEqual(tickers.toSorted());

  const { rows } = await sql.query(`
    select count(*)::int as backtests, count(distinct (ticker, strategy))::int as different,
      count(*) filter (where trades <> (select count(*) from backtest_trades t where t.backtest_id = b.id))::int as torn,
      count(*) filter (where not exists (select from backtest_details d where d.backtest_id = b.id))::int as without_curve
    from backtests b where is_demo`);
  expect(rows).toEqual([{ backtests: 90, different: 90, torn: 0, without_curve: 0 }]);

  const { job } = await client.request(BacktestResultsDocument, { id, points: 50, first: 30 });
  expect(job).toMatchObject({ state: 'COMPLETED', total: 30, succeeded: 30, failed: 0, errors: [] });
  const compared = job?.items.edges.map(({ node }) => node) ?? [];
  expect(compared.map(({ ticker }) => ticker).toSorted()).toEqual(tickers.toSorted());
  for (const { comparison } of compared) {
    expect(comparison?.backtests.map(({ strategy }) => strategy)).toEqual(strategies);
    expect(comparison?.backtests.every(({ isDemo }) => isDemo)).toBe(true);
    expect(comparison?.curve).toHaveLength(50);
    for (const { equities } of comparison?.curve ?? []) expect(equities).toHaveLength(3);
  }
});

test('the trades of a backtest come page by page through the client', async () => {
  await worker();
  const id = await submit({ tickers: ['AAPL'], options: { windowBars: 800 } });
  await follow(id);
  const { job } = await client.request(BacktestResultsDocument, { id, points: 10 });
  const [one] = job?.items.edges[0]?.node.comparison?.backtests ?? [];
  const { backtest } = await client.request(BacktestTradesDocument, { id: one?.id ?? '' });
  expect(backtest?.trades.totalCount).toBe(one?.metrics.trades);
  const returns = backtest?.trades.edges.map(({ node }) => node.returnPct) ?? [];
  expect(returns.filter((value) => value > 0)).toHaveLength(one?.metrics.wins ?? -1);
});
