import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/main/schema.ts';
import { collectPool } from '../conformance/collect-pool.ts';
import { fuzz } from '../conformance/fuzz.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWorker, type TestWorker } from '../support/engine.ts';
import { populate } from '../support/populate.ts';

let database: TestDatabase;
let api: TestApi;
let workers: TestWorker[];

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
  await populate(api, database.db);
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

// `npm run conformance -- fuzz` sends 20,000 to a process of its own.
test('200 valid and 200 broken operations end in data or in errors with a code, and show no internals', async () => {
  const pool = await collectPool(api, schema, database.db);
  const { sent, findings, outcomes } = await fuzz({
    url: api.url,
    schema,
    pool,
    seed: 20_261_125,
    valid: 200,
    broken: 200,
  });
  expect(findings).toEqual([]);
  expect(sent).toBe(400);
  expect(outcomes.data).toBeGreaterThan(60);
});

test('a text with U+0000 is refused wherever PostgreSQL would meet it', async () => {
  for (const query of [
    'mutation($text: String!) { createWatchlist(input: { name: $text }) { __typename } }',
    'query($text: String!) { instruments(search: $text) { totalCount } }',
    'query($text: String!) { analyses(filter: { ticker: $text }) { totalCount } }',
    'query($text: String!) { ranking(filter: { text: $text }) { totalCount } }',
    'query($text: String!) { ranking(filter: { sectors: [$text] }) { totalCount } }',
  ]) {
    const answer = await api.post(query, { text: 'a\u0000b' });
    const codes = answer.errors?.map(({ extensions }) => extensions?.code) ?? ['none'];
    expect({ query, codes }).toEqual({
      query,
      codes: [expect.stringMatching(/^(none|BAD_USER_INPUT|INVALID_INPUT|INVALID_TICKER)$/)],
    });
  }
});

test('variables of another type are told apart by name and place, with a code', async () => {
  const query = 'query($filter: RankingFilter) { ranking(filter: $filter) { totalCount } }';
  expect((await api.post(query, { filter: { minScore: 'x' } })).errors).toMatchObject([
    {
      message:
        'Variable "$filter" got invalid value "x" at "filter.minScore"; Float cannot represent non numeric value: "x"',
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ]);
});
