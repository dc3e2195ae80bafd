import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { fillSearchKeys } from '../../src/db/fill-search-keys.ts';
import { databaseErrorCode } from '../../src/db/retry.ts';
import { MAX_INSTRUMENTS } from '../../src/instruments/change-instruments.ts';
import { seedInstruments } from '../../src/instruments/find-instrument.ts';
import { listInstrumentsByTicker } from '../../src/instruments/instrument.store.ts';
import { fullAccess } from '../support/access.ts';
import { apiAt, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';

const STRANGER = uuidv7();
let database: TestDatabase;
let api: TestApi;
let stranger: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  await insertWorkspace(database.db, { id: STRANGER, name: 'Stranger' });
  const issue = async (workspaceId: string) => {
    const asked = { workspaceId, name: 'test', expiresAt: null, maker: fullAccess() };
    const scopes = ['admin', 'results:read'] as const;
    return (await createKey({ db: database.db, log: silent }, { ...asked, scopes })).secret;
  };
  api = await startApi(database.url, {}, { access: 'real', key: await issue(DEFAULT_WORKSPACE_ID) });
  stranger = apiAt(api.url, await issue(STRANGER));
});
afterEach(() => database.db.execute(sql`delete from instruments where exchange = 'NYSE'`));
afterAll(async () => {
  await stranger.close();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const IMPORT = `mutation($input: ImportInstrumentsInput!) { importInstruments(input: $input) {
  __typename ... on ImportInstrumentsPayload { added changed unchanged } ... on UserError { code message } } }`;
const instrument = (symbol: string, more: object = {}) => ({
  ...{ symbol, name: `Name of ${symbol}`, exchange: 'NYSE', currency: 'USD' },
  ...more,
});
const send = (instruments: readonly object[], idempotencyKey: string | null = null) =>
  api.one<Record<string, unknown>>(IMPORT, { input: { instruments, idempotencyKey } });
const find = async (search: string, on = api) =>
  (
    await on.one<{ edges: { node: { ticker: string } }[] }>(
      'query($search: String!) { instruments(search: $search) { edges { node { ticker } } } }',
      { search },
    )
  ).edges.map(({ node }) => node.ticker);

test('instruments are added and refreshed for all workspaces, and a repeat under a key is one import', async () => {
  expect(await send([instrument('ONE'), instrument('TWO', { tick: '0.05' })], 'first')).toMatchObject({
    ...{ added: 2, changed: 0, unchanged: 0 },
  });
  const changed = [instrument('ONE'), instrument('TWO', { sector: 'Energy' })];
  expect(await send(changed)).toMatchObject({ added: 0, changed: 1, unchanged: 1 });
  expect(await send([instrument('ONE'), instrument('TWO', { tick: '0.05' })], 'first')).toMatchObject({
    added: 2,
  });
  const found = await stranger.one('{ instrument(ticker: "TWO") { name tick sector timeZone } }');
  expect(found).toEqual({
    name: 'Name of TWO',
    tick: '0.01',
    sector: 'Energy',
    timeZone: 'America/New_York',
  });
});

test('a fault in one stores none of them, and all faults are named', async () => {
  const answer = await send([
    instrument('GOOD'),
    instrument('BAD', { currency: 'usd' }),
    instrument('GOOD'),
    instrument('ZONE', { exchange: 'NOWHERE' }),
  ]);
  expect(answer.code).toBe('INVALID_INPUT');
  expect(answer.message).toMatch(
    /instruments\[1\]: currency .*instruments\[2\]: the ticker GOOD .*instruments\[3\]: time zone/,
  );
  expect(await find('GOOD')).toEqual([]);
  const many = Array.from({ length: 201 }, (_, i) => instrument(`M${i}`));
  expect((await send(many)).code).toBe('LIMIT_EXCEEDED');
  expect((await send([])).code).toBe('INVALID_INPUT');
});

test('a call takes 200 instruments with all of their fields, and lot and fractional are stored', async () => {
  const all = { ticker: null, timeZone: 'Europe/London', tick: '0.05', sector: 'Energy', industry: 'Oil' };
  const given = Array.from({ length: MAX_INSTRUMENTS }, (_, i) =>
    instrument(`A${i}`, { ...all, ticker: `A${i}.L`, lot: i === 0 ? '0.25' : '100', fractional: i === 0 }),
  );
  expect(Object.keys(given[0] ?? {})).toHaveLength(11);
  expect(await send(given, 'all')).toMatchObject({ added: 200, changed: 0, unchanged: 0 });
  const read = async (ticker: string) => {
    const [row] = await listInstrumentsByTicker(database.db, [ticker]);
    return [row?.lot, row?.fractional];
  };
  expect([await read('A0.L'), await read('A199.L')]).toEqual([
    ['0.25', true],
    ['100', false],
  ]);

  const { lot: _lot, fractional: _fractional, ...without } = given[0] as Record<string, unknown>;
  expect(await send([without])).toMatchObject({ changed: 0, unchanged: 1 });
  expect(await send([{ ...without, sector: 'Shipping' }])).toMatchObject({ changed: 1, unchanged: 0 });
  expect(await read('A0.L')).toEqual(['0.25', true]);
  expect(await send([{ ...without, lot: '0.5', fractional: false }])).toMatchObject({ changed: 1 });
  expect(await read('A0.L')).toEqual(['0.5', false]);
  const wrong = await send([instrument('WRONG', { lot: '0', fractional: true })]);
  expect(wrong).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('lot "0"') });
});

test('what a source names that is not a ticker is not added to the list', async () => {
  const named = (ticker: string) => ({
    ...instrument(ticker),
    ...{ ticker, timeZone: 'America/New_York', tick: '0.01', sector: null, industry: null },
  });
  await seedInstruments(database.db, 'CSV', [named('MY PRICES'), named('SEEDED')] as never);
  expect(await listInstrumentsByTicker(database.db, ['MY PRICES', 'SEEDED'])).toMatchObject([
    { ticker: 'SEEDED' },
  ]);
});

test('another workspace does not change the shared list, whatever scopes its key has, and neither does its connection', async () => {
  const { errors } = await stranger.post(IMPORT, { input: { instruments: [instrument('FOREIGN')] } });
  expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query('set role thetool_api');
    const write = `insert into instruments (ticker, symbol, name, exchange, time_zone, currency, tick)
      values ('FOREIGN', 'FOREIGN', 'x', 'NYSE', 'UTC', 'USD', 1)`;
    for (const workspace of [STRANGER, '']) {
      await client.query(`select set_config('app.workspace', $1, false)`, [workspace]);
      for (const statement of [write, `update instruments set name = 'x'`])
        expect(await client.query(statement).then(() => null, databaseErrorCode)).toBe('42501');
    }
    await client.query(`select set_config('app.workspace', $1, false)`, [DEFAULT_WORKSPACE_ID]);
    expect((await client.query(write)).rowCount).toBe(1);
  } finally {
    await client.end();
  }
});

test('searches fold names and what is looked for, and a start folds the names that an earlier version stored or changed', async () => {
  await send([
    instrument('WIDE', { name: 'Ｓｏｎｙ Ｇｒｏｕｐ' }),
    instrument('SHARP', { name: 'Große Straße' }),
  ]);
  for (const text of ['sony', 'SONY', 'ｓｏｎｙ', 'Group']) expect(await find(text)).toEqual(['WIDE']);
  for (const text of ['STRASSE', 'straße', 'grosse']) expect(await find(text)).toEqual(['SHARP']);
  const rows = await api.one<{ edges: { node: { symbol: string } }[] }>(
    '{ ranking(filter: { text: "ＳＯＮＹ" }) { edges { node { symbol } } } }',
  );
  expect(rows.edges.map(({ node }) => node.symbol)).toEqual(['WIDE']);
  expect(await find('ｗｉｄｅ')).toEqual(['WIDE']);

  await database.db.execute(sql`update instruments set name_key = null where ticker = 'SHARP'`);
  await database.db.execute(sql`update instruments set name = 'Renamed' where ticker = 'WIDE'`);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await fillSearchKeys(client);
  await client.end();
  expect(await find('STRASSE')).toEqual(['SHARP']);
  expect(await find('renamed')).toEqual(['WIDE']);
  expect(await find('sony')).toEqual([]);
});
