import { unsubscribe as offDiagnostic, subscribe as onDiagnostic } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/db/drizzle.ts';
import { ring } from '../../src/events/publish.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
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
  // On a busy machine the buffers fill slowly: no ping tells before.
  api = await startApi(database.url, { SOCKET_STALL_MS: '2000', SOCKET_KEEP_ALIVE_MS: '24000' });
});
afterAll(async () => {
  offDiagnostic('net.server.socket', note);
  await api.close();
  await database.close();
});
const bystander = keepBystander(() => ({ url: api.url, db: database.db }));

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

/** Resolves when the server sends its close frame (RFC 6455, 5.5.1). */
function closingOf(server: Socket): Promise<void> {
  return new Promise((resolve) => {
    const { write } = server;
    server.write = (chunk: unknown, ...rest: unknown[]) => {
      if (Buffer.isBuffer(chunk) && chunk[0] === 0x88) resolve();
      return Reflect.apply(write, server, [chunk, ...rest]);
    };
  });
}

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

/** The seqs that a progress tells, as they come, and its end. */
function lastSeqsOf(client: RawSocket): [readonly number[], Promise<void>] {
  const seqs: number[] = [];
  const drain = async () => {
    for (;;) {
      const { type, payload } = await client.next();
      if (type === 'complete') return;
      const state = payload?.data?.jobProgress as { lastSeq: number } | undefined;
      if (state !== undefined) seqs.push(state.lastSeq);
    }
  };
  return [seqs, drain()];
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test('a burst of 100,000 events reaches who reads; a client that does not read holds one message and is closed with 1013', async () => {
  const id = await submit(database.db, ['A']);
  const healthy = await open(events, id);
  const stalled = await Promise.all(Array.from({ length: 20 }, () => open(events, id)));
  await Promise.all(stalled.map(({ client }) => client.next()));
  for (const { client } of stalled) client.socket.pause();
  const codes = Promise.all(
    stalled.map(async ({ client, server }) => {
      await closingOf(server);
      client.socket.resume();
      return client.closed;
    }),
  );
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
    if (flush === 25) await bystander.now().check();
  }
  expect(await got).toEqual(upTo(100_001));
  measure();
  clearInterval(sampling);
  expect(held).toBeGreaterThan(0);
  expect(held).toBeLessThanOrEqual(65_536);
  // Both ends of all connections are in this process; what was sent to the 20 is 300 MB.
  expect(process.memoryUsage().rss - heapBefore).toBeLessThan(250_000_000);

  expect(await codes).toEqual(stalled.map(() => 1013));
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
  await database.db.execute(
    sql`update jobs set options = jsonb_build_object('filler', repeat('x', 20000)) where id = ${id}`,
  );
  // Messages of 300 kB: the kernel's buffers are full after some.
  const wide = Array.from({ length: 15 }, (_, i) => `o${i}: options`).join(' ');
  const slow = await open(`subscription($id: ID!) { jobProgress(id: $id) { lastSeq ${wide} } }`, id);
  const quick = await open('subscription($id: ID!) { jobProgress(id: $id) { lastSeq } }', id);
  const [slowSeen, slowEnd] = lastSeqsOf(slow.client);
  const [quickSeen, quickEnd] = lastSeqsOf(quick.client);
  await eventually(async () => slowSeen.length > 0);
  slow.client.socket.pause();
  const change = async (ends = false) => {
    await append(database.db, id, 1, ends);
    const { last_seq: at } = await jobRow(database.db, id);
    await ring(database.db, [{ about: 'job', id, at }]);
    await eventually(async () => quickSeen.at(-1) === at);
    return at;
  };
  let stalledAt = await change();
  while (slow.server.writableLength === 0) stalledAt = await change();
  for (let more = 0; more < 20; more += 1) await change();
  const last = await change(true);
  slow.client.socket.resume();
  await Promise.all([slowEnd, quickEnd]);
  const between = (seqs: readonly number[]) => seqs.filter((seq) => seq > stalledAt && seq < last);
  expect(between(quickSeen).length).toBe(20);
  expect(between(slowSeen).length).toBeLessThanOrEqual(1);
  expect(slowSeen.at(-1)).toBe(last);
  expect(slowSeen).toEqual([...slowSeen].sort((a, b) => a - b));
  for (const { client } of [slow, quick]) client.socket.close();
});
