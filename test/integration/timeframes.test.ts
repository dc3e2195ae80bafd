import { afterAll, beforeAll, expect, test } from 'vitest';
import { resample } from '../../src/quant/resample.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { readAapl } from '../support/series.ts';

let database: TestDatabase;
let api: TestApi;
let workers: TestWorker[];
/** Its days are those of the sample source, whose prices are adjusted. */
const aapl = readAapl();
const weekly = resample(aapl, 'WEEKLY', '9999-12-31');

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
  await api.post('mutation { createWatchlist(input: { name: "Mine", tickers: ["AAPL"] }) { __typename } }');
  await analyse({ asOf: '2017-11-02' });
  await analyse({ asOf: '2017-11-08', timeframe: 'WEEKLY' });
  await analyse({ asOf: '2018-05-11', timeframe: 'MONTHLY', lookback: 'ALL' });
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await api.close();
  await database.close();
});

async function analyse(options: object): Promise<void> {
  const { job } = await api.submit({ tickers: ['AAPL'], source: 'SAMPLE', options });
  const ended = await eventually(() => endedJob(database.db, job.uuid));
  expect(ended.state).toBe('COMPLETED');
}

interface Shown {
  readonly timeframe: string;
  readonly asOf: string;
  readonly previous: object | null;
  readonly customised: boolean;
  readonly warnings: readonly { code: string }[];
  readonly provenance: { readonly bars: number };
  readonly series: { readonly reason?: string; readonly dates: string[] };
  readonly bar: { readonly close: number; readonly previousClose: number };
}
const FIELDS = `timeframe asOf customised previous { asOf } warnings { code } provenance { bars } bar { close previousClose }
  series(last: 3) { ... on CandlesGone { reason } ... on AnalysisSeries { dates } }`;
const latest = async (timeframe: string) =>
  (await api.one<Shown[]>(`{ latestAnalyses(tickers: ["AAPL"], timeframe: ${timeframe}) { ${FIELDS} } }`))[0];

test('a weekly result is of the weeks that are over, and its chart shows them', async () => {
  // A Wednesday: its week runs.
  const shown = await latest('WEEKLY');
  expect(shown).toMatchObject({ timeframe: 'WEEKLY', asOf: '2017-11-03', customised: true, previous: null });
  const at = weekly.dates.indexOf('2017-11-03');
  expect(shown?.provenance.bars).toBe(at + 1);
  expect(shown?.series.dates).toEqual(weekly.dates.slice(at - 2, at + 1));
  expect(shown?.warnings.map(({ code }) => code)).toContain('SHORT_HISTORY');
  const page = await api.one<{ edges: { node: { date: string; close: number } }[] }>(
    '{ candles(ticker: "AAPL", source: SAMPLE, last: 1000) { edges { node { date close } } } }',
  );
  const closeOf = (day: string) => page.edges.find(({ node }) => node.date === day)?.node.close;
  expect(shown?.bar).toEqual({ close: closeOf('2017-11-03'), previousClose: closeOf('2017-10-27') });
});

test('a monthly result is of the months that are over', async () => {
  const shown = await latest('MONTHLY');
  expect(shown).toMatchObject({ timeframe: 'MONTHLY', asOf: '2018-04-30' });
  expect(shown?.series.dates).toEqual(['2018-02-28', '2018-03-29', '2018-04-30']);
});

test('results of other timeframes never displace the daily one, and rankings are of one timeframe', async () => {
  expect(await latest('DAILY')).toMatchObject({ timeframe: 'DAILY', asOf: '2017-11-02', previous: null });
  const ranked = async (argument: string) =>
    (
      await api.one<{ edges: { node: { analysis: Shown } }[] }>(
        `{ ranking(${argument} filter: { analysed: true, screens: [{ indicator: RSI, gt: 0 }] }) { edges { node { analysis { timeframe asOf } } } } }`,
      )
    ).edges.map(({ node }) => node.analysis);
  expect(await ranked('')).toEqual([{ timeframe: 'DAILY', asOf: '2017-11-02' }]);
  expect(await ranked('timeframe: WEEKLY,')).toEqual([{ timeframe: 'WEEKLY', asOf: '2017-11-03' }]);
  expect(await ranked('timeframe: WEEKLY, strategy: TREND_FOLLOWING,')).toEqual([]);
  const lists = await api.one<
    { items: { ticker: string; latestAnalysis: Shown | null; recentScores: { asOf: string }[] }[] }[]
  >('{ watchlists { items { ticker latestAnalysis { timeframe } recentScores { asOf } } } }');
  const item = lists.flatMap(({ items }) => items).find(({ ticker }) => ticker === 'AAPL');
  expect(item?.latestAnalysis).toEqual({ timeframe: 'DAILY' });
  expect(item?.recentScores).toEqual([{ asOf: '2017-11-02' }]);
});

test('a backtest of weeks has weekly bars', async () => {
  const submitted = await api.one<{ job: { id: string; uuid: string } }>(
    `mutation { submitBacktest(input: { tickers: ["AAPL"], source: SAMPLE, options: { windowBars: 100, lookback: BARS_100, timeframe: WEEKLY } }) {
      ... on SubmitJobPayload { job { id uuid } } } }`,
  );
  await eventually(() => endedJob(database.db, submitted.job.uuid));
  const { backtests } = await api.one<{
    backtests: {
      edges: { node: { timeframe: string; windowBars: number; firstDate: string; lastDate: string } }[];
    };
  }>(
    `{ job(id: "${submitted.job.id}") { backtests { edges { node { timeframe windowBars firstDate lastDate } } } } }`,
  );
  const whole = weekly.dates.slice(0, weekly.dates.indexOf('2018-05-11') + 1);
  expect(backtests.edges[0]?.node).toEqual({
    timeframe: 'WEEKLY',
    windowBars: 100,
    firstDate: whole.at(-100),
    lastDate: '2018-05-11',
  });
});
