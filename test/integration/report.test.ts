import { strFromU8, unzipSync } from 'fflate';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import type { TestWorker } from '../support/engine.ts';

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  worker = await startAnalysisWorker(database);
});
afterAll(async () => {
  await worker.stop();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

interface Node {
  readonly id: string;
  readonly asOf: string;
  readonly score: number;
  readonly verdict: string;
  readonly indicators: readonly {
    readonly indicator: string;
    readonly confidence: number | null;
    readonly weight: number;
    readonly lines: readonly { name: string; value: number }[];
  }[];
}

async function analyse(ticker: string, source: 'SAMPLE' | 'DEMO'): Promise<Node> {
  await api.submit({ tickers: [ticker], source, force: true });
  const document = `query ($ticker: String) { analyses(filter: { ticker: $ticker }) { edges { node {
    id asOf score verdict indicators { indicator confidence weight lines { name value } } } } } }`;
  const read = async () =>
    (await api.one<{ edges: { node: Node }[] }>(document, { ticker })).edges[0]?.node ?? null;
  await expect.poll(read, { timeout: 20_000 }).not.toBeNull();
  return (await read()) as Node;
}

type Cell = string | number | boolean | null;

/** The sheets of an XLSX file as rows of cells, by the title of the sheet. */
function readBook(bytes: Uint8Array): Map<string, Cell[][]> {
  const files = Object.fromEntries(
    Object.entries(unzipSync(bytes)).map(([name, body]) => [name, strFromU8(body)]),
  );
  const text = (xml: string) =>
    xml
      .replaceAll(/<[^>]*>/g, '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&amp;', '&');
  const strings = [...(files['xl/sharedStrings.xml'] ?? '').matchAll(/<si>(.*?)<\/si>/gs)].map(
    ([, xml = '']) => text(xml),
  );
  const titles = [...(files['xl/workbook.xml'] ?? '').matchAll(/<sheet [^>]*name="([^"]*)"/g)].map(
    ([, title = '']) => title,
  );
  return new Map(
    titles.map((title, i) => {
      const xml = files[`xl/worksheets/sheet${i + 1}.xml`] ?? '';
      // A text that is stored as a formula would be run by whoever opens the file.
      expect(xml).not.toMatch(/<f[ >]/);
      const rows = [...xml.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row = '']) =>
        [...row.matchAll(/<c ([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)].map(([, attributes = '', inner = '']): Cell => {
          const type = /t="(\w+)"/.exec(attributes)?.[1];
          const value = text(inner);
          if (value === '') return null;
          if (type === 's') return strings[Number(value)] ?? null;
          if (type === 'inlineStr' || type === 'str') return value;
          return type === 'b' ? value === '1' : Number(value);
        }),
      );
      return [title, rows];
    }),
  );
}

const download = (id: string) =>
  fetch(`${new URL(api.url).origin}/export/analysis/${encodeURIComponent(id)}.xlsx`);

test('the report of a result has its summary, plan, every line of every indicator and the conditions of the filters', async () => {
  const node = await analyse('AAPL', 'SAMPLE');
  const response = await download(node.id);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="AAPL_BALANCED_${node.asOf}.xlsx"`,
  );
  expect(response.headers.get('content-type')).toContain('spreadsheetml');
  const book = readBook(await response.bytes());
  expect([...book.keys()]).toEqual(['Summary', 'Indicators', 'Buy filters']);
  const summary = new Map((book.get('Summary') ?? []).map(([name, value]) => [name, value]));
  expect(summary.get('Verdict')).toBe(node.verdict);
  expect(summary.get('Score (-1 to 1)')).toBeCloseTo(node.score, 12);
  expect(summary.get('Made-up data')).toBe(false);
  expect(summary.get('As of')).toBe(node.asOf);
  expect(summary.get('lookback')).toBe(400);
  expect(summary.get('source')).toBe('SAMPLE');
  const [head = [], ...rows] = book.get('Indicators') ?? [];
  expect(rows.map(([indicator]) => indicator)).toEqual(node.indicators.map(({ indicator }) => indicator));
  for (const [i, { confidence, weight, lines }] of node.indicators.entries()) {
    const row = rows[i] ?? [];
    expect(row[head.indexOf('Confidence')]).toBe(confidence);
    expect(row[head.indexOf('Weight')]).toBeCloseTo(weight, 12);
    const told = row.slice(head.indexOf('Line 1')).filter((cell) => cell !== null);
    expect(told.filter((_, at) => at % 2 === 0)).toEqual(lines.map(({ name }) => name));
    for (const [at, { value }] of lines.entries()) expect(told[2 * at + 1]).toBeCloseTo(value, 9);
  }
  expect(book.get('Buy filters')?.length).toBeGreaterThan(3);
});

test('a ticker like a formula is a text, and made-up data are flagged', async () => {
  const node = await analyse('=A1', 'DEMO');
  const response = await download(node.id);
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="A1_BALANCED_${node.asOf}.xlsx"`,
  );
  const summary = readBook(await response.bytes()).get('Summary') ?? [];
  expect(summary[0]?.[0]).toBe('=A1, BALANCED');
  expect(summary).toContainEqual(['Made-up data', true]);
});

test('a result that there is not, or no id at all, is refused', async () => {
  expect((await download(uuidv7())).status).toBe(404);
  expect((await download('nonsense')).status).toBe(400);
});
