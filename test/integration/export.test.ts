import { request } from 'node:http';
import { parse } from 'csv-parse/sync';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { clearWorkspace } from '../support/engine.ts';
import { createWriter, type Writer } from '../support/feed.ts';

let database: TestDatabase;
let api: TestApi;
let origin: string;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  origin = new URL(api.url).origin;
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

interface Line {
  readonly position: number;
  readonly id: string;
  readonly ticker: string;
  readonly [column: string]: unknown;
}
interface Ending {
  readonly complete: boolean;
  readonly rows: number;
  readonly after: string;
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${origin}/export/${path}`, { headers });

/** Whole lines of a part, and how it ended; a line without its end was cut off and counts for nothing. */
function readPart(text: string): { rows: Line[]; end: Ending | undefined } {
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line & { end?: Ending });
  return { rows: lines.filter((line) => line.end === undefined), end: lines.find((line) => line.end)?.end };
}

async function readAll(path: string) {
  const response = await get(path);
  expect(response.status).toBe(200);
  return readPart(await response.text());
}

async function fill(count: number, writer: Writer): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 500) {
    const results = Array.from({ length: Math.min(500, count - from) }, (_, i) => ({
      ticker: `E${(from + i) % 50}`,
      score: ((from + i) % 21) / 10 - 1,
      verdict: (from + i) % 2 === 0 ? ('BUY' as const) : ('SELL' as const),
      isDemo: (from + i) % 5 === 0,
    }));
    ids.push(...(await writer.store(results)));
  }
  return ids;
}

async function empty(): Promise<Writer> {
  await clearWorkspace(database.db);
  return createWriter(database.db);
}

test('an export has every result once, in the order in which they were stored, and tells its end', async () => {
  const writer = await empty();
  expect(await readAll('analyses.jsonl')).toEqual({ rows: [], end: { complete: true, rows: 0, after: '0' } });
  const ids = await fill(2_345, writer);
  const { rows, end } = await readAll('analyses.jsonl');
  expect(rows.map(({ id }) => id)).toEqual(ids);
  expect(rows.map(({ position }) => position)).toEqual(ids.map((_, i) => i + 1));
  expect(end).toEqual({ complete: true, rows: 2_345, after: '2345' });
  expect(rows[0]).toMatchObject({
    ticker: 'E0',
    strategy: 'S1',
    score: -1,
    verdict: 'BUY',
    isDemo: true,
    asOf: '2026-01-30',
    entry: null,
    warnings: null,
    createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
});

test('filters hold together, and a parameter that there is not is refused', async () => {
  const writer = await empty();
  await fill(1_500, writer);
  const { rows: all } = await readAll('analyses.jsonl');
  const of = (keep: (line: Line) => boolean) => all.filter(keep).map(({ id }) => id);
  const found = async (query: string) => (await readAll(`analyses.jsonl?${query}`)).rows.map(({ id }) => id);
  expect(await found('ticker=e1&ticker=E2&verdict=BUY')).toEqual(
    of(({ ticker, verdict }) => (ticker === 'E1' || ticker === 'E2') && verdict === 'BUY'),
  );
  expect(await found('minScore=-0.3&maxScore=0.5&includeDemo=false')).toEqual(
    of(({ score, isDemo }) => Number(score) >= -0.3 && Number(score) <= 0.5 && isDemo === false),
  );
  expect(await found('asOfFrom=2026-01-31')).toEqual([]);
  expect(await found('asOfTo=2026-01-30&ticker=E7')).toHaveLength(30);
  expect(await found(`job=${all[0]?.jobId}`)).toHaveLength(1_500);
  expect(await found('timeframe=DAILY')).toHaveLength(all.length);
  expect(await found('timeframe=WEEKLY')).toHaveLength(0);
  for (const query of [
    'tickr=A',
    'verdict=MAYBE',
    'minScore=2',
    'asOfFrom=2026-02-31',
    'ticker=a%20b',
    'after=x',
    'strategy=S1&strategy=S2',
    'timeframe=HOURLY',
    'job=1',
    'includeDemo=no',
  ]) {
    const response = await get(`analyses.csv?${query}`);
    expect([query, response.status]).toEqual([query, 400]);
    expect(await response.json()).toMatchObject({
      error: { code: expect.any(String), message: expect.any(String) },
    });
  }
});

test('a name that is no export is 404 with the names of all exports', async () => {
  const response = await get('analyses.xlsx');
  expect(response.status).toBe(404);
  const all = ['analyses.jsonl', 'analyses.csv', 'trades.jsonl', 'trades.csv', 'analysis/<id>.xlsx'];
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining(all.map((name) => `/export/${name}`).join(', ')) },
  });
});

test('a CSV file is RFC 4180, and no cell of others is a formula', async () => {
  const writer = await empty();
  const names: Record<string, string> = {
    '=A1': "=cmd|' /C calc'!A0",
    '-B': '+1 "quoted", with comma',
    '^C': 'two\r\nlines',
    PLAIN: '@SUM(A1)',
    WIDE: '＝1+1',
    TAB: '\t=1',
  };
  for (const [ticker, name] of Object.entries(names))
    await database.db.execute(sql`insert into instruments (ticker, symbol, name, exchange, time_zone, currency, tick)
      values (${ticker}, ${ticker}, ${name}, 'X', 'Etc/UTC', 'USD', 0.01) on conflict do nothing`);
  await writer.store(
    Object.keys(names).map((ticker) => ({
      ticker,
      score: -0.25,
      warnings: [{ code: 'SHORT_HISTORY', message: 'x' }],
    })),
  );
  const response = await get('analyses.csv?strategy=BALANCED');
  expect(response.status).toBe(200);
  const csv = await (await get('analyses.csv')).text();
  expect(csv.replaceAll(/"(?:[^"]|"")*"/g, '').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  const [header = [], ...records] = parse(csv) as string[][];
  expect(records).toHaveLength(7);
  // A record of another length would not have been parsed.
  const cell = (record: string[], column: string) => record[header.indexOf(column)];
  const guarded = (text: string) => (/^[=+\-@\t＝]/.test(text) ? `'${text}` : text);
  for (const [i, [ticker, name]] of Object.entries(names).entries()) {
    const record = records[i] ?? [];
    expect(cell(record, 'ticker')).toBe(guarded(ticker));
    expect(cell(record, 'name')).toBe(guarded(name));
    expect(cell(record, 'score')).toBe('-0.25');
    expect(cell(record, 'warnings')).toBe('SHORT_HISTORY');
    expect(cell(record, 'sector')).toBe('');
  }
  expect(records[6]?.slice(0, 4)).toEqual(['END', 'complete', '6', '6']);
  const { rows } = await readAll('analyses.jsonl');
  expect(rows.map(({ name }) => name)).toEqual(Object.values(names));
});

/** Of a path sent as it stands; `fetch` would tidy it. */
function statusOf(path: string): Promise<number | undefined> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
}

/** Reads until so many bytes have come, then kills the connection. */
function cutAfter(path: string, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const asked = request(`${origin}/export/${path}`, (response) => {
      response.on('data', (part: Buffer) => {
        parts.push(part);
        size += part.length;
        if (size >= bytes) asked.destroy();
      });
      response.on('close', () => resolve(Buffer.concat(parts).subarray(0, bytes).toString()));
    });
    asked.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? undefined : reject(error),
    );
    asked.end();
  });
}

test('an export whose connection is killed again and again has every result once, also those stored meanwhile', async () => {
  const writer = await empty();
  const ids = await fill(3_000, writer);
  const rows: Line[] = [];
  let end: Ending | undefined;
  let after = '0';
  for (let part = 0; end === undefined; part += 1) {
    // At most a third of the file at a time, cut wherever it falls.
    const text = await cutAfter(`analyses.jsonl?after=${after}`, 100_000 + ((part * 77_777) % 300_000));
    const cut = readPart(text);
    rows.push(...cut.rows);
    end = cut.end;
    after = String(rows.at(-1)?.position ?? after);
    if (part < 4) ids.push(...(await fill(200, writer)));
  }
  expect(end.complete).toBe(true);
  // What was stored after the last part began.
  const { rows: rest } = await readAll(`analyses.jsonl?after=${end.after}`);
  expect([...rows, ...rest].map(({ id }) => id)).toEqual(ids);
});

test('an export and the live feed go on from one another', async () => {
  const writer = await empty();
  await writer.store([{ ticker: 'BEFORE' }]);
  const document = 'subscription { analysisStored(from: OLDEST) { cursor analyses { ticker } } }';
  const reader = api.follow<{ cursor: string }>(document);
  const { value } = await reader.next();
  await reader.return();
  await writer.store([{ ticker: 'AFTER' }]);
  const { rows } = await readAll(`analyses.jsonl?after=${value?.cursor}`);
  expect(rows.map(({ ticker }) => ticker)).toEqual(['AFTER']);
});

test('another site may not start one, a list of another workspace is not there, and only GET is heard', async () => {
  expect((await get('analyses.jsonl', { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
  expect((await get('analyses.jsonl', { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  expect((await fetch(`${origin}/export/analyses.csv`, { method: 'POST' })).status).toBe(405);
  for (const path of ['nothing.csv', 'toString.csv', 'analysis/%.xlsx', '..//nothing.csv', 'analyses.csv/'])
    expect([path, await statusOf(`/export/${path}`)]).toEqual([path, 404]);
  expect(await statusOf('//')).toBe(404);
  expect((await get('analyses.pdf')).status).toBe(404);
  const [workspace, list] = [uuidv7(), uuidv7()];
  await database.db.execute(sql`insert into workspaces (id, name) values (${workspace}, 'Other')`);
  await database.db.execute(
    sql`insert into watchlists (id, workspace_id, name) values (${list}, ${workspace}, 'Theirs')`,
  );
  expect((await get(`analyses.jsonl?watchlist=${list}`)).status).toBe(404);
});

test('a browser that opens an export without a key gets the error of the export, and with one the file', async () => {
  const explored = await startApi(database.url, { GRAPHIQL: 'on' });
  onTestFinished(() => explored.close());
  const bystander = await openBystander({ url: explored.url, db: database.db });
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  const open = (headers: Record<string, string>) =>
    fetch(new URL('/export/analyses.csv', explored.url), { headers: { accept, ...headers } });
  const refused = await open({ authorization: '' });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('content-type')).toMatch(/json/);
  const file = await open({});
  expect(file.status).toBe(200);
  expect(file.headers.get('content-type')).toMatch(/csv/);
  await file.body?.cancel();
  await bystander.leave();
});
