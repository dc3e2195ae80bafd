import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';

const BODY_BYTES = 999_000;
/** Bodies of 999 KB, and bodies of more than 64 KiB without a length, that a node reads at a time for a workspace: 16 MB. */
const ROOM = 16;

let database: TestDatabase;
/** It waits for its clients for longer than a test takes. */
let api: TestApi;
let own: string;
/** A key of another workspace. */
let neighbour: string;
const clients: Upload[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  own = await insertKey(db, DEFAULT_WORKSPACE_ID);
  api = await startApi(database.url, { RESPONSE_STALL_MS: '60000' }, { access: 'real', key: own });
  neighbour = await insertKey(db, await insertWorkspace(db));
});
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});
afterAll(async () => {
  await api.close();
  await database.close();
});
const bystander = keepBystander(() => ({ url: api.url, db: database.db }));

const QUERY = '{ viewer { workspaceId } }';
/** JSON may have white space after its end. */
const bodyOf = (bytes: number) => JSON.stringify({ query: QUERY }).padEnd(bytes);

type Framing = 'LENGTH' | 'CHUNKED';

interface Upload {
  readonly socket: Socket;
  readonly framing: Framing;
  /** What the server has sent. */
  text: string;
}

/** Sends all of a body but its last byte. */
async function upload({ url }: TestApi, bytes: number, framing: Framing): Promise<Upload> {
  const { host, port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  const client: Upload = { socket, framing, text: '' };
  clients.push(client);
  socket.on('data', (part: Buffer) => {
    client.text += part.toString();
  });
  await once(socket, 'connect');
  const length = framing === 'LENGTH' ? `Content-Length: ${bytes}` : 'Transfer-Encoding: chunked';
  const head = `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${own}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
  const size = framing === 'LENGTH' ? '' : `${bytes.toString(16)}\r\n`;
  socket.write(head + size + bodyOf(bytes).slice(0, -1));
  return client;
}

const post = (bytes: number, key = own) =>
  fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: bodyOf(bytes),
  });

test('bodies that do not end hold no more than their workspace may, and disturb no other request', async () => {
  await Promise.all(
    Array.from({ length: ROOM + 8 }, (_, i) =>
      i % 2 === 0 ? upload(api, BODY_BYTES, 'LENGTH') : upload(api, 100_000, 'CHUNKED'),
    ),
  );
  await eventually(async () => clients.filter(({ text }) => text.endsWith('}')).length === 8);
  for (const { text } of clients.filter((client) => client.text !== '')) {
    expect(text).toMatch(/^HTTP\/1\.1 429 /);
    expect(text).toMatch(/^retry-after: 5\r$/im);
    expect(text).toContain('"code":"LIMIT_EXCEEDED","retryable":true');
  }
  expect((await post(BODY_BYTES)).status).toBe(429);
  expect((await post(65_536)).status).toBe(200);
  expect((await post(BODY_BYTES, neighbour)).status).toBe(200);
  await bystander.now().check();
  // A body that ends is served, and its bytes are free.
  const ending = clients.find(({ framing, text }) => framing === 'LENGTH' && text === '');
  ending?.socket.write(' ');
  await eventually(async () => ending?.text.startsWith('HTTP/1.1 200 '));
  await eventually(async () => (await post(BODY_BYTES)).status === 200);
  for (const { socket } of clients) socket.destroy();
  await eventually(async () => {
    const statuses = await Promise.all(Array.from({ length: ROOM }, () => post(BODY_BYTES)));
    return statuses.every(({ status }) => status === 200);
  });
});

test('bodies of the size that always has room are read beside bodies that do not end', async () => {
  await Promise.all(Array.from({ length: ROOM }, () => upload(api, BODY_BYTES, 'LENGTH')));
  await eventually(async () => (await post(BODY_BYTES)).status === 429);
  const small = await Promise.all(
    (['LENGTH', 'CHUNKED'] as const).map((framing) => upload(api, 65_536, framing)),
  );
  for (const [i, { socket }] of small.entries()) socket.write(i === 0 ? ' ' : ' \r\n0\r\n\r\n');
  await eventually(async () => small.every(({ text }) => text.startsWith('HTTP/1.1 200 ')));
});

test.each([BODY_BYTES, 1_000])(
  'a client that does not send the rest of a body of %s bytes is cut off',
  async (bytes) => {
    const impatient = await startApi(
      database.url,
      { RESPONSE_STALL_MS: '500' },
      { access: 'real', key: own },
    );
    onTestFinished(() => impatient.close());
    const beside = await openBystander({ url: impatient.url, db: database.db });
    await Promise.all([upload(impatient, bytes, 'LENGTH'), upload(impatient, bytes, 'CHUNKED')]);
    await Promise.all(clients.map(({ socket }) => socket.closed || once(socket, 'close')));
    await beside.leave();
  },
);
