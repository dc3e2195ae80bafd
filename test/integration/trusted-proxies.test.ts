import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { fullAccess } from '../support/access.ts';
import { startApi } from '../support/api.ts';
import { openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let key: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const asked = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'test', scopes: SCOPES, expiresAt: null };
  key = (await createKey({ db: database.db, log: silent }, { ...asked, maker: fullAccess() })).secret;
});
afterAll(() => database.close());

const from = (address: string) => ({ 'x-forwarded-for': address });
const start = (settings: Record<string, string>) => startApi(database.url, settings, { access: 'real', key });

function ask(url: string, token: string, address: string, query = '{ __typename }'): Promise<Response> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...from(address) };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
}

test('behind a trusted proxy wrong credentials and sockets are counted per client', async () => {
  const api = await start({ TRUSTED_PROXIES: '127.0.0.0/8, ::1', SOCKETS_PER_ADDRESS: '1' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  for (let i = 0; i < 20; i += 1) expect((await ask(api.url, 'wrong', '203.0.113.1')).status).toBe(401);
  expect((await ask(api.url, 'wrong', '203.0.113.1')).status).toBe(429);
  expect((await ask(api.url, 'wrong', '203.0.113.2')).status).toBe(401);
  expect((await ask(api.url, 'wrong', '203.0.113.2, 203.0.113.1')).status).toBe(429);
  const open = (address: string) => openSocket(api.url, { init: false, headers: from(address) });
  const sockets = [await open('203.0.113.1'), await open('203.0.113.2')];
  await expect(open('203.0.113.1')).rejects.toThrow('429');
  for (const { socket } of sockets) socket.terminate();
  await bystander.leave();
  await api.close();
});

test('the addresses of an IPv6 network are counted together', async () => {
  const api = await start({ TRUSTED_PROXIES: '127.0.0.0/8, ::1', SOCKETS_PER_ADDRESS: '1' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  for (let i = 0; i < 20; i += 1)
    expect((await ask(api.url, 'wrong', `2001:db8:5:5::${i.toString(16)}`)).status).toBe(401);
  expect((await ask(api.url, 'wrong', '2001:db8:5:5:1::1')).status).toBe(429);
  expect((await ask(api.url, 'wrong', '2001:db8:5:6::1')).status).toBe(401);
  const first = await openSocket(api.url, { init: false, headers: from('2001:db8:5:5::1') });
  await expect(openSocket(api.url, { init: false, headers: from('2001:db8:5:5::2') })).rejects.toThrow('429');
  const stream = await fetch(`${api.url}?query=subscription{__typename}`, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${key}`, ...from('2001:db8:5:5::3') },
  });
  expect(stream.status).toBe(429);
  first.socket.terminate();
  await bystander.leave();
  await api.close();
});

test('behind a trusted proxy the audit log has the address of the client', async () => {
  const api = await start({ TRUSTED_PROXIES: '127.0.0.1' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const pause = 'mutation { pauseQueue(input: {}) { __typename } }';
  expect((await ask(api.url, key, '2001:db8:5:5::7', pause)).status).toBe(200);
  const exported = await fetch(new URL('/export/analyses.jsonl', api.url), {
    headers: { authorization: `Bearer ${key}`, ...from('203.0.113.8') },
  });
  expect(exported.status).toBe(200);
  await exported.text();
  const { rows } = await database.db.execute(
    sql`select action, address from audit_entries where action in ('pauseQueue', 'export.analyses') order by action`,
  );
  expect(rows).toEqual([
    { action: 'export.analyses', address: '203.0.113.8' },
    { action: 'pauseQueue', address: '2001:db8:5:5::7' },
  ]);
  await bystander.leave();
  await api.close();
});

test('without TRUSTED_PROXIES the header changes nothing', async () => {
  const api = await start({ SOCKETS_PER_ADDRESS: '1' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const first = await openSocket(api.url, { init: false, headers: from('203.0.113.1') });
  await expect(openSocket(api.url, { init: false, headers: from('203.0.113.2') })).rejects.toThrow('429');
  first.socket.terminate();
  await bystander.leave();
  await api.close();
});
