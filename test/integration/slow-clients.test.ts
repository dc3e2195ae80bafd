import { unsubscribe as offDiagnostic, subscribe as onDiagnostic } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ring } from '../../src/events/publish.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { append } from '../support/log.ts';
import { openSocket, type RawSocket } from '../support/sockets.ts';

/** The server's ends of the connections, in the order of their opening. */
const serverSockets: Socket[] = [];
const note = (message: unknown) => void serverSockets.push((message as { socket: Socket }).socket);

let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  onDiagnostic('net.server.socket', note);
  api = await startApi(database.url, { SOCKET_KEEP_ALIVE_MS: '1200', SOCKET_STALL_MS: '2000' });
});
afterAll(async () => {
  offDiagnostic('net.server.socket', note);
  await api.close();
  await database.close();
});

const events =
  'subscription($id: ID!, $after: Int) { jobEvents(jobId: $id, after: $after) { events { seq at type ticker phase progress attempt } cursor } }';

async function open(query: string, id: string): Promise<{ client: RawSocket; server: Socket }> {
  const client = await openSocket(api.url);
  client.send({ id: '1', type: 'subscribe', payload: { query, variables: { id: jobGid(id) } } });
  const server = serverSockets.find((socket) => socket.remotePort === tcpOf(client).localPort);
  if (server === undefined) throw new Error('the server has no such connection');
  return { client, server };
}

/** The TCP socket beneath; pausing it is what a client does that does not read. */
const tcpOf = ({ socket }: RawSocket) => (socket as unknown as { _socket: Socket })._socket;

async function seqsOf(client: RawSocket, pause: () => Promise<unknown> = () => Promise.resolve()) {
  const seqs: number[] = [];
  for (;;) {
    const { type, payload } = await client.next();
    if (type === 'complete') return seqs;
    const batch = payload?.data?.jobEvents as { events: { seq: number }[] } | undefined;
    seqs.push(...(batch?.events ?? []).map(({ seq }) => seq));
    await pause();
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test('a burst of 100,000 events reaches who reads; who does not read holds one message and is closed with 1013', async () => {
  const id = await submit(database.db, ['A']);
  const healthy = await open(events, id);
  const stalled = await Promise.all(Array.from({ length: 20 }, () => open(events, id)));
  await Promise.all(stalled.map(({ client }) => client.next()));
  for (const { client } of stalled) tcpOf(client).pause();
  const got = seqsOf(healthy.client);

  let held = 0;
  const measure = () => {
    for (const { server } of stalled) held = Math.max(held, server.writableLength);
  };
  const sampling = setInterval(measure, 5);
  const heapBefore = process.memoryUsage().rss;
  for (let flush = 0; flush < 50; flush += 1) {
    await append(database.db, id, 2_000, flush === 49);
    await ring(database.db, [{ about: 'job', id, at: (await jobRow(database.db, id)).last_seq }]);
  }
  expect(await got).toEqual(upTo(100_001));
  measure();
  clearInterval(sampling);
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThanOrEqual(65_536);
  // Both ends of all connections are in this process; what was sent to the 20 is 300 MB.
  expect(process.memoryUsage().rss - heapBefore).toBeLessThan(250_000_000);

  await Promise.all(
    stalled.map(async ({ client, server }) => {
      const full = server.writableLength;
      await eventually(async () => server.writableLength > full || server.destroyed);
      tcpOf(client).resume();
      expect(await client.closed).toBe(1013);
    }),
  );
});

test('who reads slowly gets every event', async () => {
  const id = await submit(database.db, ['A']);
  const slow = await open(events, id);
  const tcp = tcpOf(slow.client);
  const got = seqsOf(slow.client, async () => {
    tcp.pause();
    await delay(2);
    tcp.resume();
  });
  for (let flush = 0; flush < 20; flush += 1) {
    await append(database.db, id, 1_000, flush === 19);
    await ring(database.db, [{ about: 'job', id, at: (await jobRow(database.db, id)).last_seq }]);
  }
  expect(await got).toEqual(upTo(20_001));
  slow.client.socket.close();
});

test('who follows the progress and does not read for a while gets the newest state, not those between', async () => {
  const id = await submit(database.db, ['A']);
  // 15 aliases of a long text: messages that fill the kernel's buffers.
  const wide = Array.from({ length: 15 }, (_, i) => `o${i}: options`).join(' ');
  await database.db.execute(
    `update jobs set options = jsonb_build_object('filler', repeat('x', 3000)) where id = '${id}'`,
  );
  const { client, server } = await open(
    `subscription($id: ID!) { jobProgress(id: $id) { lastSeq state ${wide} } }`,
    id,
  );
  const seen: number[] = [];
  const drain = (async () => {
    for (;;) {
      const { type, payload } = await client.next();
      if (type === 'complete') return;
      const state = payload?.data?.jobProgress as { lastSeq: number } | undefined;
      if (state !== undefined) seen.push(state.lastSeq);
    }
  })();
  await eventually(async () => seen.length > 0);
  tcpOf(client).pause();
  let changes = 0;
  const change = async () => {
    changes += 1;
    await append(database.db, id, 1);
    await ring(database.db, [{ about: 'job', id, at: 1_000_000 + changes }]);
  };
  while (server.writableLength === 0 && changes < 2_000) {
    await change();
    await delay(1);
  }
  expect(server.writableLength).toBeGreaterThan(0);
  for (let more = 0; more < 100; more += 1) await change();
  await append(database.db, id, 1, true);
  await ring(database.db, [{ about: 'job', id, at: 2_000_000 }]);
  tcpOf(client).resume();
  await drain;
  const { last_seq: last } = await jobRow(database.db, id);
  expect(seen.at(-1)).toBe(last);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.length).toBeLessThan(changes - 50);
  client.socket.close();
});
