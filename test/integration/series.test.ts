import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAnalysisTask } from '../../src/analyses/analysis.task.ts';
import { ANALYSIS_KIND } from '../../src/analyses/kind.ts';
import { resolveOptions } from '../../src/analyses/options.ts';
import type { AskedOverrides } from '../../src/analyses/overrides.ts';
import { sql } from '../../src/db/drizzle.ts';
import { cutToRequest } from '../../src/market/bars.ts';
import { shareReaders } from '../../src/market/files/call-readers.ts';
import { keepCandles } from '../../src/market/keep-candles.ts';
import type { Source } from '../../src/market/source.ts';
import type { SourceId } from '../../src/market/sources/index.ts';
import { type Candles, sliceCandles } from '../../src/quant/candles.ts';
import { ENGINE_VERSION } from '../../src/quant/version.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, submit, type TestWorker } from '../support/engine.ts';
import { inputHashOf, readAapl } from '../support/series.ts';
import { silent } from '../support/silent.ts';
import { countStatements, type StatementCounter } from '../support/statements.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
let counter: StatementCounter;
const aapl = readAapl();
/** What the service has; a worker keeps it in the store, the API asks nobody. */
let market: Candles = sliceCandles(aapl, 0, 600);
const source: Source = {
  title: 'A service',
  isDemo: false,
  remote: { adjustment: 'SPLITS_AND_DIVIDENDS', deadlineMs: 1_000 },
  instruments: async () => [],
  load: async (request) => ({
    candles: cutToRequest(market, request),
    adjustment: 'SPLITS_AND_DIVIDENDS',
    currency: 'USD',
    freshUntil: new Date(0),
  }),
};

beforeAll(async () => {
  database = await createTestDatabase();
  counter = countStatements('thetool api');
  api = await startApi(database.url);
  const { db } = database;
  const now = () => new Date();
  const sources = keepCandles({ db, log: silent, now }, new Map<SourceId, Source>([['YAHOO', source]]));
  const task = createAnalysisTask({ sources, now, findInstrument: async () => null });
  worker = await startWorker(database.url, db, task);
});
afterAll(async () => {
  counter.stop();
  await worker.stop();
  await api.close();
  await database.close();
});

async function analyse(
  tickers: readonly string[],
  lookback: 200 | 400 | 'ALL' = 400,
  overrides?: AskedOverrides,
): Promise<void> {
  const asked = {
    kind: ANALYSIS_KIND,
    source: 'YAHOO',
    isDemo: false,
    options: resolveOptions({ lookback, overrides }, '2027-01-01'),
  };
  const id = await submit(database.db, tickers, asked);
  await expect
    .poll(() => endedJob(database.db, id), { timeout: 20_000 })
    .toMatchObject({ state: 'COMPLETED' });
}

interface Node {
  readonly id: string;
  readonly ticker: string;
  readonly inputHash: string;
  readonly engineVersion: number;
  readonly indicators: readonly { indicator: string; lines: readonly { name: string; value: number }[] }[];
  readonly series: {
    readonly reason?: string;
    readonly message?: string;
    readonly bars: number;
    readonly dates: readonly string[];
    readonly close: readonly number[];
    readonly indicators: readonly {
      readonly indicator: string;
      readonly display: string;
      readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
    }[];
  };
}

const DOCUMENT = `query ($ticker: String, $last: Int, $indicators: [IndicatorId!]) { analyses(first: 5, filter: { ticker: $ticker }) { edges { node {
  id ticker inputHash engineVersion indicators { indicator lines { name value } }
  series(last: $last, indicators: $indicators) {
    ... on CandlesGone { reason message }
    ... on AnalysisSeries { bars dates close indicators { indicator display lines { name values } } }
  } } } } }`;

async function read(variables: object): Promise<Node[]> {
  const { edges } = await api.one<{ edges: { node: Node }[] }>(DOCUMENT, variables);
  return edges.map(({ node }) => node);
}

test('a series ends with the readings of the result, on the very bars', async () => {
  market = sliceCandles(aapl, 0, 600);
  await analyse(['CHART']);
  const [node] = await read({ ticker: 'CHART', last: 30 });
  expect(node?.series.bars).toBe(400);
  expect(node?.series.dates).toEqual(aapl.dates.slice(570, 600));
  expect(node?.series.close).toEqual([...aapl.close.subarray(570, 600)]);
  expect(node?.engineVersion).toBe(ENGINE_VERSION);
  const lastOf = node?.series.indicators.map(({ indicator, lines }) => ({
    indicator,
    lines: lines.map(({ name, values }) => ({ name, value: values.at(-1) })),
  }));
  expect(lastOf).toEqual(node?.indicators);
  expect(node?.inputHash).toBe(inputHashOf(sliceCandles(aapl, 200, 600)));
});

test('the lines of a result with parameters of its own are computed with them', async () => {
  market = sliceCandles(aapl, 0, 600);
  await analyse(['OWN'], 400, { params: [{ indicator: 'RSI', name: 'period', value: 7 }] });
  const [node] = await read({ ticker: 'OWN', last: 400, indicators: ['RSI'] });
  const values = node?.series.indicators[0]?.lines[0]?.values ?? [];
  expect(values.findIndex((value) => value !== null)).toBe(7);
  const reading = node?.indicators.find(({ indicator }) => indicator === 'RSI');
  expect(values.at(-1)).toBe(reading?.lines[0]?.value);
});

test('bars are null before an indicator’s first value, and only those asked for are told', async () => {
  market = sliceCandles(aapl, 0, 600);
  await analyse(['EARLY']);
  const [node] = await read({ ticker: 'EARLY', last: 400, indicators: ['EMA', 'RSI'] });
  expect(node?.series.indicators.map(({ indicator }) => indicator).sort()).toEqual(['EMA', 'RSI']);
  const ema = node?.series.indicators.find(({ indicator }) => indicator === 'EMA');
  const slow = ema?.lines.find(({ name }) => name === 'slow')?.values ?? [];
  expect(slow.findIndex((value) => value !== null)).toBe(199);
  for (const last of [0, 2_001]) {
    const { errors } = await api.post(DOCUMENT, { ticker: 'EARLY', last });
    expect(errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
  }
});

test('what was stored since does not change a chart; other bars are reported and never shown', async () => {
  market = sliceCandles(aapl, 0, 600);
  await analyse(['GROWS'], 200);
  const [before] = await read({ ticker: 'GROWS', last: 2_000 });
  // A week later, with a longer look-back: newer and older bars are stored beside.
  market = sliceCandles(aapl, 0, 605);
  await analyse(['GROWS'], 'ALL');
  const [newest, first] = await read({ ticker: 'GROWS', last: 2_000 });
  expect(first).toEqual(before);
  expect(newest?.series.dates).toEqual(aapl.dates.slice(0, 605));
  // A split: all prices change.
  const scale = (column: Float64Array) => column.map((price) => price / 4);
  const whole = sliceCandles(aapl, 0, 610);
  market = {
    ...whole,
    open: scale(whole.open),
    high: scale(whole.high),
    low: scale(whole.low),
    close: scale(whole.close),
  };
  await analyse(['GROWS'], 'ALL');
  const after = await read({ ticker: 'GROWS' });
  expect(after.map(({ series }) => series.reason)).toEqual([undefined, 'OTHER_BARS', 'OTHER_BARS']);
  await database.db.execute(sql`delete from candle_series where ticker = 'GROWS'`);
  await database.db.execute(
    sql`update analyses set input_hash = null where id = (select min(id::text)::uuid from analyses where ticker = 'GROWS')`,
  );
  const gone = await read({ ticker: 'GROWS' });
  expect(gone.map(({ series }) => series.reason)).toEqual(['NO_BARS', 'NO_BARS', 'NOT_RECORDED']);
  expect(gone[0]?.series.message).toContain('no longer stored');
});

test('the charts of many results take three statements', async () => {
  market = sliceCandles(aapl, 0, 600);
  await analyse(['N1', 'N2', 'N3', 'N4']);
  const { result, statements } = await counter.during(() => read({}));
  expect(result.filter(({ series }) => series.bars === 400).length).toBeGreaterThanOrEqual(4);
  expect(statements).toHaveLength(3);
  expect(statements).toContain('listSeries');
});

interface Page {
  readonly edges: readonly { readonly node: { readonly date: string; readonly close: number } }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}
const CANDLES = `query ($first: Int, $after: String, $last: Int, $before: String) {
  candles(ticker: "paged", source: YAHOO, first: $first, after: $after, last: $last, before: $before) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { node { date close } } } }`;

test('pages of bars forth and back are the series', async () => {
  market = sliceCandles(aapl, 0, 400);
  await analyse(['PAGED']);
  const want = [...aapl.dates.slice(0, 400)];
  const forth: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: Page = await api.one(CANDLES, { first: 150, after });
    forth.push(...page.edges.map(({ node }) => node.date));
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  expect(forth).toEqual(want);
  const back: string[] = [];
  for (let before: string | null = null, more = true; more; ) {
    const page: Page = await api.one(CANDLES, { last: 150, before });
    back.unshift(...page.edges.map(({ node }) => node.date));
    before = page.pageInfo.startCursor;
    more = page.pageInfo.hasPreviousPage;
  }
  expect(back).toEqual(want);
  const unknown = await api.post('{ candles(ticker: "NOWHERE", source: YAHOO) { edges { cursor } } }');
  expect(unknown).toEqual({ data: { candles: null } });
  const cursor = Buffer.from('k:x').toString('base64url');
  expect((await api.post(CANDLES, { after: cursor })).errors?.[0]?.extensions?.code).toBe('INVALID_INPUT');
});

test('a source that has its bars at hand needs no store', async () => {
  const { edges } = await api.one<Page>(
    '{ candles(ticker: "aapl", last: 2) { edges { node { date close } } } }',
  );
  expect(edges.map(({ node }) => node.date)).toEqual(aapl.dates.slice(-2));
});

test('a file that cannot be read fails its own field, and the API goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'thetool-csv-'));
  await mkdir(join(folder, 'FOLDER.csv'));
  await writeFile(join(folder, 'GOOD.csv'), 'Date,Open,High,Low,Close,Volume\n2024-01-02,9,12,8,10,100\n');
  const ofFolder = await startApi(database.url, { CSV_DIR: folder });
  try {
    const ask = (ticker: string) =>
      ofFolder.post(`{ candles(ticker: "${ticker}", source: CSV, last: 1) { edges { node { date } } } }`);
    expect(await ask('FOLDER')).toEqual({ data: { candles: null } });
    const good = { data: { candles: { edges: [{ node: { date: '2024-01-02' } }] } } };
    expect(await ask('GOOD')).toEqual(good);
    // Stopped readers have the effect of reads that do not return.
    for (const pid of shareReaders().pids()) process.kill(pid, 'SIGSTOP');
    const { errors, data } = await ask('GOOD');
    expect(data).toEqual({ candles: null });
    expect(errors).toMatchObject([
      { extensions: { code: 'UNAVAILABLE', retryable: true }, path: ['candles'] },
    ]);
    await expect.poll(() => ask('GOOD'), { timeout: 20_000 }).toEqual(good);
  } finally {
    await ofFolder.close();
    await rm(folder, { recursive: true });
  }
});
