import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { createHealth } from '../../src/main/health.ts';
import { serveHealth } from '../../src/main/serve-health.ts';
import { createMetrics } from '../../src/metrics.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { TEST_KEY } from '../support/key.ts';
import { silent } from '../support/silent.ts';

const OPERATOR_KEY = 'a-key-of-the-operator';
let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  const settings = { OPERATOR_KEY, BOOTSTRAP_KEY: TEST_KEY };
  api = await startApi(database.url, settings, { access: 'real', key: TEST_KEY });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

async function get(path: string, key: string | null = null, url = api.url) {
  const headers = key === null ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(new URL(path, url), { headers });
  const text = await response.text();
  return { status: response.status, text, challenge: response.headers.get('www-authenticate') };
}

test.each([
  ['no key', null],
  ['a wrong key', 'a-key-of-somebody-else'],
  ['a part of the key', OPERATOR_KEY.slice(0, -1)],
])('with %s there are no metrics and no details of readiness', async (_what, key) => {
  const metrics = await get('/metrics', key);
  expect(metrics).toMatchObject({
    status: 401,
    challenge: 'Bearer',
    text: expect.stringContaining('OPERATOR_KEY'),
  });
  expect(metrics.text).not.toContain('thetool_');
  expect(await get('/readyz', key)).toMatchObject({ status: 200, text: '{"ready":true}' });
  expect(JSON.parse((await get('/livez', key)).text)).toMatchObject({ live: true });
});

test('an API key of a tenant is no key of the operator', async () => {
  const { secret } = await api.one<{ secret: string }>(
    'mutation { createApiKey(input: { name: "t", scopes: [ADMIN, JOBS_WRITE, RESULTS_READ] }) { ... on IssuedApiKey { secret } } }',
  );
  expect((await get('/metrics', secret)).status).toBe(401);
});

test.each([
  ['OPERATOR_KEY', OPERATOR_KEY],
  ['BOOTSTRAP_KEY', TEST_KEY],
])('%s opens metrics and details', async (_name, key) => {
  expect((await get('/metrics', key)).text).toContain('thetool_subscribers');
  expect(JSON.parse((await get('/readyz', key)).text).parts).toMatchObject({ database: 'ok' });
});

test('OPERATOR_PORT serves them without a key, and nothing else', async () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const node = await startApi(database.url, { OPERATOR_PORT: '0' });
  const said = print.mock.calls.flat().join('\n');
  print.mockRestore();
  onTestFinished(() => node.close());
  const bystander = await openBystander({ url: node.url, db: database.db });
  const [, pages = ''] = /Pages of the operator: (http:\S+)\/metrics/.exec(said) ?? [];
  expect((await get('/metrics', null, pages)).text).toContain('thetool_subscribers');
  expect(JSON.parse((await get('/readyz', null, pages)).text).parts).toMatchObject({ database: 'ok' });
  expect((await get('/graphql', null, pages)).status).toBe(404);
  await bystander.leave();
});

test('a port that is taken ends the start with the name of the setting', async () => {
  const health = createHealth({ metrics: createMetrics(), log: silent });
  const first = await serveHealth(health, '127.0.0.1', { setting: 'OPERATOR_PORT', port: 0 });
  onTestFinished(() => first.close());
  await expect(
    serveHealth(health, '127.0.0.1', { setting: 'OPERATOR_PORT', port: first.port }),
  ).rejects.toThrow('OPERATOR_PORT: cannot listen');
});

test('a short OPERATOR_KEY is rejected', () => {
  expect(() => parseConfig({ OPERATOR_KEY: 'short' })).toThrow(
    'OPERATOR_KEY: must be one word of 16 to 200 characters',
  );
});
