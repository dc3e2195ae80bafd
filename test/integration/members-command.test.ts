import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, makeKeyOf, startIssuer } from '../support/issuer.ts';
import { run } from '../support/processes.ts';

let database: TestDatabase;
let issuer: Issuer;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  issuer = await startIssuer(await makeKeyOf('one'));
  await members('add', 'first');
  api = await startApi(database.url, issuer.settings, { access: 'real' });
});
afterAll(async () => {
  await api.close();
  await issuer.close();
  await database.close();
});

/** What `npm run members -- …` says and ends with. */
async function members(...args: string[]): Promise<{ code: number | string; text: string }> {
  const { JWT_ISSUER, JWT_AUDIENCE, JWKS_URL } = issuer.settings;
  const settings = { JWT_ISSUER, JWT_AUDIENCE, JWKS_URL, DATABASE_URL: database.url, LOG_LEVEL: 'fatal' };
  const command = run('members.mjs', settings, { args });
  return { code: await command.exited, text: command.output() };
}

test('the keys of a member that is removed are named, and revoked on request', async () => {
  await members('add', 'berta');
  const query =
    'mutation { createApiKey(input: { name: "of Berta", scopes: [ADMIN] }) { ... on IssuedApiKey { apiKey { keyId } } } }';
  const response = await fetch(api.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await issuer.token({ sub: 'berta' })}`,
    },
    body: JSON.stringify({ query }),
  });
  const { keyId } = (await response.json()).data.createApiKey.apiKey;
  const line = new RegExp(`^${keyId} {2}admin {2}.* {2}of member berta {2}of Berta$`, 'm');
  const kept = await members('remove', 'berta');
  expect(kept.text).toMatch(line);
  expect(kept.text).toContain('--revoke-keys');
  const revoked = async () =>
    (
      await database.db.execute(
        sql`select revoked_at is not null as revoked from api_keys where key_id = ${keyId}`,
      )
    ).rows;
  expect(await revoked()).toEqual([{ revoked: false }]);
  await members('add', 'berta');
  const { text } = await members('remove', 'berta', '--revoke-keys');
  expect(text).toMatch(line);
  expect(text).toContain('are revoked');
  expect(await revoked()).toEqual([{ revoked: true }]);
  const { rows } = await database.db.execute(
    sql`select action from audit_entries where target_type = 'ApiKey' and target_ids = array[${keyId}] order by id`,
  );
  expect(rows).toEqual([{ action: 'createApiKey' }, { action: 'members.remove' }]);
});

/** Does a mutation with a token of this member or a key, and returns its result. */
async function change<Result>(query: string, variables: object, credential: string): Promise<Result> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: JSON.stringify({ query, variables }),
  });
  return Object.values((await response.json()).data)[0] as Result;
}

const CREATE_WEBHOOK = `mutation($url: String!) { createWebhook(input: { url: $url, event: JOB_FINISHED }) {
  ... on WebhookSecretPayload { webhook { id } } } }`;
const MOVE_WEBHOOK =
  'mutation($id: ID!, $url: String!) { updateWebhook(input: { id: $id, url: $url }) { __typename } }';
const CREATE_KEY = `mutation { createApiKey(input: { name: "k", scopes: [ADMIN, JOBS_READ] }) {
  ... on IssuedApiKey { secret } } }`;

test('the webhooks to addresses of a member that is removed are named, and disabled on request', async () => {
  await members('add', 'carl');
  const [first, carl] = [await issuer.token({ sub: 'first' }), await issuer.token({ sub: 'carl' })];
  const { secret } = await change<{ secret: string }>(CREATE_KEY, {}, carl);
  const create = async (name: string, credential: string) => {
    const url = `https://example.com/${name}`;
    return (await change<{ webhook: { id: string } }>(CREATE_WEBHOOK, { url }, credential)).webhook.id;
  };
  await create('by-token', carl);
  await create('by-key', secret);
  const moved = await create('before', first);
  await change(MOVE_WEBHOOK, { id: moved, url: 'https://example.com/moved' }, carl);
  const taken = await create('another', carl);
  await change(MOVE_WEBHOOK, { id: taken, url: 'https://example.com/of-first' }, first);
  const states = async () => {
    const { rows } = await database.db.execute<{ url: string; state: string }>(
      sql`select substr(url, 21) as url, state from webhooks order by id`,
    );
    return Object.fromEntries(rows.map(({ url, state }) => [url, state]));
  };
  const named = /^\S+ {2}JOB_FINISHED {2}https:\/\/example\.com\/(\S+)$/gm;
  const namesIn = (text: string) => [...text.matchAll(named)].map(([, name]) => name).sort();
  const kept = await members('remove', 'carl');
  expect(namesIn(kept.text)).toEqual(['by-key', 'by-token', 'moved']);
  expect(kept.text).toContain('--disable-webhooks');
  expect(new Set(Object.values(await states()))).toEqual(new Set(['ACTIVE']));
  await members('add', 'carl');
  const { text } = await members('remove', 'carl', '--disable-webhooks');
  expect(namesIn(text)).toEqual(['by-key', 'by-token', 'moved']);
  expect(await states()).toEqual({
    ...{ 'by-token': 'DISABLED', 'by-key': 'DISABLED', moved: 'DISABLED' },
    'of-first': 'ACTIVE',
  });
  const { rows } = await database.db.execute(sql`select cardinality(target_ids) as webhooks
    from audit_entries where target_type = 'Webhook' and action = 'members.remove'`);
  expect(rows).toEqual([{ webhooks: 3 }]);
});

test.each([
  ['created', 'by a token', true],
  ['created', 'by a key', true],
  ['moved', 'by a token', false],
])('a webhook that is %s %s while its member is removed sends nothing', async (_what, by, isNew) => {
  const name = `dora-${isNew}-${by.slice(-3)}`;
  await members('add', name);
  const token = await issuer.token({ sub: name });
  const { secret } = await change<{ secret: string }>(CREATE_KEY, {}, token);
  const first = await issuer.token({ sub: 'first' });
  const url = `https://example.com/${name}`;
  const moved = await change<{ webhook: { id: string } }>(CREATE_WEBHOOK, { url: `${url}-old` }, first);
  const asked = isNew
    ? ([CREATE_WEBHOOK, { url }] as const)
    : ([MOVE_WEBHOOK, { id: moved.webhook.id, url }] as const);
  const credential = by === 'by a key' ? secret : token;
  let response: Promise<Response> | null = null;
  await database.db.transaction(async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended('access ' || workspace_id, 0)) from workspace_members where subject = ${name}`,
    );
    response = fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
      body: JSON.stringify({ query: asked[0], variables: asked[1] }),
    });
    // The mutation was admitted and waits for the lock of the keys and members.
    await eventually(async () => {
      const { rows } = await database.db.execute(
        sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%lockAccess%'`,
      );
      return rows.length === 1;
    });
    await tx.execute(sql`delete from workspace_members where subject = ${name}`);
  });
  const { errors } = await (await (response as unknown as Promise<Response>)).json();
  expect(errors[0].extensions.code).toBe('FORBIDDEN');
  const { rows } = await database.db.execute(
    sql`delete from webhooks where url like ${`${url}%`} returning url`,
  );
  expect(rows.map((row) => row.url)).not.toContain(url);
});

async function scopesOf(sub: string): Promise<readonly string[] | number> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await issuer.token({ sub })}` },
    body: JSON.stringify({ query: '{ viewer { scopes } }' }),
  });
  return response.status === 200 ? (await response.json()).data.viewer.scopes : response.status;
}

test('a member is added, gets other rights, is listed and removed', async () => {
  expect(await scopesOf('anna')).toBe(401);
  expect((await members('add', 'anna', '--scopes', 'jobs:read,results:read')).code).toBe(0);
  await eventually(async () => String(await scopesOf('anna')) === 'JOBS_READ,RESULTS_READ');
  expect((await members('add', 'anna', '--scopes', 'results:read')).code).toBe(0);
  await eventually(async () => String(await scopesOf('anna')) === 'RESULTS_READ');
  const { text } = await members('list');
  expect(text).toMatch(/^anna {2}results:read {2}https:\/\/issuer\.example\/ {2}since 2\d{3}-/m);
  expect(text).toContain('2 members of');
  expect((await members('list', '--issuer', 'another')).text).toContain('0 members of');
  expect((await members('remove', 'anna')).code).toBe(0);
  await eventually(async () => (await scopesOf('anna')) === 401);
  const { rows } = await database.db.execute(sql`select action from audit_entries
    where subject = 'command line' and target_type = 'Member' and target_ids = array['anna'] order by id`);
  expect(rows.map(({ action }) => action)).toEqual(['members.add', 'members.add', 'members.remove']);
});

test.each([
  [['add'], 'Usage: npm run members'],
  [['list', 'anna'], 'Usage: npm run members'],
  [['add', 'x'.repeat(256)], 'A subject has 1 to 255 characters'],
  [['remove', 'nobody'], 'There is no member with this subject.'],
  [['add', 'anna', '--revoke-keys'], 'Usage: npm run members'],
  [['add', 'anna', '--disable-webhooks'], 'Usage: npm run members'],
])('%j is refused with what to do', async (args, said) => {
  const { code, text } = await members(...args);
  expect(text).toContain(said);
  expect(code).toBe(1);
});
