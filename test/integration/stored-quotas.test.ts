import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { SCOPES } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { fullAccess } from '../support/access.ts';
import { apiAt, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { csvOf } from '../support/price-texts.ts';
import { randomWalk } from '../support/series.ts';
import { silent } from '../support/silent.ts';

const LIMITS = {
  queuedItems: 10,
  keys: 4,
  watchlists: 3,
  watchlistItems: 5,
  webhooks: 2,
  storedResponses: 3,
  ownSeries: 2,
  ownBars: 400,
};
const SETTINGS = Object.fromEntries(
  Object.entries(LIMITS).map(([name, limit]) => [
    `QUOTA_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`,
    String(limit),
  ]),
);
let database: TestDatabase;
let node: TestApi;
/** A client of a workspace of its own, which has one key and the default list. */
let client: TestApi;
let key: string;
let workspaceId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await startApi(database.url, { ...SETTINGS, WEBHOOK_LOOPBACK: 'on' });
});
afterAll(async () => {
  await node.close();
  await database.close();
});
beforeEach(async () => {
  workspaceId = uuidv7();
  await insertWorkspace(database.db, { id: workspaceId, name: workspaceId });
  const request = { workspaceId, name: 'k', scopes: SCOPES, expiresAt: null, maker: fullAccess(workspaceId) };
  key = (await createKey({ db: database.db, log: silent }, request)).secret;
  client = apiAt(node.url, key);
});
keepBystander(() => ({ url: node.url, db: database.db }));

interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly limit?: number;
}
const change = (field: string, type: string, input: object): Promise<Outcome> =>
  client.one(
    `mutation($input: ${type}!) { ${field}(input: $input) { __typename ... on UserError { code ... on LimitExceededError { limit } } } }`,
    { input },
  );
const refusal = (limit: number) => ({ __typename: 'LimitExceededError', code: 'LIMIT_EXCEEDED', limit });

test('viewer shows the limits, to every scope', async () => {
  const { limits } = await client.one<{ limits: object }>(
    `{ viewer { limits { ${Object.keys(LIMITS).join(' ')} } } }`,
  );
  expect(limits).toEqual(LIMITS);
});

const submit = (tickers: number, more: object = {}) =>
  change('submitAnalysis', 'SubmitAnalysisInput', {
    tickers: Array.from({ length: tickers }, (_, i) => `Q${i}`),
    source: 'DEMO',
    force: true,
    ...more,
  });

test('waiting items: queued and scheduled ones together, and what has ended gives its places back', async () => {
  const later = { runAt: new Date(Date.now() + 3_600_000) };
  expect((await submit(6, later)).__typename).toBe('SubmitJobPayload');
  expect(await submit(5)).toEqual(refusal(10));
  expect((await submit(4)).__typename).toBe('SubmitJobPayload');
  expect(await submit(1)).toEqual(refusal(10));
  const again = await submit(4, { force: false });
  expect(again.__typename).toBe('SubmitJobPayload');
  const { rows } = await database.db.execute<{ id: string; total: number }>(
    sql`select id, total from jobs where workspace_id = ${workspaceId} order by total`,
  );
  expect(rows.map(({ total }) => Number(total))).toEqual([4, 6]);
  const id = Buffer.from(`Job:${rows[0]?.id}`).toString('base64');
  await change('cancelJob', 'CancelJobInput', { id });
  await eventually(async () => (await submit(4)).__typename === 'SubmitJobPayload');
});

test('waiting items of many submits at once', async () => {
  const outcomes = await Promise.all(Array.from({ length: 12 }, () => submit(2)));
  expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(5);
  const { rows } = await database.db.execute<{ n: number }>(
    sql`select sum(queued)::int as n from jobs where workspace_id = ${workspaceId}`,
  );
  expect(rows[0]?.n).toBe(10);
});

test('keys, also at once, and rotation cannot store without end', async () => {
  const make = () => change('createApiKey', 'CreateApiKeyInput', { name: 'q', scopes: ['ADMIN'] });
  const outcomes = await Promise.all([make(), make(), make(), make(), make()]);
  expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(3);
  expect(outcomes.find(({ code }) => code !== undefined)).toEqual(refusal(4));
  const { rows } = await database.db.execute<{ key: string }>(
    sql`select key_id as key from api_keys where workspace_id = ${workspaceId} and name = 'q' limit 1`,
  );
  const keyId = rows[0]?.key ?? '';
  await change('revokeApiKey', 'RevokeApiKeyInput', { keyId });
  expect(await make()).toEqual(refusal(4));
  const { message } = await client.one<{ message: string }>(
    'mutation { createApiKey(input: { name: "q", scopes: [ADMIN] }) { ... on UserError { message } } }',
  );
  expect(message).toMatch(/counts until \d{4}-\d\d-\d\d \(UTC\), or ask the operator to raise QUOTA_KEYS/);
  await database.db.execute(sql`update api_keys set revoked_at = revoked_at - interval '31 days',
    created_at = created_at - interval '31 days' where key_id = ${keyId}`);
  expect((await make()).__typename).toBe('IssuedApiKey');
});

test('watchlists and their tickers', async () => {
  const list = (name: string, tickers: number) =>
    change('createWatchlist', 'CreateWatchlistInput', {
      name,
      tickers: Array.from({ length: tickers }, (_, i) => `W${i}`),
    });
  expect(await list('Large', 6)).toEqual(refusal(5));
  expect((await list('One', 5)).__typename).toBe('WatchlistPayload');
  expect((await list('Two', 0)).__typename).toBe('WatchlistPayload');
  expect(await list('Three', 0)).toEqual(refusal(3));
});

test('imported series and their bars', async () => {
  const { origin } = new URL(node.url);
  const put = async (ticker: string, bars: number) => {
    const body = csvOf(randomWalk(1, bars));
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(`${origin}/import/candles/${ticker}`, { method: 'PUT', headers, body });
    return [response.status, ((await response.json()) as { error?: { code: string } }).error?.code];
  };
  expect(await put('ONE', 100)).toEqual([201, undefined]);
  expect(await put('TWO', 301)).toEqual([422, 'LIMIT_EXCEEDED']);
  expect(await put('TWO', 300)).toEqual([201, undefined]);
  expect(await put('THREE', 100)).toEqual([422, 'LIMIT_EXCEEDED']);
});

test('webhooks', async () => {
  const make = () =>
    change('createWebhook', 'CreateWebhookInput', { url: 'http://127.0.0.1:9/', event: 'JOB_FINISHED' });
  const outcomes = await Promise.all([make(), make(), make()]);
  expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(2);
  expect(outcomes.find(({ code }) => code !== undefined)).toEqual(refusal(2));
});

test('stored responses of changes and submits together; a repeat needs no place', async () => {
  const name = (n: number) => ({ name: `R${n}`, scopes: ['ADMIN'], idempotencyKey: `r${n}` });
  expect((await change('createApiKey', 'CreateApiKeyInput', name(1))).__typename).toBe('IssuedApiKey');
  const submitted = { idempotencyKey: 'job' };
  expect((await submit(1, submitted)).__typename).toBe('SubmitJobPayload');
  expect((await change('createApiKey', 'CreateApiKeyInput', name(2))).__typename).toBe('IssuedApiKey');
  expect(await submit(1, { idempotencyKey: 'other' })).toEqual(refusal(3));
  const { errors } = await client.post(
    'mutation { pauseQueue(input: { idempotencyKey: "p" }) { __typename } }',
  );
  expect(errors?.[0]?.extensions?.code ?? 'none').toBe('LIMIT_EXCEEDED');
  expect((await change('createApiKey', 'CreateApiKeyInput', name(1))).__typename).toBe('SecretToldError');
  expect((await submit(1, submitted)).__typename).toBe('SubmitJobPayload');
  expect((await submit(1)).__typename).toBe('SubmitJobPayload');
});
