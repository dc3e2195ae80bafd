import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { createLogger } from '../../src/logger.ts';
import { apiAt, jobGid, startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { insertKey, insertWorkspace } from '../support/insert-key.ts';
import { authorized } from '../support/key.ts';
import { openSocket } from '../support/sockets.ts';

/** A client may hold 16 MB, a workspace 32. */
const STALL_MS = 2_000;
const OPTIONS_BYTES = 400_000;
const COPIES = 15;
let database: TestDatabase;
let api: TestApi;
/** Of another workspace, which reads what it asks for. */
let neighbour: TestApi;
let own: string;
let job: string;
const clients: Socket[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  own = await insertKey(db, DEFAULT_WORKSPACE_ID);
  api = await startApi(database.url, { RESPONSE_STALL_MS: String(STALL_MS) }, { access: 'real', key: own });
  neighbour = apiAt(api.url, await insertKey(db, await insertWorkspace(db)));
  job = await submitFilled(OPTIONS_BYTES);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});
afterAll(async () => {
  await neighbour.close();
  await api.close();
  await database.close();
});
const bystander = keepBystander(() => ({ url: api.url, db: database.db }));

const copies = (count: number) => Array.from({ length: count }, (_, i) => `o${i}: options`).join(' ');
/** A response of 6 MB. */
const LARGE = `query($id: ID!) { job(id: $id) { ${copies(COPIES)} } }`;

const CANCEL = `mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename ... on CancelJobPayload { job { ${copies(COPIES)} } } } }`;
const EVENT_STREAM = 'text/event-stream';

function bodyOf(query: string, of = job): string {
  return JSON.stringify({ query, variables: { id: jobGid(of) } });
}

/** A job whose options have so many bytes. */
async function submitFilled(bytes: number): Promise<string> {
  const id = await submit(database.db, ['A']);
  await database.db.execute(
    sql`update jobs set options = jsonb_build_object('filler', repeat('x', ${bytes})) where id = ${id}`,
  );
  return id;
}

function headOf({ url }: TestApi, body: string, accept: string): string {
  const { host } = new URL(url);
  return `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${own}\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
}

/** A client that sends requests and reads nothing. */
function ask(node: TestApi, ...bodies: readonly string[]): Promise<Socket> {
  return askFor('application/json', node, ...bodies);
}

async function askFor(accept: string, node: TestApi, ...bodies: readonly string[]): Promise<Socket> {
  const client = connect(Number(new URL(node.url).port), '127.0.0.1');
  client.on('error', () => undefined);
  client.pause();
  clients.push(client);
  await once(client, 'connect');
  client.write(bodies.map((body) => headOf(node, body, accept) + body).join(''));
  return client;
}

const post = (query: string, accept = 'application/json', { url } = api) =>
  fetch(url, {
    method: 'POST',
    headers: {
      accept,
      // The limits are those of responses without a coding.
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      authorization: `Bearer ${own}`,
    },
    body: bodyOf(query),
  });

async function refused(response: Response): Promise<boolean> {
  const text = await response.text();
  if (response.status === 200) return false;
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('5');
  // The pipeline rejects an operation as one event when the client accepts nothing but events.
  expect(
    JSON.parse(text.replace(/^event: next\ndata: (.*)\n\nevent: complete\ndata:\n\n$/, '$1')),
  ).toMatchObject({
    errors: [{ extensions: { code: 'LIMIT_EXCEEDED', retryable: true } }],
  });
  return true;
}

test('300 clients that do not read a large response hold a bounded memory, disturb no other workspace, and are cut off', async () => {
  expect((await (await post(LARGE)).text()).length).toBeGreaterThan(COPIES * OPTIONS_BYTES);
  const before = process.memoryUsage().rss;
  let highest = 0;
  const measuring = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 20);
  await Promise.all(Array.from({ length: 300 }, () => ask(api, bodyOf(LARGE))));
  // While its workspace is full nothing of it is read from the database.
  await eventually(async () => refused(await post('{ __typename }')));
  expect(await neighbour.one('{ viewer { subject } }')).toEqual({ subject: 'test' });
  await bystander.now().check();
  await eventually(async () => !(await refused(await post(LARGE))));
  clearInterval(measuring);
  // 300 responses of 6 MB are 1.8 GB.
  expect(highest - before).toBeLessThan(600_000_000);
}, 120_000);

/** Queries that have run without an error. */
async function queriesOf(node: TestApi): Promise<number> {
  const text = await (await fetch(new URL('/metrics', node.url), { headers: authorized })).text();
  const name = 'thetool_operations_total{type="query",outcome="ok"} ';
  const line = text.split('\n').find((one) => one.startsWith(name));
  return Number(line?.slice(name.length) ?? 0);
}

test('requests that follow each other on one connection hold no more than one connection may', async () => {
  const patient = await startApi(database.url, { RESPONSE_STALL_MS: '60000' }, { access: 'real', key: own });
  const beside = await openBystander({ url: patient.url, db: database.db });
  const before = await queriesOf(patient);
  const client = await ask(patient, ...Array.from({ length: 8 }, () => bodyOf(LARGE)));
  // Nothing is read until all responses are made: two of 6 MB fit.
  await eventually(async () => (await queriesOf(patient)) - before === 8);
  await beside.check();
  let text = '';
  client.on('data', (part: Buffer) => {
    text += part.toString('latin1').replaceAll(/x{1000,}/g, '');
  });
  client.resume();
  await eventually(async () => text.split('HTTP/1.1 ').length === 9);
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses.filter((status) => status === '200')).toHaveLength(2);
  expect(statuses.filter((status) => status === '400')).toHaveLength(6);
  await beside.leave();
  await patient.close();
});

test('clients that do not read the result of a query as a stream of events hold no more than their workspace may', async () => {
  const patient = await startApi(database.url, { RESPONSE_STALL_MS: '60000' }, { access: 'real', key: own });
  onTestFinished(() => patient.close());
  const beside = await openBystander({ url: patient.url, db: database.db });
  await Promise.all(Array.from({ length: 12 }, () => askFor(EVENT_STREAM, patient, bodyOf(LARGE))));
  // Three quarters of 32 MB are held by five of them.
  for (const accept of [EVENT_STREAM, 'application/json', '*/*'])
    await eventually(async () => refused(await post('{ __typename }', accept, patient)));
  await beside.check();
  const ran = await queriesOf(patient);
  expect(await refused(await post(LARGE, EVENT_STREAM, patient))).toBe(true);
  expect(await queriesOf(patient)).toBe(ran);
  for (const client of clients.splice(0)) client.destroy();
  await eventually(async () => !(await refused(await post(LARGE, EVENT_STREAM, patient))));
  await beside.leave();
});

test('a stream of one event is held to the limit of a connection, and that of a mutation is sent', async () => {
  const small = await startApi(database.url, { RESPONSE_MEMORY_MB: '8' }, { access: 'real', key: own });
  onTestFinished(() => small.close());
  const beside = await openBystander({ url: small.url, db: database.db });
  const rejected = await post(LARGE, EVENT_STREAM, small);
  expect(rejected.status).toBe(400);
  expect(await rejected.json()).toMatchObject({
    errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 1_000_000 } }],
  });
  const sent = await post(CANCEL, EVENT_STREAM, small);
  expect(sent.headers.get('content-type')).toBe(EVENT_STREAM);
  const text = await sent.text();
  expect(Number(sent.headers.get('content-length'))).toBe(text.length);
  expect(text.length).toBeGreaterThan(COPIES * OPTIONS_BYTES);
  expect(text).toMatch(/^event: next\ndata: \{"data":.*\}\n\nevent: complete\ndata:\n\n$/);
  await beside.leave();
});

test('a response that is larger than a connection may hold is rejected, and that of a mutation is sent', async () => {
  const small = await startApi(database.url, { RESPONSE_MEMORY_MB: '8' });
  const beside = await openBystander({ url: small.url, db: database.db });
  const { errors } = await small.post(LARGE, { id: jobGid(job) });
  expect(errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', limit: 1_000_000 } }]);
  const answer = await small.post(CANCEL, { id: jobGid(job) });
  expect(answer.errors).toBeUndefined();
  expect(JSON.stringify(answer).length).toBeGreaterThan(COPIES * OPTIONS_BYTES);
  await beside.leave();
  await small.close();
});

test('a websocket that does not read the responses to its queries is closed, and holds no more than a connection may', async () => {
  const socket = await openSocket(api.url, { init: false });
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${own}` } });
  await socket.next();
  socket.socket.pause();
  const before = process.memoryUsage().rss;
  let highest = 0;
  const measuring = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 20);
  const payload = { query: LARGE, variables: { id: jobGid(job) } };
  for (let id = 0; id < 100; id += 1) socket.send({ id: String(id), type: 'subscribe', payload });
  // What the kernel has taken of the first responses comes before the close.
  setTimeout(() => socket.socket.resume(), 1_000);
  const closed = await socket.closed;
  clearInterval(measuring);
  expect([1006, 1013]).toContain(closed);
  // 100 responses are 600 MB.
  expect(highest - before).toBeLessThan(400_000_000);
  await eventually(async () => (await post(LARGE)).status === 200);
});

test('a client that reads slowly gets its whole response', async () => {
  // 14 MB: more than the buffers of the kernel take, and less than a connection may hold.
  const filler = 930_000;
  const larger = await submitFilled(filler);
  const impatient = await startApi(database.url, { RESPONSE_STALL_MS: '1000' }, { access: 'real', key: own });
  onTestFinished(() => impatient.close());
  const beside = await openBystander({ url: impatient.url, db: database.db });
  const body = bodyOf(LARGE, larger);
  const client = await ask(impatient, body);
  let bytes = 0;
  client.on('data', (part: Buffer) => {
    bytes += part.length;
    client.pause();
    setTimeout(() => client.resume(), 30);
  });
  client.resume();
  await beside.check();
  await eventually(async () => bytes > COPIES * filler || client.destroyed, 60_000);
  expect(bytes).toBeGreaterThan(COPIES * filler);
  await beside.leave();
}, 90_000);

test('a client that does not read the page of GraphiQL is cut off, and one that has nothing to read is not', async () => {
  const cutOff = Promise.withResolvers<void>();
  const log = createLogger('info', {
    write: (line) => {
      if (line.includes('does not read its response')) cutOff.resolve();
    },
  });
  const open = await startApi(database.url, { RESPONSE_STALL_MS: '500', GRAPHIQL: 'on' }, { log });
  const beside = await openBystander({ url: open.url, db: database.db });
  const quiet = await openSocket(open.url);
  const client = connect(Number(new URL(open.url).port), '127.0.0.1');
  client.on('error', () => undefined);
  clients.push(client);
  client.pause();
  client.write('GET /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n');
  await cutOff.promise;
  expect(quiet.socket.readyState).toBe(quiet.socket.OPEN);
  quiet.socket.close();
  await beside.leave();
  await open.close();
});
