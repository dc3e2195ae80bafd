import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/processes.ts';

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  await keys('create', '--name', 'first');
  api = await startApi(database.url, {}, { access: 'real' });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

/** What `npm run keys -- …` says and ends with. */
async function keys(...args: string[]): Promise<{ code: number | string; text: string }> {
  const command = run('keys.mjs', { DATABASE_URL: database.url, LOG_LEVEL: 'fatal' }, { args });
  return { code: await command.exited, text: command.output() };
}

const secretIn = (text: string) => /tt_live_\w+/.exec(text)?.[0] ?? '';

async function statusOf(secret: string): Promise<number> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: JSON.stringify({ query: '{ viewer { subject } }' }),
  });
  return response.status;
}

test('scopes are taken in both spellings, and an unknown option is named', async () => {
  const made = await keys('create', '--name', 'spelled', '--scopes', 'RESULTS_READ,jobs:read');
  expect(await statusOf(secretIn(made.text))).toBe(200);
  const wrong = await keys('create', '--nam', 'Y');
  expect([wrong.code, wrong.text]).toEqual([1, expect.stringContaining("'--nam'")]);
});

test('a key is made, works, is replaced by another, and is revoked', async () => {
  const made = await keys('create', '--name', 'partner', '--scopes', 'jobs:read,results:read');
  const secret = secretIn(made.text);
  expect(await statusOf(secret)).toBe(200);
  const keyId = secret.slice('tt_live_'.length, 'tt_live_'.length + 8);
  const successor = secretIn((await keys('rotate', keyId)).text);
  expect([await statusOf(secret), await statusOf(successor)]).toEqual([200, 200]);
  expect(await keys('revoke', keyId)).toMatchObject({ code: 0 });
  await eventually(async () => (await statusOf(secret)) === 401);
  expect(await statusOf(successor)).toBe(200);
  const { text } = await keys('list');
  expect(text).toMatch(new RegExp(`${keyId}  jobs:read,results:read  revoked .*  partner`));
  expect(text).not.toContain(secret);
  const { rows } = await database.db.execute(
    sql`select action, target_ids from audit_entries where subject = 'command line' order by id`,
  );
  const next = successor.slice('tt_live_'.length, 'tt_live_'.length + 8);
  expect(rows.slice(-3)).toEqual([
    { action: 'keys.create', target_ids: [keyId] },
    { action: 'keys.rotate', target_ids: [keyId, next] },
    { action: 'keys.revoke', target_ids: [keyId] },
  ]);
});

test('a workspace is made by name, and its keys are its own', async () => {
  await keys('create-workspace', 'Partner');
  expect((await keys('create', '--name', 'theirs', '--workspace', 'Partner')).code).toBe(0);
  expect((await keys('list', '--workspace', 'Partner')).text).toContain('1 keys of Partner.');
  expect((await keys('list')).text).not.toContain('theirs');
});

test('a name cannot forge a row of the list', async () => {
  await database.db.execute(sql`insert into api_keys (id, workspace_id, key_id, name, hash, scopes, created_by)
    values (gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, 'forger01', ${'x\nforged01  admin  expires never\u001b[8m'}, decode(repeat('00', 32), 'hex'), '{admin}', 'test')`);
  const { text } = await keys('list');
  expect(text.split('\n').filter((line) => line.startsWith('forge'))).toHaveLength(1);
  expect(text).toContain('x\\u000aforged01  admin  expires never\\u001b[8m');
  expect(text).not.toContain('\u001b');
});

test('generate prints a key that is in no table', async () => {
  const { text, code } = await keys('generate');
  expect(code).toBe(0);
  const keyId = secretIn(text).slice('tt_live_'.length, 'tt_live_'.length + 8);
  const { rows } = await database.db.execute(sql`select from api_keys where key_id = ${keyId}`);
  expect(rows).toEqual([]);
  const started = await startApi(database.url, { BOOTSTRAP_KEY: secretIn(text) }, { access: 'real' });
  await started.close();
});

test.each([
  [[], 'Usage: npm run keys'],
  [['dance'], 'Usage: npm run keys'],
  [['revoke'], 'Usage: npm run keys'],
  [['generate', 'x'], 'Usage: npm run keys'],
  [['create', '--name', 'x', '--scopes', 'all'], '--scopes takes'],
  [['list', '--workspace', 'nobody'], 'There is no workspace nobody.'],
  [['revoke', 'notthere'], 'There is no key with this id.'],
])('%j is refused with what to do', async (args, said) => {
  const { code, text } = await keys(...args);
  expect(text).toContain(said);
  expect(code).toBe(1);
});
