import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { startProxy } from '../chaos/proxy.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_SUBSCRIPTIONS, keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';
import { openSocket, type RawSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;
let job: string;

const progress = 'subscription($id: ID!) { jobProgress(id: $id) { state } }';

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { SOCKETS_PER_ADDRESS: '60' });
  job = jobGid(await submit(database.db, ['A']));
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const subscribe = (socket: RawSocket, id: string, query = progress, variables: object = { id: job }) =>
  socket.send({ id, type: 'subscribe', payload: { query, variables } });

describe('graphql-transport-ws closes', () => {
  test.each([
    ['text that is no JSON', 'hello', 4400],
    ['JSON that is no message', '[]', 4400],
    ['a message without a type', { id: '1' }, 4400],
    ['an unknown type', { type: 'start', id: '1', payload: { query: '{ __typename }' } }, 4400],
    ['a subscribe without an id', { type: 'subscribe', payload: { query: '{ __typename }' } }, 4400],
    ['a subscribe without a query', { type: 'subscribe', id: '1', payload: {} }, 4400],
    ['a type that only a server sends', { type: 'next', id: '1', payload: {} }, 4400],
    ['a binary frame', Buffer.from('{"type":"ping"}'), 4400],
    ['a second connection_init', { type: 'connection_init' }, 4429],
    ['a message of more than 64 KiB', `{"type":"ping","payload":{"x":"${'x'.repeat(65_536)}"}}`, 1009],
  ])('%s', async (_name, message, code) => {
    const socket = await openSocket(api.url);
    if (Buffer.isBuffer(message)) socket.socket.send(message);
    else socket.send(message);
    expect(await socket.closed).toBe(code);
  });

  test('a message in more than 64 frames, however small they are', async () => {
    const socket = await openSocket(api.url);
    for (let i = 0; i < 65; i += 1) socket.socket.send(' ', { fin: false });
    expect(await socket.closed).toBe(1008);
  });

  test('a frame that arrives in more than 256 reads', async () => {
    const socket = await openSocket(api.url, { init: false });
    const wire = (socket.socket as unknown as { readonly _socket: Socket })._socket;
    // A masked text frame of 1,000 bytes, of which the server reads one after the other.
    wire.write(Buffer.from([0x81, 0xfe, 0x03, 0xe8, 0, 0, 0, 0]));
    const sending = (async () => {
      while (socket.socket.readyState === WebSocket.OPEN) {
        await new Promise((resolve) => wire.write(' ', resolve));
        await new Promise(setImmediate);
      }
    })();
    expect(await socket.closed).toBe(1008);
    await sending;
  });

  test('a subscribe before connection_init', async () => {
    const socket = await openSocket(api.url, { init: false });
    subscribe(socket, '1');
    expect(await socket.closed).toBe(4401);
  });

  test('a socket that says nothing for 3 s', async () => {
    const socket = await openSocket(api.url, { init: false });
    expect(await socket.closed).toBe(4408);
  });

  test.each([
    ['no subprotocol', null],
    ['the subprotocol of the predecessor', 'graphql-ws'],
  ])('%s', async (_name, protocol) => {
    const opened = openSocket(api.url, { protocol, init: false });
    // The library on this side refuses an answer without the subprotocol it asked for.
    if (protocol !== null) await expect(opened).rejects.toThrow();
    else expect(await (await opened).closed).toBe(4406);
  });

  test('an operation id that is in use', async () => {
    const socket = await openSocket(api.url);
    subscribe(socket, 'same');
    expect(await socket.next()).toMatchObject({ id: 'same', type: 'next' });
    subscribe(socket, 'same');
    expect(await socket.closed).toBe(4409);
  });

  test('more messages within 10 s than two per operation, with a code after which clients connect again', async () => {
    const socket = await openSocket(api.url);
    for (let i = 0; i < 200; i += 1) socket.send({ type: 'ping' });
    for (let i = 0; i < 200; i += 1) expect(await socket.next()).toEqual({ type: 'pong' });
    subscribe(socket, 'over');
    expect(await socket.next()).toMatchObject({
      id: 'over',
      type: 'error',
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED', retryable: true } }],
    });
    expect(await socket.closed).toBe(1013);
  });
});

describe('one socket', () => {
  test('keeps its other operations when one has a syntax error, an unknown field or unfit variables', async () => {
    const socket = await openSocket(api.url);
    subscribe(socket, 'good');
    expect(await socket.next()).toMatchObject({ id: 'good', type: 'next' });
    subscribe(socket, 'syntax', 'subscription {');
    expect(await socket.next()).toMatchObject({ id: 'syntax', type: 'error' });
    subscribe(socket, 'field', 'subscription { nothing }');
    expect(await socket.next()).toMatchObject({ id: 'field', type: 'error' });
    subscribe(socket, 'none', 'query A { __typename } query B { __typename }');
    expect(await socket.next()).toMatchObject({ id: 'none', type: 'error' });
    subscribe(socket, 'unfit', progress, {});
    const unfit = await socket.next();
    expect(unfit).toMatchObject({ id: 'unfit', type: 'next', payload: { errors: [{}] } });
    expect(await socket.next()).toMatchObject({ id: 'unfit', type: 'complete' });
    subscribe(socket, 'query', '{ __typename }');
    expect(await socket.next()).toEqual({
      id: 'query',
      type: 'next',
      payload: { data: { __typename: 'Query' } },
    });
    expect(await socket.next()).toEqual({ id: 'query', type: 'complete' });
    socket.send({ type: 'ping', payload: { n: 1 } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { n: 1 } });
    socket.socket.close();
  });

  test('takes ids of any text and gives them back as they were', async () => {
    const socket = await openSocket(api.url);
    const id = '"\\ü\u2028\n😀';
    subscribe(socket, id);
    expect(await socket.next()).toEqual({
      id,
      type: 'next',
      payload: { data: { jobProgress: { state: 'QUEUED' } } },
    });
    socket.socket.close();
  });

  test('runs 100 operations at a time and refuses the next one, until one is completed', async () => {
    const generous = await startApi(database.url, { SOCKET_MESSAGE_LIMIT: '1000' });
    const bystander = await openBystander({ url: generous.url, db: database.db });
    const socket = await openSocket(generous.url);
    for (let i = 0; i < 100; i += 1) subscribe(socket, `${i}`);
    for (let i = 0; i < 100; i += 1) expect(await socket.next()).toMatchObject({ type: 'next' });
    subscribe(socket, 'over');
    expect(await socket.next()).toMatchObject({
      id: 'over',
      type: 'error',
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
    await bystander.check();
    socket.send({ id: '7', type: 'complete' });
    await eventually(async () => {
      subscribe(socket, 'over');
      return (await socket.next()).type === 'next';
    });
    socket.socket.close();
    await bystander.leave();
    await generous.close();
  });

  test('runs no more operations than it may when one id is used again and again, and ends all of them', async () => {
    const socket = await openSocket(api.url);
    for (let i = 0; i < 10; i += 1) {
      subscribe(socket, 'same');
      socket.send({ id: 'same', type: 'complete' });
    }
    subscribe(socket, 'same', 'subscription($id: ID!) { jobProgress(id: $id) { uuid } }');
    // The one that was not completed is the only one that says something.
    expect(await socket.next()).toMatchObject({
      id: 'same',
      payload: { data: { jobProgress: { uuid: expect.any(String) } } },
    });
    await eventually(async () => (await subscribers(api)) === 1);
    socket.send({ id: 'same', type: 'complete' });
    await eventually(async () => (await subscribers(api)) === 0);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.socket.close();
  });

  test('gives the result of a completed query to nobody, also when its id is used again', async () => {
    const socket = await openSocket(api.url);
    for (let i = 0; i < 20; i += 1) {
      subscribe(socket, 'q', '{ watchlists { id } }', {});
      socket.send({ id: 'q', type: 'complete' });
    }
    subscribe(socket, 'q', '{ last: __typename }', {});
    expect(await socket.next()).toEqual({ id: 'q', type: 'next', payload: { data: { last: 'Query' } } });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.socket.close();
  });

  test('may complete and begin as many operations again as it runs', async () => {
    const socket = await openSocket(api.url);
    for (const round of ['a', 'b']) {
      for (let i = 0; i < 100; i += 1) subscribe(socket, `${round}${i}`);
      for (let i = 0; i < 100; i += 1) expect(await socket.next()).toMatchObject({ type: 'next' });
      for (let i = 0; i < 100; i += 1) socket.send({ id: `${round}${i}`, type: 'complete' });
    }
    await eventually(async () => (await subscribers(api)) === 0);
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    socket.socket.close();
  });

  test('is acknowledged once, and may ping before and after with any payload', async () => {
    const socket = await openSocket(api.url, { init: false });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.send({ type: 'connection_init', payload: { anything: true } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
    socket.send({ type: 'pong', payload: { unasked: true } });
    socket.send({ type: 'ping', payload: null });
    expect((await socket.next()).type).toBe('pong');
    socket.socket.close();
  });

  test('passes over a complete of an operation that is none, or has ended', async () => {
    const socket = await openSocket(api.url);
    socket.send({ id: 'nothing', type: 'complete' });
    subscribe(socket, 'q', '{ __typename }', {});
    expect(await socket.next()).toMatchObject({ id: 'q', type: 'next' });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    socket.send({ id: 'q', type: 'complete' });
    subscribe(socket, 'q', '{ again: __typename }', {});
    expect(await socket.next()).toMatchObject({
      id: 'q',
      type: 'next',
      payload: { data: { again: 'Query' } },
    });
    expect(await socket.next()).toEqual({ id: 'q', type: 'complete' });
    socket.socket.close();
  });

  test('sends an error once, without a complete behind it, and its id is free again', async () => {
    const socket = await openSocket(api.url);
    subscribe(socket, 'e', 'subscription { nothing }', {});
    expect(await socket.next()).toMatchObject({
      id: 'e',
      type: 'error',
      payload: [{ message: expect.any(String) }],
    });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    subscribe(socket, 'e', '{ __typename }', {});
    expect(await socket.next()).toMatchObject({ id: 'e', type: 'next' });
    socket.socket.close();
  });

  test('runs mutations, and the operation that is named among several', async () => {
    const socket = await openSocket(api.url);
    const query = 'query A { a: __typename } mutation B { resumeQueue(input: {}) { __typename } }';
    socket.send({
      id: '1',
      type: 'subscribe',
      payload: { query, operationName: 'B', variables: null, extensions: null },
    });
    expect(await socket.next()).toMatchObject({
      id: '1',
      type: 'next',
      payload: { data: { resumeQueue: {} } },
    });
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' });
    socket.socket.close();
  });

  test('gets nothing more of an operation that it has completed', async () => {
    const socket = await openSocket(api.url);
    const id = await submit(database.db, ['A']);
    const events = 'subscription($id: ID!) { jobEvents(jobId: $id) { cursor } }';
    subscribe(socket, 'a', events, { id: jobGid(id) });
    subscribe(socket, 'b', events, { id: jobGid(id) });
    await socket.next();
    await socket.next();
    socket.send({ id: 'a', type: 'complete' });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    await api.one('mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }', { id: jobGid(id) });
    const rest = [await socket.next(), await socket.next()];
    expect(rest).toMatchObject([
      { id: 'b', type: 'next' },
      { id: 'b', type: 'complete' },
    ]);
    socket.socket.close();
  });
});

test('an address may hold so many sockets and no more', async () => {
  const strict = await startApi(database.url, { SOCKETS_PER_ADDRESS: '2' });
  const bystander = await openBystander({ url: strict.url, db: database.db });
  const [first] = [await openSocket(strict.url), await openSocket(strict.url)];
  await expect(openSocket(strict.url)).rejects.toThrow('429');
  first.socket.close();
  await first.closed;
  const again = await eventually(() => openSocket(strict.url).catch(() => null));
  expect(again.socket.readyState).toBe(again.socket.OPEN);
  await bystander.leave();
  await strict.close();
});

test('a page of another site is refused at the handshake', async () => {
  await expect(openSocket(api.url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('403');
  const own = await openSocket(api.url, { headers: { origin: new URL(api.url).origin } });
  own.socket.close();
});

test('a client that answers no ping is closed with 1013', async () => {
  const strict = await startApi(database.url, { SOCKET_KEEP_ALIVE_MS: '1200' });
  const bystander = await openBystander({ url: strict.url, db: database.db });
  const socket = await openSocket(strict.url);
  socket.socket.pong = () => undefined;
  expect(await socket.closed).toBe(1013);
  await bystander.leave();
  await strict.close();
});

test('half-open sockets are reaped with their subscriptions, and a living one is not', async () => {
  const strict = await startApi(database.url, { SOCKET_KEEP_ALIVE_MS: '1200' });
  const bystander = await openBystander({ url: strict.url, db: database.db });
  const proxy = await startProxy(Number(new URL(strict.url).port));
  const living = await openSocket(strict.url);
  subscribe(living, '1');
  await living.next();
  const through = strict.url.replace(/:[0-9]+/, `:${proxy.port}`);
  for (let i = 0; i < 30; i += 1) {
    const socket = await openSocket(through);
    subscribe(socket, '1');
    await socket.next();
  }
  expect(await subscribers(strict)).toBe(31);
  proxy.abandon();
  const goneAt = performance.now();
  await eventually(async () => (await subscribers(strict)) === 1);
  // Pinged within 1.2 s, silent for 0.6 s, and 6 s to read why.
  expect(performance.now() - goneAt).toBeLessThan(1_200 + 600 + 6_000 + 5_000);
  living.send({ type: 'ping' });
  expect(await living.next()).toEqual({ type: 'pong' });
  await bystander.leave();
  await strict.close();
  await proxy.close();
});

async function subscribers({ url }: TestApi): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url), { headers: authorized })).text();
  return Number(text.match(/^thetool_subscribers (\d+)$/m)?.[1]) - BYSTANDER_SUBSCRIPTIONS;
}
