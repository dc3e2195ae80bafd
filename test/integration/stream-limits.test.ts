import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ring } from '../../src/events/publish.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_SUBSCRIPTIONS, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { append } from '../support/log.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let id: string;
beforeAll(async () => {
  database = await createTestDatabase();
  id = await submit(database.db, ['A']);
});
afterAll(() => database.close());

const QUERY =
  'subscription($id: ID!, $after: Int) { jobEvents(jobId: $id, after: $after) { events { seq at type ticker phase progress attempt } cursor } }';

function open({ url }: TestApi, accept = 'text/event-stream', signal: AbortSignal | null = null) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query: QUERY, variables: { id: jobGid(id) } }),
    signal,
  });
}

async function subscribers({ url }: TestApi): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url), { headers: authorized })).text();
  return Number(text.match(/^thetool_subscribers (\d+)$/m)?.[1]) - BYSTANDER_SUBSCRIPTIONS;
}

test('streams and websockets of an address are counted together', async () => {
  const api = await startApi(database.url, { SOCKETS_PER_ADDRESS: '2' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const leaving = new AbortController();
  const socket = await openSocket(api.url);
  // Held to the end: fetch cancels the stream of a response that is garbage.
  const stream = await open(api, 'text/event-stream', leaving.signal);
  expect(stream.status).toBe(200);
  for (const accept of ['text/event-stream', 'application/json, text/event-stream']) {
    const refused = await open(api, accept);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toMatch(/^application\/json/);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'LIMIT_EXCEEDED' } }] });
  }
  await expect(openSocket(api.url)).rejects.toThrow('429');
  await eventually(async () => (await subscribers(api)) === 1);
  leaving.abort();
  await expect(stream.text()).rejects.toThrow();
  const again = await eventually(() => openSocket(api.url).catch(() => null));
  expect((await open(api)).status).toBe(429);
  for (const { socket: one } of [socket, again]) one.close();
  await bystander.leave();
  await api.close();
});

test('a key may hold so many streams and no more', async () => {
  const api = await startApi(database.url, { STREAMS_PER_KEY: '2' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const leaving = new AbortController();
  const opened = await Promise.all(
    Array.from({ length: 20 }, () => open(api, 'text/event-stream', leaving.signal)),
  );
  expect(opened.filter(({ status }) => status === 200)).toHaveLength(2);
  const [refused] = opened.filter(({ status }) => status === 429);
  expect(await refused?.text()).toContain('at most 2 streams');
  expect(await subscribers(api)).toBe(2);
  expect(await api.one('{ __typename }')).toBe('Query');
  leaving.abort();
  await eventually(async () => (await open(api)).status === 200);
  await bystander.leave();
  await api.close();
});

test('a workspace may hold so many subscriptions and no more, over websockets and streams together', async () => {
  // The bystander's workspace holds as many.
  const most = BYSTANDER_SUBSCRIPTIONS;
  const api = await startApi(database.url, { SUBSCRIPTIONS_PER_WORKSPACE: String(most) });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const leaving = new AbortController();
  const stream = await open(api, 'text/event-stream', leaving.signal);
  expect(stream.status).toBe(200);
  const client = await openSocket(api.url);
  const { socket } = client;
  const heard: { id: string; type: string; payload: unknown }[] = [];
  socket.on('message', (text) => heard.push(JSON.parse(String(text))));
  const subscribe = (operation: string) =>
    socket.send(
      JSON.stringify({
        id: operation,
        type: 'subscribe',
        payload: { query: QUERY, variables: { id: jobGid(id) } },
      }),
    );
  // The stream is one of them, so the last one of these is too many.
  for (let i = 1; i <= most; i += 1) {
    const operation = String(i);
    subscribe(operation);
    await eventually(async () => heard.some((message) => message.id === operation));
  }
  expect(heard.find((message) => message.id === String(most))).toMatchObject({
    type: 'error',
    payload: [
      {
        message: expect.stringContaining(`at most ${most} subs`),
        extensions: { code: 'LIMIT_EXCEEDED', retryable: true },
      },
    ],
  });
  const refused = await open(api);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
  expect(await refused.text()).toContain(`at most ${most} subscriptions`);
  socket.send(JSON.stringify({ id: '1', type: 'complete' }));
  await eventually(async () => (await subscribers(api)) === most - 1);
  subscribe('again');
  await eventually(async () => heard.some((message) => message.id === 'again' && message.type === 'next'));
  leaving.abort();
  await expect(stream.text()).rejects.toThrow();
  socket.close();
  await bystander.leave();
  await api.close();
});

test('a stream whose client does not read is cut off, and one whose client reads is not', async () => {
  const api = await startApi(database.url, { SOCKET_STALL_MS: '1000' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const leaving = new AbortController();
  const reading = await open(api, 'text/event-stream', leaving.signal);
  const stalled = request(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
  });
  stalled.on('error', () => undefined);
  stalled.on('response', (response) => response.pause().on('error', () => undefined));
  stalled.end(JSON.stringify({ query: QUERY, variables: { id: jobGid(id) } }));
  await eventually(async () => (await subscribers(api)) === 2);
  // More than the kernel keeps for both ends of a connection.
  await append(database.db, id, 100_000);
  const { last_seq: at } = await jobRow(database.db, id);
  await ring(database.db, [{ about: 'job', id, at }]);
  let text = '';
  const decoder = new TextDecoder();
  const reader = reading.body?.getReader();
  while (!text.includes(`"seq":${at},`)) {
    const step = await reader?.read();
    text = text.slice(-1_000) + decoder.decode(step?.value, { stream: true });
  }
  await eventually(async () => (await subscribers(api)) === 1);
  leaving.abort();
  stalled.destroy();
  await bystander.leave();
  await api.close();
}, 60_000);
