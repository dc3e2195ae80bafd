import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { listAnalyses } from '../../src/analyses/analysis.store.ts';
import { createAnalysisTask } from '../../src/analyses/analysis.task.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { type AskedOptions, resolveOptions } from '../../src/analyses/options.ts';
import { createInstrumentFinder } from '../../src/instruments/find-instrument.ts';
import { importInstruments } from '../../src/instruments/import-instruments.ts';
import { parseListing } from '../../src/instruments/listing.ts';
import { cutToRequest } from '../../src/market/bars.ts';
import type { Source } from '../../src/market/source.ts';
import type { SourceId } from '../../src/market/sources/index.ts';
import { strategyIds } from '../../src/quant/strategies/index.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { randomWalk } from '../support/series.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
/** Bars at about 60,000: more than a position of the default capital may cost. */
const dear = (() => {
  const walk = randomWalk(5, 400);
  const factor = 60_000 / (walk.close.at(-1) ?? 1);
  const scaled = (column: Float64Array) => column.map((price) => price * factor);
  const { open, high, low, close } = walk;
  return { ...walk, open: scaled(open), high: scaled(high), low: scaled(low), close: scaled(close) };
})();
const source: Source = {
  title: 'Fake',
  isDemo: false,
  instruments: async () => [],
  load: async (request) => ({ candles: cutToRequest(dear, request), adjustment: 'NONE', currency: 'USD' }),
};

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  api = await startApi(database.url);
  const { rows } = parseListing(
    'symbol,name,exchange,currency,sector,lot,fractional\nFRAC,F,NYSE,USD,,,yes\nLOT,L,NYSE,USD,,0.1,\nPLAIN,P,NYSE,USD,,,\n',
  );
  await importInstruments(db, rows, () => undefined);
  const sources = new Map<SourceId, Source>([['SAMPLE', source]]);
  const findInstrument = createInstrumentFinder(db);
  const task = createAnalysisTask({ sources, now: () => new Date(), findInstrument });
  worker = await startWorker(database.url, db, task);
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});

interface Sized {
  readonly ticker: string;
  readonly plan: { readonly positionSize: number; readonly positionValue: string; flags: string[] } | null;
}

/** The plans of all strategies for a ticker, and the sizes in their rows. */
async function plan(ticker: string, asked: AskedOptions = {}) {
  const options = { ...resolveOptions(asked, '2100-01-01', strategyIds) };
  const jobId = await submit(database.db, [ticker], {
    ...{ kind: ANALYSIS_KIND, source: 'SAMPLE', isDemo: false, options },
  });
  await eventually(() => endedJob(database.db, jobId));
  const id = Buffer.from(`Job:${jobId}`).toString('base64');
  const { analyses } = await api.one<{ analyses: { edges: { node: Sized }[] } }>(
    `{ job(id: "${id}") { analyses { edges { node { ticker plan { positionSize positionValue flags } } } } } }`,
  );
  const rows = await listAnalyses(database.db, DEFAULT_WORKSPACE_ID, { jobId }, { limit: 10 });
  const sizes = analyses.edges.flatMap(({ node }) => (node.plan === null ? [] : [node.plan.positionSize]));
  expect(sizes.length).toBeGreaterThan(0);
  expect(rows.flatMap(({ positionSize }) => (positionSize === null ? [] : [positionSize]))).toEqual(sizes);
  return sizes;
}

test('coins are sized in parts of a unit, in the row and in exports, too', async () => {
  const sizes = await plan('BTC-USD');
  for (const size of sizes) {
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(1);
    expect(Math.round(size * 1e6) / 1e6).toBe(size);
  }
  const text = await (await fetch(`${new URL(api.url).origin}/export/analyses.jsonl?ticker=BTC-USD`)).text();
  const exported = text
    .split('\n')
    .filter((line) => line.includes('"BTC-USD"'))
    .map((line) => (JSON.parse(line) as { positionSize: number | null }).positionSize);
  expect(exported.filter((size) => size !== null).sort()).toEqual([...sizes].sort());
});

test('the list says which instruments have parts or lots; one that says nothing is whole', async () => {
  for (const size of await plan('FRAC')) expect(size % 1).toBeGreaterThan(0);
  for (const size of await plan('LOT')) expect(size).toBeCloseTo(Math.round(size * 10) / 10, 12);
  for (const size of await plan('PLAIN')) expect(size).toBe(0);
});

test('what a request asks for wins over what the list says', async () => {
  for (const size of await plan('LOT', { lot: '0.25' })) expect(size % 0.25).toBe(0);
  for (const size of await plan('PLAIN', { fractional: true })) expect(size).toBeGreaterThan(0);
  for (const size of await plan('ETH-USD', { fractional: false })) expect(size).toBe(0);
});

test('a lot or a tick of zero is rejected', async () => {
  for (const options of [{ lot: '0' }, { tick: '0' }, { tick: '0.123456789' }]) {
    const answer = await api.submit({ tickers: ['AAPL'], source: 'SAMPLE', options });
    expect(answer).toMatchObject({ __typename: 'InvalidInputError' });
  }
});
