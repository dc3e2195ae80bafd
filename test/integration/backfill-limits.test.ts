import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const manyTickers = Array.from({ length: 1_001 }, (_, i) => `T${i}`);
const twoStrategies = ['BALANCED', 'MEAN_REVERSION'];

test.each([
  ['LIMIT_EXCEEDED', { options: { asOfFrom: '2016-01-01', asOfTo: '2017-02-04' } }],
  [
    'LIMIT_EXCEEDED',
    { strategies: twoStrategies, options: { asOfFrom: '2017-01-01', asOfTo: '2017-07-20' } },
  ],
  ['LIMIT_EXCEEDED', { tickers: manyTickers, options: { asOfFrom: '2017-01-01', asOfTo: '2017-04-10' } }],
  ['INVALID_INPUT', { options: { asOfFrom: '2017-01-01' } }],
  ['INVALID_INPUT', { options: { asOf: '2018-01-05', asOfFrom: '2017-11-20', asOfTo: '2018-01-05' } }],
  ['INVALID_INPUT', { options: { asOfFrom: '2017-01-01', asOfTo: '2999-01-01' } }],
])('a submit that asks for too much or for no span is %s and stores nothing', async (code, input) => {
  expect(await api.submit({ source: 'SAMPLE', tickers: ['AAPL'], ...input })).toMatchObject({ code });
  const { rows } = await database.db.execute(sql`select id from jobs where kind in ('analysis', 'backfill')`);
  expect(rows).toEqual([]);
});
