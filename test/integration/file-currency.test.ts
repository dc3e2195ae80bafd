import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import type { Imported } from '../../src/market/import-bars.ts';
import { fullAccess } from '../support/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { csvOf } from '../support/price-texts.ts';
import { randomWalk } from '../support/series.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let key: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const asked = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'test', expiresAt: null, maker: fullAccess() };
  key = (await createKey({ db: database.db, log: silent }, { ...asked, scopes: ['candles:write'] })).secret;
  api = await startApi(database.url, {}, { access: 'real', key });
});
afterAll(async () => {
  await api.close();
  await database.close();
});

type Body = Partial<Imported> & { readonly error?: { readonly code: string; readonly message: string } };

/** Codes of warnings about the currency. */
const warned = ({ report }: Body) =>
  report?.warnings.map(({ code }) => code).filter((code) => code.startsWith('CURRENCY'));

/** Sends bars with a line above the header that says their currency. */
async function put(path: string, currency: string | null): Promise<Body> {
  const file = `${currency === null ? '' : `Currency,${currency}\n`}${csvOf(randomWalk(11, 100))}`;
  const headers = { authorization: `Bearer ${key}` };
  const address = `${new URL(api.url).origin}/import/candles/${path}`;
  return (await fetch(address, { method: 'PUT', headers, body: file })).json() as Promise<Body>;
}

test('a series has the currency that its file says', async () => {
  const body = await put('VOD.L', 'GBp');
  expect([body.series?.currency, body.report?.currency, warned(body)]).toEqual(['GBp', 'GBp', []]);
});

test('the currency of the request counts before that of the file, with a warning where they differ', async () => {
  const differs = await put('OTHER.L?currency=GBP', 'GBp');
  expect([differs.series?.currency, warned(differs)]).toEqual(['GBP', ['CURRENCY_DIFFERS']]);
  const equal = await put('EQUAL.L?currency=GBX', 'GBp');
  expect([equal.series?.currency, warned(equal)]).toEqual(['GBX', []]);
});

test('bars whose file says another currency are not appended, unless the request names the stored one', async () => {
  await put('JOIN.L', 'GBp');
  const other = await put('JOIN.L?mode=append', 'GBP');
  expect(other.error?.code).toBe('CURRENCY_DIFFERS');
  expect((await put('JOIN.L?mode=append', null)).series?.currency).toBe('GBp');
  const named = await put('JOIN.L?mode=append&currency=GBp', 'GBP');
  expect([named.series?.currency, warned(named)]).toEqual(['GBp', ['CURRENCY_DIFFERS']]);
});
