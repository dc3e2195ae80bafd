import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backtestOptions } from '../../src/backtests/options.ts';
import { cutToWindow } from '../../src/backtests/window.ts';
import { sql } from '../../src/db/drizzle.ts';
import { loadCandles } from '../../src/market/load-candles.ts';
import { runBacktest } from '../../src/quant/backtest.ts';
import { computeIndicators } from '../../src/quant/chart.ts';
import { strategies } from '../../src/quant/strategies/index.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestSources, backtestTask } from '../support/backtest-worker.ts';
import { submitBacktest } from '../support/backtests.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startWorker(database.url, database.db, backtestTask(database));
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const SIDE = `side contributionPct trades wins losses winRatePct profitFactor avgWinPct avgLossPct expectancyPct bestPct worstPct exposurePct
  longestWinStreak longestLossStreak skipped { open cooldown noSlot }`;
const BACKTEST = `id sides customised options bySide { ${SIDE} } skipped { open cooldown noSlot } metrics { trades wins losses totalReturnPct winRatePct
  profitFactor avgWinPct avgLossPct expectancyPct bestPct worstPct exposurePct longestWinStreak longestLossStreak }
  trades(first: 100) { totalCount edges { node { side returnPct grossPct exitReason } } }`;

interface Shown {
  readonly id: string;
  readonly sides: string;
  readonly customised: boolean;
  readonly options: unknown;
  readonly bySide: readonly { readonly side: string; readonly trades: number }[];
  readonly skipped: object;
  readonly metrics: { readonly trades: number; readonly totalReturnPct: number };
  readonly trades: {
    readonly edges: readonly { readonly node: { readonly side: string; returnPct: number } }[];
  };
}

async function finished(options: object): Promise<Shown> {
  const { job } = await submitBacktest(api, { tickers: ['AAPL'], options, force: true });
  await eventually(() => endedJob(database.db, job.uuid));
  const { backtests } = await api.one<{ backtests: { edges: { node: Shown }[] } }>(
    `query($id: ID!) { job(id: $id) { backtests { edges { node { ${BACKTEST} } } } } }`,
    { id: job.id },
  );
  const [edge] = backtests.edges;
  if (edge === undefined) throw new Error('no backtest');
  return edge.node;
}

test('a backtest of both sides stores what the core computes, the sides apart', async () => {
  const shown = await finished({ sides: 'BOTH', borrowPct: 7.5, overlap: true, maxOpenPositions: 3 });
  const options = backtestOptions.parse(shown.options);
  expect(options).toMatchObject({ sides: 'BOTH', borrowPct: 7.5 });
  expect(shown).toMatchObject({ sides: 'BOTH', customised: true });
  const { candles, from } = cutToWindow(await sample(), options);
  const settings = { ...options, capital: Number(options.capital) };
  const core = runBacktest(
    computeIndicators(candles, strategies.BALANCED),
    from,
    strategies.BALANCED,
    settings,
  );
  expect(core.bySide.map(({ trades }) => trades > 0)).toEqual([true, true]);
  expect(shown.bySide).toEqual(core.bySide);
  expect(shown.trades.edges.map(({ node }) => node)).toEqual(
    core.trades.map(({ side, returnPct, grossPct, exitReason }) => ({
      side,
      returnPct,
      grossPct,
      exitReason,
    })),
  );
  const lines = await exported(shown.id);
  expect(lines.map(({ side, returnPct }) => [side, returnPct])).toEqual(
    core.trades.map(({ side, returnPct }) => [side, returnPct]),
  );
});

async function sample() {
  const source = backtestSources().get('SAMPLE');
  if (source === undefined) throw new Error('no sample');
  const today = new Date().toISOString().slice(0, 10);
  const { signal } = new AbortController();
  const request = { ticker: 'AAPL', bars: 'ALL', asOf: null } as const;
  return (await loadCandles(source, 'SAMPLE', request, { today, signal })).candles;
}

async function exported(id: string): Promise<{ side?: string; returnPct: number }[]> {
  const response = await fetch(
    `${new URL(api.url).origin}/export/trades.jsonl?backtest=${encodeURIComponent(id)}`,
  );
  const lines = (await response.text()).trimEnd().split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as { side: string; returnPct: number });
}

test('a backtest of shorts has shorts alone, and its figures are those of its side', async () => {
  const { sides, bySide, metrics, skipped, trades } = await finished({ sides: 'SHORT' });
  const { totalReturnPct, ...ofTrades } = metrics;
  expect(sides).toBe('SHORT');
  expect(bySide).toEqual([{ side: 'SHORT', contributionPct: totalReturnPct, ...ofTrades, skipped }]);
  expect(metrics.trades).toBeGreaterThan(3);
  expect(new Set(trades.edges.map(({ node }) => node.side))).toEqual(new Set(['SHORT']));
});

test('rows that an earlier version stored are longs, with figures of their side', async () => {
  const stored = await finished({ windowBars: 300 });
  const uuid = Buffer.from(stored.id, 'base64').toString().slice('Backtest:'.length);
  // The statements of the version before, which name none of the new columns.
  const file = fileURLToPath(new URL('../fixtures/statements/before-0022.json', import.meta.url));
  const before = JSON.parse(readFileSync(file, 'utf8')) as readonly string[];
  const copied = '0190a000-0000-7000-8000-000000000001';
  for (const [table, own] of [
    ['backtests', 'id'],
    ['backtest_details', 'backtest_id'],
    ['backtest_trades', 'backtest_id'],
  ] as const) {
    const statement = before.find((text) => text.includes(`insert into ${table} (`)) ?? '';
    const columns = /\((.+?)\)/.exec(statement)?.[1]?.split(', ') ?? [];
    expect(columns).not.toContain('side');
    expect(columns.length).toBeGreaterThan(2);
    const values = columns.map((name) => (name === own ? `'${copied}'` : name === 'job_id' ? 'null' : name));
    await database.db.execute(
      sql.raw(
        `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${table} where ${own} = '${uuid}'`,
      ),
    );
  }
  const id = Buffer.from(`Backtest:${copied}`).toString('base64');
  const old = await api.one<Shown>(`query($id: ID!) { backtest(id: $id) { ${BACKTEST} } }`, { id });
  expect(old).toEqual({ ...stored, id });
  expect(old).toMatchObject({ sides: 'LONG', bySide: [{ side: 'LONG', trades: stored.metrics.trades }] });
  expect(old.trades.edges.every(({ node }) => node.side === 'LONG')).toBe(true);
  expect((await exported(id)).every(({ side }) => side === 'LONG')).toBe(true);
});

test('a rate of borrowing without shorts is rejected with the name of the field', async () => {
  const asked = submitBacktest(api, { tickers: ['AAPL'], options: { borrowPct: 3 } });
  expect(await asked).toMatchObject({ code: 'INVALID_INPUT', field: 'options.borrowPct' });
});
