import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { listAnalyses, listDetails } from '../../src/analyses/analysis.store.ts';
import { createAnalysisTask } from '../../src/analyses/analysis.task.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { type AskedOptions, resolveOptions } from '../../src/analyses/options.ts';
import { createInstrumentFinder } from '../../src/instruments/find-instrument.ts';
import { importInstruments } from '../../src/instruments/import-instruments.ts';
import { parseListing } from '../../src/instruments/listing.ts';
import { politePace } from '../../src/market/ask-service.ts';
import { keepCandles } from '../../src/market/keep-candles.ts';
import type { Source } from '../../src/market/source.ts';
import type { SourceId } from '../../src/market/sources/index.ts';
import { createYahooSource } from '../../src/market/sources/yahoo.ts';
import { strategyIds } from '../../src/quant/strategies/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import type { FakeServer } from '../support/fake-http.ts';
import { startFakeYahoo } from '../support/fake-yahoo.ts';
import { readAapl } from '../support/series.ts';
import { silent } from '../support/silent.ts';

const aapl = readAapl();
const now = () => new Date('2018-05-14T12:00:00Z');
/** What the service says of the instruments. */
const metas: Readonly<Record<string, object>> = {
  TOKEN: { instrumentType: 'CRYPTOCURRENCY', priceHint: 6 },
  // Spelled like a coin.
  'ABC-USD': { instrumentType: 'EQUITY', priceHint: 3 },
  LISTED: { instrumentType: 'CRYPTOCURRENCY', priceHint: 6 },
  SILENT: { instrumentType: undefined },
};

let database: TestDatabase;
let fake: FakeServer;
let source: Source;
let worker: TestWorker;

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  fake = await startFakeYahoo(
    () => aapl,
    (chart) => ({ ...chart, meta: { ...chart.meta, ...metas[String(chart.meta.symbol)] } }),
  );
  const pace = { ...politePace, gapMs: 0 };
  const remote = new Map([['YAHOO' as const, createYahooSource({ now, origin: fake.origin, pace })]]);
  const sources = keepCandles({ db, log: silent, now }, remote);
  source = sources.get('YAHOO') as Source;
  const { rows } = parseListing(
    'symbol,name,exchange,currency,sector,tick,fractional\nLISTED,L,NYSE,USD,,0.05,no\n',
  );
  await importInstruments(db, rows, () => undefined);
  const task = createAnalysisTask({ sources, now, findInstrument: createInstrumentFinder(db) });
  worker = await startWorker(database.url, db, task);
});
afterAll(async () => {
  await worker.stop();
  await fake.close();
  await database.close();
});

/** Prices and sizes of the plans of all strategies for a ticker. */
async function plansOf(ticker: string, asked: AskedOptions = {}) {
  const options = resolveOptions(asked, '2100-01-01', strategyIds);
  const jobId = await submit(database.db, [ticker], {
    ...{ kind: ANALYSIS_KIND, source: 'YAHOO' satisfies SourceId, isDemo: false, options },
  });
  await eventually(() => endedJob(database.db, jobId));
  const rows = await listAnalyses(database.db, DEFAULT_WORKSPACE_ID, { jobId }, { limit: 10 });
  const details = await listDetails(
    database.db,
    DEFAULT_WORKSPACE_ID,
    rows.map(({ id }) => id),
  );
  const plans = Array.from(details.values(), ({ plan }) => plan).filter((plan) => plan !== null);
  expect(plans.length).toBeGreaterThan(0);
  return plans;
}
const decimalsOf = (price: string) => price.split('.')[1]?.length ?? 0;

test('what a source says about an instrument is kept with its bars', async () => {
  const load = async (asOf: string | null = null, bars = 100) =>
    (await source.load({ ticker: 'TOKEN', bars, asOf }, new AbortController().signal)).quoted;
  const quoted = { kind: 'COIN', decimals: 6 };
  expect(await load()).toEqual(quoted);
  const before = fake.requests.length;
  expect([await load(), await load(aapl.dates.at(-20), 50)]).toEqual([quoted, quoted]);
  expect(fake.requests.length).toBe(before);
});

test('a plan has the decimals and the fractions that the source says, whatever the spelling of the ticker', async () => {
  for (const { entry, stop, target, positionSize, flags } of await plansOf('TOKEN')) {
    expect([entry, stop, target].map(decimalsOf)).toEqual([6, 6, 6]);
    expect(positionSize % 1).toBeGreaterThan(0);
    expect(flags).not.toContain('COARSE_TICK');
  }
  for (const { entry, positionSize } of await plansOf('ABC-USD')) {
    expect(decimalsOf(entry)).toBe(3);
    expect(positionSize % 1).toBe(0);
  }
  for (const { entry, positionSize } of await plansOf('SILENT')) {
    expect(decimalsOf(entry)).toBe(2);
    expect(positionSize % 1).toBe(0);
  }
});

test('the list of instruments, and before it the request, wins over what the source says', async () => {
  for (const { entry, positionSize } of await plansOf('LISTED')) {
    expect(entry).toMatch(/^\d+\.\d[05]$/);
    expect(positionSize % 1).toBe(0);
  }
  for (const { entry, positionSize } of await plansOf('TOKEN', { tick: '0.02', lot: '3' })) {
    expect(entry).toMatch(/^\d+\.\d[02468]$/);
    expect(positionSize % 3).toBe(0);
  }
});
