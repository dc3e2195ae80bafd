import { graphql } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID, SCOPES } from '../../src/access.ts';
import { fillLines } from '../../src/analyses/fill-figures.ts';
import { createRecentRecords } from '../../src/analyses/records.ts';
import { recordKey, sumTallies } from '../../src/analyses/tally.store.ts';
import { sql } from '../../src/db/drizzle.ts';
import { schema } from '../../src/main/schema.ts';
import type { Candles } from '../../src/quant/candles.ts';
import { computeIndicators } from '../../src/quant/chart.ts';
import { countEnded } from '../../src/quant/plan-record.ts';
import { strategies } from '../../src/quant/strategies/index.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
const tickers = Array.from({ length: 12 }, (_, i) => `UNI${i}`);
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startAnalysisWorker(database);
  await analysed({ tickers, source: 'DEMO' });
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});

async function analysed(input: object): Promise<void> {
  const { job } = await api.submit({ force: true, ...input });
  await eventually(() => endedJob(database.db, job.uuid));
}

const RECORD = 'results tickers plans { side cases targets stops timeouts meanResultPct winRatePct }';

interface Shown {
  readonly plan: { readonly side: 'LONG' | 'SHORT' } | null;
  readonly universeRecord: object | null;
  readonly series: Candles;
}

const shown = () =>
  api.one<readonly Shown[]>(
    `query($tickers: [String!]!) { latestAnalyses(tickers: $tickers) { plan { side } universeRecord { ${RECORD} }
       series(last: 2000) { ... on AnalysisSeries { dates open high low close volume } } } }`,
    { tickers },
  );

const read = async (side: 'LONG' | 'SHORT', isDemo = true) => {
  const key = { strategy: 'BALANCED', timeframe: 'DAILY', side, isDemo } as const;
  const records = await sumTallies(database.db, DEFAULT_WORKSPACE_ID, [key]);
  return records.get(recordKey(key));
};

test('the record over the universe is the sum over the bars of the latest results, the same for each plan of a side', async () => {
  const all = await shown();
  expect(all).toHaveLength(tickers.length);
  const ofEach = all.map(({ series }) => {
    const columns = { ...series };
    for (const name of ['open', 'high', 'low', 'close', 'volume'] as const)
      columns[name] = Float64Array.from(series[name]);
    return countEnded(
      computeIndicators(columns, strategies.BALANCED),
      strategies.BALANCED,
      { categoryWeights: {}, indicators: null },
      5,
    );
  });
  const planned = all.filter(({ plan }) => plan !== null);
  expect(planned.length).toBeGreaterThan(0);
  expect(all.filter(({ plan, universeRecord }) => (plan === null) !== (universeRecord === null))).toEqual([]);
  for (const side of ['LONG', 'SHORT'] as const) {
    const sum = (of: (ended: (typeof ofEach)[number]['LONG']) => number) =>
      ofEach.reduce((total, ended) => total + of(ended[side]), 0);
    const cases = sum(({ targets, stops, timeouts }) => targets + stops + timeouts);
    expect(cases).toBeGreaterThan(20);
    const record = await read(side);
    expect(record).toMatchObject({
      side,
      results: tickers.length,
      tickers: ofEach.filter((ended) => ended[side].targets + ended[side].stops + ended[side].timeouts > 0)
        .length,
      cases,
      targets: sum(({ targets }) => targets),
      stops: sum(({ stops }) => stops),
      timeouts: sum(({ timeouts }) => timeouts),
    });
    expect(record?.meanResultPct).toBeCloseTo(sum(({ sumPct }) => sumPct) / cases, 5);
    expect(record?.winRatePct).toBeCloseTo((100 * sum(({ wins }) => wins)) / cases, 9);
    const { results, tickers: withCases, ...plans } = record ?? {};
    for (const { plan, universeRecord } of planned)
      if (plan?.side === side) expect(universeRecord).toEqual({ results, tickers: withCases, plans });
  }
});

test('a list of plans reads the records in one statement, and again only after a minute', async () => {
  let now = 0;
  const recentRecords = createRecentRecords(() => now);
  const source = `{ latestAnalyses(tickers: ${JSON.stringify(tickers)}) { universeRecord { plans { cases } } } }`;
  const reads = async () => {
    const before = database.statements.length;
    const access = { workspaceId: DEFAULT_WORKSPACE_ID, scopes: new Set(SCOPES) };
    const contextValue = { db: database.db, log: silent, access, requestId: 'test', recentRecords };
    const { errors } = await graphql({ schema, source, contextValue });
    expect(errors).toBeUndefined();
    return database.statements.slice(before).filter((text) => text.includes('sumTallies')).length;
  };
  expect([await reads(), await reads()]).toEqual([1, 0]);
  now = 60_000;
  expect([await reads(), await reads()]).toEqual([1, 0]);
});

test('results of suspicious bars, of changed rules, of earlier versions and of made-up bars beside real ones are left out', async () => {
  const whole = await read('LONG');
  expect(await read('LONG', false)).toMatchObject({ results: 0, tickers: 0, cases: 0, meanResultPct: null });
  await analysed({ tickers: ['AAPL'], source: 'SAMPLE' });
  expect(await read('LONG', false)).toMatchObject({ results: 1 });
  expect(await read('LONG')).toEqual(whole);

  const ofTicker = (set: string, ticker: string) =>
    database.db.execute(sql.raw(`update latest_analyses set ${set} where ticker = '${ticker}'`));
  await ofTicker('gated = true', 'UNI0');
  expect(await read('LONG')).toMatchObject({ results: tickers.length - 1 });
  await analysed({ tickers: ['UNI1'], source: 'DEMO', options: { categoryWeights: { trend: 1.2 } } });
  expect(await read('LONG')).toMatchObject({ results: tickers.length - 2 });

  // A process of the version before has moved the row to another result; then the worker fills its lines.
  await ofTicker('lines_of = null', 'UNI2');
  expect(await read('LONG')).toMatchObject({ results: tickers.length - 3 });
  while ((await fillLines(database.db)) > 0);
  expect(await read('LONG')).toMatchObject({ results: tickers.length - 3 });
  await analysed({ tickers: ['UNI0', 'UNI1', 'UNI2'], source: 'DEMO' });
  expect(await read('LONG')).toEqual(whole);
});
