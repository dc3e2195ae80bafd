import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importInstruments } from '../../src/instruments/import-instruments.ts';
import { parseListing } from '../../src/instruments/listing.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { temporaryDirectory } from '../support/processes.ts';

let database: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let worker: TestWorker;
let api: TestApi | undefined;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await temporaryDirectory();
  worker = await startAnalysisWorker(database, { csvDir: folder.path });
  const days = Array.from({ length: 400 }, (_, i) => new Date(Date.UTC(2023, 0, 1 + i)).toISOString());
  const rows = days.map((day, i) => `${day.slice(0, 10)},${100 + i},${102 + i},${99 + i},${101 + i},1000`);
  for (const name of ['GOOD', 'GOES', 'MINE'])
    await writeFile(
      join(folder.path, `${name}.csv`),
      ['date,open,high,low,close,volume', ...rows].join('\n'),
    );
  await writeFile(join(folder.path, 'BROKEN.csv'), '<html></html>');
});
afterAll(async () => {
  await api?.close();
  await worker.stop();
  await folder.remove();
  await database.close();
});

async function restart(settings: Record<string, string>): Promise<TestApi> {
  await api?.close();
  api = await startApi(database.url, settings);
  return api;
}
/** Tickers of all instruments. */
async function listed(of: TestApi): Promise<string[]> {
  const { edges } = await of.one<{ edges: { node: { ticker: string } }[] }>(
    '{ instruments(first: 100) { edges { node { ticker } } } }',
  );
  return edges.map(({ node }) => node.ticker);
}
/** Tickers of a job over the universe, and its id. */
async function universe(of: TestApi, source: string): Promise<{ tickers: string[]; uuid: string }> {
  const { job } = await of.one<{ job: { uuid: string; items: { edges: { node: { ticker: string } }[] } } }>(
    `mutation { submitAnalysis(input: { universe: true, source: ${source}, force: true }) {
      ... on SubmitJobPayload { job { uuid items(first: 100) { edges { node { ticker } } } } } } }`,
  );
  return { tickers: job.items.edges.map(({ node }) => node.ticker).sort(), uuid: job.uuid };
}

test('a ticker that only CSV_DIR brings belongs to the universe of the source CSV and leaves the list with its file', async () => {
  const first = await restart({ CSV_DIR: folder.path });
  expect(await listed(first)).toEqual(['AAPL', 'BROKEN', 'GOES', 'GOOD', 'MINE']);
  expect((await universe(first, 'DEMO')).tickers).toEqual(['AAPL']);
  const { tickers, uuid } = await universe(first, 'CSV');
  expect(tickers).toEqual(['AAPL', 'BROKEN', 'GOES', 'GOOD', 'MINE']);
  await eventually(() => endedJob(database.db, uuid));
  expect(
    await first.one(
      '{ analyses(filter: { ticker: "GOOD" }) { edges { node { currency bar { currency } } } } }',
    ),
  ).toEqual({ edges: [{ node: { currency: null, bar: { currency: null } } }] });

  // What the operator has imported stays.
  const { rows, faults } = parseListing('symbol,name,exchange,currency,sector\nMINE,Mine,NYSE,USD,');
  expect(faults).toEqual([]);
  expect(await importInstruments(database.db, rows, () => undefined)).toEqual({
    added: 0,
    changed: 1,
    unchanged: 0,
  });
  await rm(join(folder.path, 'GOES.csv'));
  await rm(join(folder.path, 'MINE.csv'));
  const second = await restart({ CSV_DIR: folder.path });
  expect(await listed(second)).toEqual(['AAPL', 'BROKEN', 'GOOD', 'MINE']);
  expect((await universe(second, 'DEMO')).tickers).toEqual(['AAPL', 'MINE']);

  // A folder that cannot be listed keeps its tickers; a start without the setting removes them.
  const path = join(folder.path, 'folder');
  await rename(join(folder.path, 'GOOD.csv'), path);
  await expect(restart({ CSV_DIR: path }).then(listed)).resolves.toContain('GOOD');
  expect(await listed(await restart({}))).toEqual(['AAPL', 'MINE']);
});
