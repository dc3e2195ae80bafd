import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { suspendWorkspace } from '../../src/access/suspend-workspace.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { ring } from '../../src/events/publish.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let own: string;
beforeAll(async () => {
  database = await createTestDatabase();
  own = await insertKey(database.db, DEFAULT_WORKSPACE_ID);
  api = await startApi(database.url, {}, { access: 'real', key: own });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

/** Sends raw bytes of an HTTP request to the API. */
async function open(): Promise<{ readonly socket: Socket; text: () => string }> {
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let text = '';
  socket.on('data', (part: Buffer) => {
    text += part.toString();
  });
  await once(socket, 'connect');
  return { socket, text: () => text };
}

const create = JSON.stringify({
  query: 'mutation { createWatchlist(input: { name: "Late", tickers: [] }) { __typename } }',
});

const ends = [
  [
    'key was revoked',
    async (key: string) => {
      const keyId = /^tt_live_(\w{8})/.exec(key)?.[1] ?? '';
      await database.db.execute(
        sql`update api_keys set revoked_at = clock_timestamp() where key_id = ${keyId}`,
      );
      return keyId;
    },
  ],
  [
    'workspace was suspended',
    async (_key: string, workspaceId: string) => {
      await suspendWorkspace({ db: database.db, log: silent }, workspaceId);
      return workspaceId;
    },
  ],
] as const;

test.each(ends)('a request whose %s while its body was under way changes nothing', async (_, end) => {
  const workspaceId = await insertWorkspace(database.db);
  const key = await insertKey(database.db, workspaceId);
  const { socket, text } = await open();
  const head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${create.length}\r\n\r\n`;
  socket.write(head + create.slice(0, -1));
  // A request of the same key that came later has been answered: the headers of the first one were read.
  const post = () =>
    fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
  expect((await post()).status).toBe(200);
  const id = await end(key, workspaceId);
  await ring(database.db, [{ about: 'access', id, at: 0 }]);
  await expect.poll(async () => (await post()).status, { timeout: 10_000 }).toBe(401);
  socket.write(create.slice(-1));
  await once(socket, 'close');
  expect(text()).toMatch(/^HTTP\/1\.1 401 /);
  expect(text()).toContain('UNAUTHENTICATED');
  const { rows } = await database.db.execute(
    sql`select from watchlists where workspace_id = ${workspaceId} and name = 'Late'`,
  );
  expect(rows).toEqual([]);
});

test.each(['127.0.0.1:99999', '127.999.1.1:99999999', 'a b', 'x/../y', '[::1'])(
  'the Host header %j is answered with 400 as JSON',
  async (host) => {
    const { socket, text } = await open();
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${own}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${create.length}\r\n\r\n${create}`,
    );
    await once(socket, 'close');
    expect(text()).toMatch(/^HTTP\/1\.1 400 /);
    expect(text()).toContain('"BAD_REQUEST"');
  },
);

test.each(['variables', 'extensions'])('a GET whose %s are no JSON is answered with 400', async (name) => {
  const url = new URL(api.url);
  url.searchParams.set('query', '{ __typename }');
  url.searchParams.set(name, '{');
  const response = await fetch(url, {
    headers: { 'graphql-preflight': '1', authorization: `Bearer ${own}` },
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});
