import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { seedInstruments } from '../../src/instruments/find-instrument.ts';
import { importInstruments } from '../../src/instruments/import-instruments.ts';
import { parseListing } from '../../src/instruments/listing.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase } from '../support/database.ts';
import { run, temporaryDirectory } from '../support/processes.ts';

const head = 'symbol,name,exchange,currency,sector';
const lines = [
  'TATASTEEL,Tata Steel,NSE,INR,Metals',
  'TATAMOTORS,Tata Motors,NSE,INR,Automobile',
  'TCS,Tata Consultancy Services,NSE,INR,IT',
  'STEELCAS,Steelcast,NSE,INR,Metals',
  'JSWSTEEL,JSW Steel,NSE,INR,Metals',
  'MM,Millennium & Co,NYSE,USD,',
  'M&M,Mahindra & Mahindra,NSE,INR,Automobile',
  'M_M,Wild Card,NYSE,USD,',
  'SHARED,Shared of London,LSE,GBP,',
];
const listing = (...more: string[]) => {
  const { rows, faults } = parseListing([head, ...lines, ...more].join('\n'));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return rows;
};

const database = await createTestDatabase();
const { db } = database;
let api: TestApi;
beforeAll(async () => {
  await importInstruments(db, listing(), () => undefined);
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const SEARCH = `query ($search: String, $first: Int, $after: String, $last: Int, $before: String) {
  instruments(search: $search, first: $first, after: $after, last: $last, before: $before) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { ticker } }
  }
}`;
interface Page {
  readonly totalCount: number;
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string;
    endCursor: string;
  };
  readonly edges: readonly { cursor: string; node: { ticker: string } }[];
}
const page = (variables: object) => api.one<Page>(SEARCH, variables);
const search = async (text: string) => (await page({ search: text })).edges.map(({ node }) => node.ticker);

test('symbols that begin with the search come first, then words of names, then the rest', async () => {
  expect(await search('steel')).toEqual(['STEELCAS.NS', 'JSWSTEEL.NS', 'TATASTEEL.NS']);
  expect(await search('TATA')).toEqual(['TATAMOTORS.NS', 'TATASTEEL.NS', 'TCS.NS']);
  expect(await search('cast')).toEqual(['STEELCAS.NS']);
  expect(await search(' tcs.n ')).toEqual(['TCS.NS']);
  expect(await search('nothing like it')).toEqual([]);
});

test('wild cards are letters', async () => {
  expect(await search('m_')).toEqual(['M_M']);
  expect(await search('%')).toEqual([]);
  expect(await search('\\')).toEqual([]);
});

test.each(['t', ''])('pages of a search for %j forth and back are the whole list', async (text) => {
  const whole = await search(text);
  expect(whole.length).toBeGreaterThan(4);
  const forth: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const { edges, pageInfo, totalCount } = await page({ search: text, first: 2, after });
    expect(totalCount).toBe(whole.length);
    forth.push(...edges.map(({ node }) => node.ticker));
    after = pageInfo.endCursor;
    more = pageInfo.hasNextPage;
  }
  expect(forth).toEqual(whole);
  const back: string[] = [];
  for (let before: string | null = null, more = true; more; ) {
    const { edges, pageInfo }: Page = await page({ search: text, last: 2, before });
    back.unshift(...edges.map(({ node }) => node.ticker));
    before = pageInfo.startCursor;
    more = pageInfo.hasPreviousPage;
  }
  expect(back).toEqual(whole);
});

test('a cursor of another connection is refused', async () => {
  const cursor = Buffer.from('k:9|x').toString('base64url');
  const { errors } = await api.post(SEARCH, { after: cursor });
  expect(errors?.[0]?.message).toContain('cursor');
});

test('the search has its trigram index, and a scan gives the same', async () => {
  const { rows } = await db.execute(sql`select 1 from pg_indexes where indexname = 'instruments_search_idx'`);
  expect(rows).toHaveLength(1);
  await db.execute(sql`drop index instruments_search_idx`);
  expect(await search('steel')).toEqual(['STEELCAS.NS', 'JSWSTEEL.NS', 'TATASTEEL.NS']);
});

test('a repeated import changes nothing, a changed line changes its instrument', async () => {
  expect(await importInstruments(db, listing(), () => undefined)).toEqual({
    added: 0,
    changed: 0,
    unchanged: lines.length,
  });
  const rows = listing('NEW,New,NYSE,USD,').map((row) =>
    row.symbol === 'TCS' ? { ...row, sector: 'Software' } : row,
  );
  const progress: number[] = [];
  expect(await importInstruments(db, rows, (done) => progress.push(done))).toEqual({
    added: 1,
    changed: 1,
    unchanged: lines.length - 1,
  });
  expect(progress).toEqual([lines.length + 1]);
});

test('two imports at once of the same 3,000 lines both end, and every line is there once', async () => {
  const many = Array.from({ length: 3_000 }, (_, i) => `BULK${i},Bulk ${i},NYSE,USD,`);
  const [one, two] = await Promise.all([
    importInstruments(db, listing(...many), () => undefined),
    importInstruments(db, [...listing(...many)].reverse(), () => undefined),
  ]);
  expect(one.added + two.added).toBe(3_000);
  await db.execute(sql`delete from instruments where symbol like 'BULK%'`);
});

test('what a source seeds does not displace what was imported', async () => {
  const [row] = listing().filter(({ symbol }) => symbol === 'TCS');
  if (row === undefined) throw new Error('no row');
  await seedInstruments(db, 'CSV', [{ ...row, name: 'TCS.NS', exchange: 'UNKNOWN' }]);
  const { name } = await api.one<{ name: string }>(`{ instrument(ticker: "TCS.NS") { name } }`);
  expect(name).toBe('Tata Consultancy Services');
});

test('a bare symbol of one known instrument is analysed and watched as its ticker; nothing is guessed', async () => {
  // SHARED is a ticker of its own, DOUBLE a symbol of two.
  const rows = ['SHARED,Shared of Mumbai,NSE,INR,', 'DOUBLE,Double of Mumbai,NSE,INR,'];
  await importInstruments(db, listing(...rows), () => undefined);
  await importInstruments(
    db,
    parseListing(`${head},ticker\nDOUBLE,Double of London,LSE,GBP,,DOUBLE.L`).rows,
    () => undefined,
  );
  const asked = ['m&m', 'M&M.NS', 'SHARED', 'DOUBLE', 'UNHEARD'];
  const { job } = await api.one<{ job: { items: { edges: { node: { ticker: string } }[] } } }>(
    `mutation ($tickers: [String!]) { submitAnalysis(input: { tickers: $tickers, source: DEMO }) {
      ... on SubmitJobPayload { job { items { edges { node { ticker } } } } } } }`,
    { tickers: asked },
  );
  const expected = ['DOUBLE', 'M&M.NS', 'SHARED', 'UNHEARD'];
  expect(job.items.edges.map(({ node }) => node.ticker).sort()).toEqual(expected);
  const { watchlist } = await api.one<{ watchlist: { items: { ticker: string }[] } }>(
    `mutation ($tickers: [String!]!) { createWatchlist(input: { name: "Symbols", tickers: $tickers }) {
      ... on WatchlistPayload { watchlist { items { ticker } } } } }`,
    { tickers: asked },
  );
  expect(watchlist.items.map(({ ticker }) => ticker).sort()).toEqual(expected);
});

test('the command imports a file with progress, and refuses one with faults without storing anything', async () => {
  const folder = await temporaryDirectory();
  try {
    const many = Array.from({ length: 1_200 }, (_, i) => `CLI${i},From the command ${i},NYSE,USD,`);
    const good = join(folder.path, 'good.csv');
    await writeFile(good, [head, ...many].join('\n'));
    const bad = join(folder.path, 'bad.csv');
    await writeFile(bad, [head, 'FINE,Fine,NYSE,USD,', ',,,,', 'B D,x,NYSE,USD,'].join('\n'));
    const env = { DATABASE_URL: database.url };
    const command = (file: string) => run('instruments.mjs', env, { args: ['import', file] });

    const refused = command(bad);
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toMatch(/Nothing was stored.*\n(.|\n)*line 3: (.|\n)*line 4: symbol "B D"/);
    expect(refused.output()).not.toContain('    at ');
    expect(await search('FINE')).toEqual([]);

    const first = command(good);
    expect(await first.exited).toBe(0);
    expect(first.output()).toContain('500 of 1200\n1000 of 1200\n1200 of 1200\n');
    expect(first.output()).toContain('Instruments: 1200 added, 0 changed, 0 as before.');
    const again = command(good);
    expect(await again.exited).toBe(0);
    expect(again.output()).toContain('Instruments: 0 added, 0 changed, 1200 as before.');

    const lost = command(join(folder.path, 'none.csv'));
    expect(await lost.exited).toBe(1);
    expect(lost.output()).toContain('none.csv cannot be read');

    const removal = (...args: string[]) => run('instruments.mjs', env, { args: ['remove', ...args] });
    const removed = removal('cli0', 'CLI1', 'ABSENT');
    expect(await removed.exited).toBe(0);
    expect(removed.output()).toContain('Instruments: 2 removed.\nNot in the list: ABSENT.');
    expect(await removal('NOT A TICKER').exited).toBe(1);
    const { rows } = await db.execute(sql`delete from instruments where symbol like 'CLI%' returning 1`);
    expect(rows).toHaveLength(1_198);
  } finally {
    await folder.remove();
  }
}, 60_000);
