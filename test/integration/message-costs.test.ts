import { unsubscribe as offDiagnostic, subscribe as onDiagnostic } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { pack } from '../../src/analyses/packing.ts';
import { sql } from '../../src/db/drizzle.ts';
import { ring } from '../../src/events/publish.ts';
import { apiAt, jobGid, startApi, type TestApi } from '../support/api.ts';
import {
  BYSTANDER_SUBSCRIPTIONS,
  type Bystander,
  expectUnchanged,
  openBystander,
} from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { jobRow, submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';
import { TEST_KEY } from '../support/key.ts';
import { append } from '../support/log.ts';
import { openSocket, type RawSocket } from '../support/sockets.ts';

let database: TestDatabase;
const apis: TestApi[] = [];
const clients: { destroy(): void }[] = [];

/** One beside each API. */
const bystanders: Bystander[] = [];

beforeAll(async () => {
  onDiagnostic('net.server.socket', note);
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const bystander of bystanders.splice(0)) await expectUnchanged(bystander.leave());
  for (const client of clients.splice(0)) client.destroy();
  for (const api of apis.splice(0).reverse()) await api.close();
});
afterAll(async () => {
  offDiagnostic('net.server.socket', note);
  await database.close();
});

interface Tenant {
  readonly id: string;
  readonly key: string;
  readonly api: TestApi;
}

async function startFor(settings: Record<string, string> = {}): Promise<Tenant> {
  const id = await insertWorkspace(database.db);
  const key = await insertKey(database.db, id);
  const api = await startApi(database.url, settings, { access: 'real', key });
  apis.push(api);
  bystanders.push(await openBystander({ url: api.url, db: database.db }));
  return { id, key, api };
}

/** Another workspace on the same API. */
async function neighbourOf({ api }: Tenant): Promise<Tenant> {
  const id = await insertWorkspace(database.db);
  const key = await insertKey(database.db, id);
  const neighbour = apiAt(api.url, key);
  apis.push(neighbour);
  return { id, key, api: neighbour };
}

/** Details of a result whose bars are not known. */
const packed = pack({ options: { asOf: '2026-01-30' }, provenance: {} });

async function storeResults({ id }: Tenant, count: number): Promise<string[]> {
  const writer = await createWriter(database.db, id);
  const tickers = Array.from({ length: count }, (_, i) => `R${i}`);
  for (let from = 0; from < count; from += 200)
    await writer.store(tickers.slice(from, from + 200).map((ticker) => ({ ticker })));
  await database.db.execute(sql`insert into analysis_details (analysis_id, body)
    select id, ${packed} from analyses where workspace_id = ${id}`);
  return tickers;
}

interface Batch {
  readonly caughtUp: boolean;
  readonly analyses: readonly { readonly ticker: string }[];
}

/** The tickers of every message up to the end of the feed. */
async function readFeed(api: TestApi, fields: string): Promise<string[][]> {
  const messages: string[][] = [];
  const query = `subscription { analysisStored(from: OLDEST) { caughtUp analyses { ticker ${fields} } } }`;
  for await (const { caughtUp, analyses } of api.follow<Batch>(query)) {
    messages.push(analyses.map(({ ticker }) => ticker));
    if (caughtUp) return messages;
  }
  throw new Error('the feed ended');
}

/** Of about 95 points for each result. */
const COSTLY = 'series { __typename }';

test('a message has as many results as the points of their fields allow, and each result is in one message', async () => {
  const tenant = await startFor();
  const tickers = await storeResults(tenant, 130);
  const small = await readFeed(tenant.api, '');
  expect(small.flat()).toEqual(tickers);
  expect(small.map((message) => message.length)).toEqual([100, 30]);
  const large = await readFeed(tenant.api, COSTLY);
  expect(large.flat()).toEqual(tickers);
  for (const message of large) expect(message.length).toBeLessThanOrEqual(1_000 / 90);
});

test('messages cost what is in them; without points they wait, nothing is lost, and another workspace does not wait', async () => {
  const LIMIT = 60_000;
  const tenant = await startFor({ RATE_LIMIT: String(LIMIT) });
  const neighbour = await neighbourOf(tenant);
  const tickers = await storeResults(tenant, 640);
  const others = await storeResults(neighbour, 100);
  const began = performance.now();
  const reading = readFeed(tenant.api, COSTLY);
  expect((await readFeed(neighbour.api, COSTLY)).flat()).toEqual(others);
  expect((await reading).flat()).toEqual(tickers);
  // 640 results are 61,000 points and the subscription 1,900. 1,000 come back in a second; the last message may go below zero.
  expect(performance.now() - began).toBeGreaterThan(1_000);
  const { remaining } = await eventually(async () => {
    const { data } = await tenant.api.post('{ rateLimit { remaining } }');
    return data?.rateLimit as { remaining: number } | undefined;
  });
  expect(remaining).toBeLessThan(LIMIT / 10);
});

const OPTIONS_BYTES = 400_000;
const COPIES = 15;
/** A message of 6 MB. */
const LARGE = `subscription($id: ID!) { jobProgress(id: $id) { state ${Array.from({ length: COPIES }, (_, i) => `o${i}: options`).join(' ')} } }`;

async function submitLarge({ id }: Tenant): Promise<string> {
  const job = await submit(database.db, ['A'], { workspaceId: id });
  await database.db.execute(
    sql`update jobs set options = jsonb_build_object('filler', repeat('x', ${OPTIONS_BYTES})) where id = ${job}`,
  );
  return job;
}

async function endJob(job: string): Promise<void> {
  await append(database.db, job, 1, true);
  await ring(database.db, [{ about: 'job', id: job, at: (await jobRow(database.db, job)).last_seq }]);
}

/** The server's ends of the connections. */
const serverSockets = new Set<Socket>();
const note = (message: unknown) => void serverSockets.add((message as { socket: Socket }).socket);

/** Bytes that wait for clients in this process. */
function countWaiting(): number {
  let bytes = 0;
  for (const socket of serverSockets) {
    const { _httpMessage: response } = socket as {
      _httpMessage?: { readonly writableLength: number } | null;
    };
    bytes += response?.writableLength ?? socket.writableLength;
  }
  return bytes;
}

/** Runs the work and returns how many bytes waited for clients at most. */
async function waitingDuring(work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  const measuring = setInterval(() => {
    most = Math.max(most, countWaiting());
  }, 10);
  await work().finally(() => clearInterval(measuring));
  return Math.max(most, countWaiting());
}

/** The neighbour's job is followed to its end, and its reads succeed, while the others do not read. */
async function serveNeighbour(neighbour: Tenant): Promise<void> {
  const job = await submit(database.db, ['A'], { workspaceId: neighbour.id });
  const seqs: number[] = [];
  const query = 'subscription($id: ID!) { jobEvents(jobId: $id) { events { seq } } }';
  const following = (async () => {
    for await (const { events } of neighbour.api.follow<{ events: { seq: number }[] }>(query, {
      id: jobGid(job),
    }))
      seqs.push(...events.map(({ seq }) => seq));
  })();
  for (let i = 0; i < 20; i += 1)
    expect(await neighbour.api.one('{ viewer { subject } }')).toEqual({ subject: 'test' });
  await endJob(job);
  await following;
  for (const bystander of bystanders) await bystander.check();
  expect(seqs).toEqual([1, 2]);
}

/** Nobody is cut off while it does not read. */
const PATIENT = { SOCKET_STALL_MS: '60000', SOCKET_KEEP_ALIVE_MS: '240000' };
const CLIENTS = 30;
/** Three quarters of what a workspace may hold, and a message; 30 messages are 180 MB. */
const MAX_WAITING = 31_000_000;

test('30 websockets that do not read large messages hold no more than a workspace may, disturb nobody, and miss nothing', async () => {
  const tenant = await startFor(PATIENT);
  const neighbour = await neighbourOf(tenant);
  const job = await submitLarge(tenant);
  const sockets: RawSocket[] = [];
  for (let i = 0; i < CLIENTS; i += 1) {
    const socket = await openSocket(tenant.api.url, { init: false });
    clients.push({ destroy: () => socket.socket.terminate() });
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${tenant.key}` } });
    await socket.next();
    sockets.push(socket);
  }
  const waiting = await waitingDuring(async () => {
    for (const { socket } of sockets) socket.pause();
    for (const socket of sockets)
      socket.send({ id: '1', type: 'subscribe', payload: { query: LARGE, variables: { id: jobGid(job) } } });
    await serveNeighbour(neighbour);
  });
  expect(waiting).toBeLessThan(MAX_WAITING);
  await endJob(job);
  const states = sockets.map(async (socket) => {
    socket.socket.resume();
    for (let state = ''; ; ) {
      const { type, payload } = await socket.next();
      if (type === 'complete') return state;
      state = (payload?.data?.jobProgress as { state: string } | undefined)?.state ?? '';
    }
  });
  expect(await Promise.all(states)).toEqual(sockets.map(() => 'CANCELLED'));
}, 60_000);

/** A stream of events whose client reads nothing until it is told to. */
async function openStream({ api, key }: Tenant, job: string): Promise<Socket> {
  const client = connect(Number(new URL(api.url).port), '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined);
  client.pause();
  await once(client, 'connect');
  const body = JSON.stringify({ query: LARGE, variables: { id: jobGid(job) } });
  client.write(
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return client;
}

async function countSubscribers({ api }: Tenant): Promise<number> {
  const response = await fetch(new URL('/metrics', api.url), {
    headers: { authorization: `Bearer ${TEST_KEY}` },
  });
  return Number(/^thetool_subscribers (\d+)$/m.exec(await response.text())?.[1]) - BYSTANDER_SUBSCRIPTIONS;
}

test('30 streams of events that do not read large messages hold no more than a workspace may, disturb nobody, and miss nothing', async () => {
  const tenant = await startFor(PATIENT);
  const neighbour = await neighbourOf(tenant);
  const job = await submitLarge(tenant);
  const streams: Socket[] = [];
  const waiting = await waitingDuring(async () => {
    while (streams.length < CLIENTS) {
      streams.push(await openStream(tenant, job));
      await eventually(async () => (await countSubscribers(tenant)) === streams.length);
    }
    await serveNeighbour(neighbour);
  });
  expect(waiting).toBeLessThan(MAX_WAITING);
  await endJob(job);
  const texts = streams.map(async (stream) => {
    let text = '';
    stream.on('data', (part: Buffer) => {
      text += part.toString('latin1').replaceAll(/x{1000,}/g, '');
    });
    stream.resume();
    await eventually(async () => text.includes('event: complete'), 50_000);
    return text;
  });
  for (const text of await Promise.all(texts)) expect(text).toContain('"state":"CANCELLED"');
}, 60_000);

test('a message that is larger than a connection may hold ends its subscription with the limit', async () => {
  const tenant = await startFor({ RESPONSE_MEMORY_MB: '8' });
  const job = await submitLarge(tenant);
  const messages = tenant.api.follow(LARGE, { id: jobGid(job) });
  await expect(messages.next()).rejects.toMatchObject([
    { extensions: { code: 'LIMIT_EXCEEDED', limit: 1_000_000 } },
  ]);
});
