import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { DEFAULT_WORKSPACE_ID, type Scope } from '../../src/access.ts';
import { openDatabase } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { LimitExceededError } from '../../src/errors.ts';
import { createReaders } from '../../src/market/files/call-readers.ts';
import { type ImportDeps, importBars, removeBars } from '../../src/market/import-bars.ts';
import { findOwnBars } from '../../src/market/own.store.ts';
import { BARS_OF_SERIES, type OwnLimits } from '../../src/market/own-bars.ts';
import { defaultQuotas } from '../../src/quotas/quota.ts';
import { fullAccess } from '../support/access.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, type TestWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { injectCuts, statementName } from '../support/faults.ts';
import { createImportClient, type ImportClient } from '../support/import-client.ts';
import { csvOf, jsonLinesOf } from '../support/price-texts.ts';
import { inputHashOf, randomWalk } from '../support/series.ts';
import { silent } from '../support/silent.ts';

const STRANGER = uuidv7();
const bars = randomWalk(7, 400);
const readers = createReaders();

let database: TestDatabase;
let api: TestApi;
let worker: TestWorker;
let mine: ImportClient;
let theirs: ImportClient;

beforeAll(async () => {
  database = await createTestDatabase();
  await insertWorkspace(database.db, { id: STRANGER, name: 'Stranger' });
  api = await startApi(database.url, {}, { access: 'real', key: await issue(DEFAULT_WORKSPACE_ID) });
  worker = await startAnalysisWorker(database);
  mine = createImportClient(api.url, await issue(DEFAULT_WORKSPACE_ID));
  theirs = createImportClient(api.url, await issue(STRANGER));
});
afterEach(() => database.db.execute(sql`delete from own_series`));
afterAll(async () => {
  readers.close();
  await worker.stop();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const every: readonly Scope[] = ['candles:write', 'jobs:write', 'results:read'];

async function issue(workspaceId: string, scopes = every): Promise<string> {
  const asked = { workspaceId, name: 'test', scopes, expiresAt: null, maker: fullAccess() };
  return (await createKey({ db: database.db, log: silent }, asked)).secret;
}

const limits: OwnLimits = {
  barsOfSeries: BARS_OF_SERIES,
  series: defaultQuotas.ownSeries,
  bars: defaultQuotas.ownBars,
};
const storedOf = async (workspaceId: string, ticker: string) =>
  (await findOwnBars(database.db, workspaceId, ticker))?.candles ?? null;
const deps = (over: Partial<ImportDeps> = {}): ImportDeps => ({
  readers,
  db: database.db,
  now: () => new Date(),
  limits,
  record: async () => undefined,
  ...over,
});
const importing = (ticker: string, text: string, mode: 'REPLACE' | 'APPEND' = 'REPLACE') => ({
  workspaceId: DEFAULT_WORKSPACE_ID,
  ticker,
  file: Buffer.from(text),
  mode,
  currency: null,
});
const { signal } = new AbortController();

async function analyse({ graphql }: ImportClient, input: object) {
  const { job } = await graphql.submit({ ...input, source: 'OWN' });
  await eventually(() => endedJob(database.db, job.uuid));
  const { rows } = await database.db.execute<{
    ticker: string;
    code: string | null;
    hash: string | null;
    currency: string | null;
  }>(sql`
    select i.ticker, i.error_code as code, encode(a.input_hash, 'hex') as hash, a.currency from job_items i
    left join analyses a on a.job_id = i.job_id and a.ticker = i.ticker where i.job_id = ${job.uuid} order by i.ticker`);
  return rows;
}

describe('an import', () => {
  test('is read as a price file is, reported, and analysed by a job with the source OWN', async () => {
    const { status, body } = await mine.put('mine.x?currency=SEK', csvOf(bars, ';'));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      outcome: 'CREATED',
      series: {
        ticker: 'MINE.X',
        bars: 400,
        firstBar: bars.dates[0],
        lastBar: bars.dates.at(-1),
        currency: 'SEK',
      },
      received: { bars: 400, added: 400, revised: 0, unchanged: 0 },
      report: { bars: 400, refusal: null, assumptions: [{ code: 'SEPARATOR' }] },
    });
    expect(body.series).toMatchObject({ updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
    const again = await mine.put('mine.x?currency=SEK', csvOf(bars, ';'));
    expect(again.body).toMatchObject({
      outcome: 'UNCHANGED',
      received: { bars: 400, added: 0, revised: 0, unchanged: 400 },
    });
    const read = { updatedAt: (body.series as { updatedAt?: unknown }).updatedAt };
    expect((await mine.get('mine.x')).body).toMatchObject(read);
    expect(await analyse(mine, { tickers: ['MINE.X'] })).toEqual([
      { ticker: 'MINE.X', code: null, hash: inputHashOf(bars), currency: 'SEK' },
    ]);
    const page = await mine.graphql.one<{ edges: { node: { date: string } }[] }>(
      '{ candles(ticker: "mine.x", source: OWN, last: 1) { edges { node { date } } } }',
    );
    expect(page.edges[0]?.node.date).toBe(bars.dates.at(-1));
  });

  test('of the same bars in another format, or again, changes nothing', async () => {
    await mine.put('SAME', csvOf(bars));
    for (const file of [csvOf(bars), jsonLinesOf(bars), gzipSync(csvOf(bars))]) {
      const { status, body } = await mine.put('SAME', file);
      expect([status, body.outcome, body.series?.revision]).toEqual([200, 'UNCHANGED', 1]);
    }
    const { rows } = await database.db.execute(sql`
      select action, target_ids, count(*)::int as n from audit_entries where 'SAME' = any(target_ids) group by 1, 2`);
    expect(rows).toEqual([{ action: 'import.candles', target_ids: ['SAME'], n: 1 }]);
  });

  test('that cannot be read stores nothing and says line, cell, reason and cure', async () => {
    await mine.put('KEPT', csvOf(bars));
    const { status, body } = await mine.put('KEPT', csvOf(bars).replace(/^(.*\n.*\n[^,]*,)[^,]*/, '$1abc'));
    expect(status).toBe(422);
    expect(body).toMatchObject({
      error: { code: 'BAD_NUMBER' },
      report: { bars: 0, refusal: { line: 3, cell: 'abc', cure: expect.any(String) } },
    });
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'KEPT')).toEqual(bars);
  });

  test('of bars of the future leaves them out, and what is analysed has no plan', async () => {
    const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const text = csvOf(bars).concat(`${day},1,1,1,1,1\n`);
    const { body } = await mine.put('LATER', text);
    expect(body.series?.lastBar).toBe(bars.dates.at(-1));
    expect(body.report?.warnings).toContainEqual(expect.objectContaining({ code: 'FUTURE_BAR' }));
    await analyse(mine, { tickers: ['LATER'] });
    const found = await mine.graphql.one<{ plan: object | null; warnings: { code: string }[] }[]>(
      '{ latestAnalyses(tickers: ["LATER"]) { plan { entry } warnings { code } } }',
    );
    expect(found[0]?.warnings.map(({ code }) => code)).toContain('FUTURE_BAR');
    expect(found[0]?.plan).toBeNull();
  });

  test('with mode=append goes on where an interrupted one has stopped', async () => {
    const part = (from: number, to: number) => csvOf(bars, ',', from, to);
    expect((await mine.put('PARTS?mode=append', part(0, 30))).body).toMatchObject({
      outcome: 'CREATED',
      report: { bars: 30, warnings: [{ code: 'TOO_FEW_BARS' }], refusal: null },
    });
    const { status, body } = await mine.put('PARTS?mode=append', part(30, 200));
    expect([status, body.error?.code]).toEqual([409, 'NO_OVERLAP']);
    await mine.put('PARTS?mode=append', part(29, 200));
    const { body: state } = await mine.get('PARTS');
    expect(state).toMatchObject({ bars: 200, lastBar: bars.dates[199], revision: 2 });
    // The client does not know whether its last part arrived, and sends it again with the next one.
    expect((await mine.put('PARTS?mode=append', part(30, 200))).body.outcome).toBe('UNCHANGED');
    expect((await mine.put('PARTS?mode=append', part(150, 400))).body).toMatchObject({
      outcome: 'APPENDED',
      received: { bars: 250, added: 200, revised: 0, unchanged: 50 },
      report: { bars: 400 },
    });
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'PARTS')).toEqual(bars);
  });

  test('under the name of a file in place of a ticker is rejected', async () => {
    for (const name of ['NVDA.csv', 'NVDA.csv.gz', 'nvda.TXT', 'NVDA.jsonl']) {
      const { status, body } = await mine.put(name, csvOf(bars));
      expect([status, body.error?.message]).toEqual([400, expect.stringContaining('/import/candles/NVDA.')]);
    }
    expect((await mine.get('NVDA.csv')).status).toBe(404);
  });

  test('with mode=append of other prices of a stored day is refused, and of corrected volumes taken over', async () => {
    await mine.put('CHANGED', csvOf(bars));
    const halved = { ...bars, close: bars.close.map((price) => price / 2) };
    const refused = await mine.put('CHANGED?mode=append', csvOf(halved, ',', 390));
    expect([refused.status, refused.body.error?.code]).toEqual([409, 'CONFLICTING_BARS']);
    expect(refused.body.error?.message).toContain(bars.dates[390]);
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'CHANGED')).toEqual(bars);
    const corrected = { ...bars, volume: bars.volume.map((volume) => volume + 1) };
    expect((await mine.put('CHANGED?mode=append', csvOf(corrected, ',', 398))).body.received).toEqual({
      bars: 2,
      added: 0,
      revised: 2,
      unchanged: 0,
    });
  });

  test('replaces a series with mode=replace, and a removed one is gone', async () => {
    await mine.put('GOES', csvOf(bars));
    const shorter = await mine.put('GOES?mode=replace', csvOf(bars, ',', 300));
    expect(shorter.body).toMatchObject({ outcome: 'REPLACED', series: { bars: 100, revision: 2 } });
    expect((await mine.remove('GOES')).status).toBe(204);
    expect((await mine.remove('GOES')).status).toBe(404);
    expect((await analyse(mine, { tickers: ['GOES'] }))[0]?.code).toBe('UNKNOWN_SYMBOL');
  });

  test('is found under its own ticker, whatever instrument has that symbol, and by universe: true', async () => {
    await database.db.execute(sql`insert into instruments (ticker, symbol, name, exchange, time_zone, currency, tick)
      values ('OWNED.NS', 'OWNED', 'Owned', 'NSE', 'Asia/Kolkata', 'INR', 0.05) on conflict do nothing`);
    await mine.put('OWNED', csvOf(bars));
    expect(await analyse(mine, { tickers: ['OWNED'] })).toMatchObject([{ ticker: 'OWNED', code: null }]);
    expect(await analyse(mine, { universe: true })).toMatchObject([{ ticker: 'OWNED', code: null }]);
  });
});

describe('another workspace', () => {
  test('reads, lists, replaces, removes and analyses none of them', async () => {
    await mine.put('SECRET', csvOf(bars));
    expect((await theirs.get('SECRET')).status).toBe(404);
    expect((await theirs.get()).body).toMatchObject({ series: [], quota: { series: 0, bars: 0 } });
    expect((await theirs.remove('SECRET')).status).toBe(404);
    const query = '{ candles(ticker: "SECRET", source: OWN, last: 1) { edges { node { date } } } }';
    expect(await theirs.graphql.one(query)).toBeNull();
    expect((await analyse(theirs, { tickers: ['SECRET'] }))[0]?.code).toBe('UNKNOWN_SYMBOL');
    const others = randomWalk(8, 100);
    expect((await theirs.put('SECRET', csvOf(others))).body.outcome).toBe('CREATED');
    expect(await storedOf(STRANGER, 'SECRET')).toEqual(others);
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'SECRET')).toEqual(bars);
    expect((await analyse(theirs, { tickers: ['SECRET'] }))[0]?.hash).toBe(inputHashOf(others));
    expect((await analyse(mine, { tickers: ['SECRET'] }))[0]?.hash).toBe(inputHashOf(bars));
    expect(await mine.graphql.one(query)).toMatchObject({ edges: [{ node: { date: bars.dates.at(-1) } }] });
  });

  test('finds nothing of them in what workspaces share: candles and instruments', async () => {
    await mine.put('PRIVATE', csvOf(bars));
    await analyse(mine, { tickers: ['PRIVATE'] });
    const { rows } = await database.db.execute(sql`
      select ticker from candle_series where ticker = 'PRIVATE' union all select ticker from instruments where ticker = 'PRIVATE'`);
    expect(rows).toEqual([]);
  });
});

describe('what an import needs', () => {
  test('a key with candles:write imports and reads no results; one with results:read reads', async () => {
    const writer = createImportClient(api.url, await issue(DEFAULT_WORKSPACE_ID, ['candles:write']));
    const reader = createImportClient(api.url, await issue(DEFAULT_WORKSPACE_ID, ['results:read']));
    const worker = createImportClient(api.url, await issue(DEFAULT_WORKSPACE_ID, ['jobs:write']));
    expect((await writer.put('SCOPED', csvOf(bars))).status).toBe(201);
    const { errors } = await writer.graphql.post(
      '{ candles(ticker: "SCOPED", source: OWN) { edges { node { date } } } }',
    );
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect((await writer.get('SCOPED')).status).toBe(200);
    expect((await reader.get('SCOPED')).status).toBe(200);
    for (const client of [reader, worker]) {
      expect((await client.put('SCOPED', csvOf(bars, ',', 100))).body.error?.code).toBe('FORBIDDEN');
      expect((await client.remove('SCOPED')).status).toBe(403);
    }
    expect((await worker.get('SCOPED')).status).toBe(403);
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'SCOPED')).toEqual(bars);
  });

  test.each([
    ['a ticker', 'A%20B', 400],
    ['a known mode', 'A?mode=add', 400],
    ['a currency of three letters', 'A?currency=Euro', 400],
    ['known parameters', 'A?moed=append', 400],
  ])('%s', async (_what, path, status) => {
    expect((await mine.put(path, csvOf(bars))).status).toBe(status);
  });

  test('a body of at most 5 MB, announced or not', async () => {
    const large = Buffer.alloc(5_000_001, 'x');
    expect((await mine.put('LARGE', large)).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 6; i += 1) controller.enqueue(new Uint8Array(1_000_000));
        controller.close();
      },
    });
    const outcome = await mine.put('LARGE', stream).then(
      ({ status }) => status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(outcome);
  });

  test('room in the quota of the workspace, also for several at once', async () => {
    const limits = { barsOfSeries: 300, series: 2, bars: 500 };
    const put = (ticker: string, count: number) =>
      importBars(deps({ limits }), importing(ticker, csvOf(bars, ',', 0, count)), signal);
    await expect(put('TOOLONG', 301)).rejects.toThrow(LimitExceededError);
    const outcomes = await Promise.allSettled(['A', 'B', 'C', 'D'].map((ticker) => put(ticker, 250)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    const [kept = ''] = outcomes.flatMap(({ status }, i) =>
      status === 'fulfilled' ? ['ABCD'[i] ?? ''] : [],
    );
    await expect(put(kept, 251)).rejects.toThrow('at most 500 bars');
    await removeBars(deps(), DEFAULT_WORKSPACE_ID, kept);
    expect(await put('E', 250)).toMatchObject({ outcome: 'CREATED' });
  });
});

describe('whatever happens meanwhile', () => {
  test('parts that are appended at once are all there, and of replacements at once one is', async () => {
    // All of them have the day 199, so that they may come in any order.
    const ranges = [0, 200, 50, 300, 150, 400, 199, 350];
    const parts = [0, 2, 4, 6].map((at) => csvOf(bars, ',', ranges[at], ranges[at + 1]));
    await Promise.all(parts.map((part) => importBars(deps(), importing('ATONCE', part, 'APPEND'), signal)));
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'ATONCE')).toEqual(bars);
    const whole = [1, 2, 3, 4].map((seed) => randomWalk(seed, 60));
    await Promise.all(whole.map((one) => importBars(deps(), importing('ATONCE', csvOf(one)), signal)));
    expect(whole).toContainEqual(await storedOf(DEFAULT_WORKSPACE_ID, 'ATONCE'));
  });

  test('a client that leaves in the middle of its file has stored nothing', async () => {
    await mine.put('HALF', csvOf(bars));
    const text = csvOf(randomWalk(9, 400));
    await new Promise<void>((resolve) => {
      const { origin } = new URL(api.url);
      const sent = request(`${origin}/import/candles/HALF`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${mine.key}`, 'content-length': text.length },
      });
      sent.on('error', () => resolve());
      sent.write(text.slice(0, text.length / 2), () => sent.destroy());
      sent.on('close', () => resolve());
    });
    // The next one is served after the cut one has ended.
    expect((await mine.put('OTHER', csvOf(bars))).status).toBe(201);
    expect(await storedOf(DEFAULT_WORKSPACE_ID, 'HALF')).toEqual(bars);
  });

  test('a process that dies at any statement leaves the former series or the new one, and the import can be repeated', async () => {
    const after = randomWalk(10, 80);
    const names: string[] = [];
    for (let at = 0; at === 0 || names.length === 2 * at; at += 1) {
      for (const cut of ['BEFORE', 'AFTER'] as const) {
        await importBars(deps(), importing('DIES', csvOf(bars)), signal);
        let n = -1;
        let name: string | null = null;
        const { db, close } = openDatabase({
          url: database.url,
          max: 1,
          applicationName: 'cut',
          log: silent,
        });
        injectCuts(db, (text) => {
          n += 1;
          if (n !== at) return null;
          name = statementName(text);
          return cut;
        });
        const outcome = await importBars(deps({ db }), importing('DIES', csvOf(after)), signal).then(
          () => 'stored',
          () => 'failed',
        );
        await close().catch(() => undefined);
        const stored = await storedOf(DEFAULT_WORKSPACE_ID, 'DIES');
        expect(outcome === 'stored' ? [after] : [bars, after]).toContainEqual(stored);
        await importBars(deps(), importing('DIES', csvOf(after)), signal);
        expect(await storedOf(DEFAULT_WORKSPACE_ID, 'DIES')).toEqual(after);
        if (name !== null) names.push(name);
      }
    }
    expect(names).toEqual(expect.arrayContaining(['saveOwnSeries', 'commit']));
  });
});
