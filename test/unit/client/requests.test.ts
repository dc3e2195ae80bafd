import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parse } from 'graphql';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { type Client, type ClientOptions, connect } from '../../../packages/client/src/connect.ts';
import type { TypedDocument } from '../../../packages/client/src/document.ts';
import {
  CreateWatchlistDocument,
  WatchlistsDocument,
} from '../../../packages/client/src/generated/graphql.ts';

afterEach(() => void vi.restoreAllMocks());

/** A server that does with each request what the test says; counts them. */
async function startServer(respond: (response: ServerResponse) => unknown) {
  let received = 0;
  const queries: unknown[] = [];
  const http = createServer(async (request, response) => {
    received += 1;
    const { query } = JSON.parse(await text(request)) as { readonly query: unknown };
    queries.push(query);
    respond(response);
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/graphql`, received: () => received, queries: () => queries };
}

const startGood = () => startServer((response) => response.end('{"data":{"ok":true}}'));

/** Begins with the first address of the list. */
function clientOf(url: Parameters<typeof connect>[0], options: ClientOptions = {}): Client {
  vi.spyOn(Math, 'random').mockReturnValueOnce(0);
  const client = connect(url, options);
  onTestFinished(() => client.close());
  return client;
}

const query = (client: Client) => client.request(WatchlistsDocument, {} as never);
const mutate = (client: Client) => client.request(CreateWatchlistDocument, { input: { name: 'x' } } as never);

const faults: [string, (response: ServerResponse) => unknown, string][] = [
  ['never comes', () => undefined, 'There was no complete response within 200 ms.'],
  [
    'stops within its body',
    (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"data":');
    },
    'There was no complete response within 200 ms.',
  ],
  [
    'is cut within its body',
    (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{"data":', () => response.destroy());
    },
    'The connection failed within the response.',
  ],
];

test.each(faults)('a response that %s is UNREACHABLE', async (_how, respond, message) => {
  const server = await startServer(respond);
  const client = clientOf(server.url, { timeoutMs: 200 });
  await expect(query(client)).rejects.toMatchObject({ name: 'RequestError', code: 'UNREACHABLE', message });
  expect(server.received()).toBe(1);
});

test.each(faults)('a query whose response %s is sent to the other address', async (_how, respond) => {
  const [bad, good] = await Promise.all([startServer(respond), startGood()]);
  expect(await query(clientOf([bad.url, good.url], { timeoutMs: 200 }))).toEqual({ ok: true });
  expect([bad.received(), good.received()]).toEqual([1, 1]);
});

test.each(faults)('a mutation whose response %s is sent to no other address', async (_how, respond) => {
  const [bad, good] = await Promise.all([startServer(respond), startGood()]);
  const client = clientOf([bad.url, good.url], { timeoutMs: 200 });
  await expect(mutate(client)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect([bad.received(), good.received()]).toEqual([1, 0]);
});

test.each(['key', 'headers'] as const)('a %s that never comes ends the request in time', async (name) => {
  const server = await startGood();
  const client = clientOf(server.url, { timeoutMs: 200, [name]: () => new Promise<never>(() => undefined) });
  await expect(query(client)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  expect(server.received()).toBe(0);
});

test('an address that never comes ends the request in time', async () => {
  const client = clientOf(() => new Promise<string>(() => undefined), { timeoutMs: 200 });
  await expect(query(client)).rejects.toMatchObject({ code: 'UNREACHABLE' });
});

test('closing the client ends its requests', async () => {
  const asked = Promise.withResolvers<void>();
  const server = await startServer(() => asked.resolve());
  const client = clientOf(server.url);
  const pending = query(client);
  await asked.promise;
  await client.close();
  await expect(pending).rejects.toMatchObject({ code: 'UNREACHABLE', message: 'The client was closed.' });
});

test('a request ends with the reason of its signal, before and while it is sent', async () => {
  const asked = Promise.withResolvers<void>();
  const server = await startServer(() => asked.resolve());
  const client = clientOf(server.url);
  const leaving = new AbortController();
  const pending = client.request('{ queue { paused } }', {}, { signal: leaving.signal });
  await asked.promise;
  leaving.abort();
  await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  const late = client.request('{ queue { paused } }', {}, { signal: leaving.signal });
  await expect(late).rejects.toMatchObject({ name: 'AbortError' });
  expect(server.received()).toBe(1);
});

test('a request has a time limit of its own', async () => {
  const server = await startServer(() => undefined);
  const pending = clientOf(server.url).request('{ queue { paused } }', {}, { timeoutMs: 50 });
  await expect(pending).rejects.toMatchObject({ message: 'There was no complete response within 50 ms.' });
});

test('an error has what the server says: code, message, field, retryAfter, correlationId and cost', async () => {
  const extensions = { code: 'QUERY_TOO_COMPLEX', field: 'input.tickers', cost: 1_200 };
  const server = await startServer((response) => {
    response.writeHead(429, { 'retry-after': '7', 'x-request-id': 'abc' });
    response.end(JSON.stringify({ errors: [{ message: 'too much', extensions }] }));
  });
  await expect(clientOf(server.url).request('{ queue { paused } }')).rejects.toMatchObject({
    message: 'too much',
    ...extensions,
    retryAfter: 7,
    correlationId: 'abc',
    status: 429,
  });
});

test.each([
  ['a text', '{ watchlists { id } }'],
  ['a tree', parse('{ watchlists { id } }') as TypedDocument<unknown, Record<string, never>>],
  ['a text of a class', WatchlistsDocument],
] as const)('%s is sent as a document', async (_name, document) => {
  const server = await startGood();
  expect(await clientOf(server.url).request(document as typeof WatchlistsDocument)).toEqual({ ok: true });
  const [query] = server.queries();
  expect(parse(String(query)).definitions).toHaveLength(1);
});

test('no deadline is left when a response has come', async () => {
  const server = await startGood();
  const setTimer = vi.spyOn(globalThis, 'setTimeout');
  const clearTimer = vi.spyOn(globalThis, 'clearTimeout');
  // No other timer has this length.
  await query(clientOf(server.url, { timeoutMs: 123_456 }));
  const deadlines = setTimer.mock.results.filter((_result, i) => setTimer.mock.calls[i]?.[1] === 123_456);
  expect(deadlines).toHaveLength(2);
  for (const { value } of deadlines) expect(clearTimer).toHaveBeenCalledWith(value);
});

test('a body that is no JSON is an error with the status', async () => {
  const server = await startServer((response) => {
    response.statusCode = 502;
    response.end('<h1>Bad gateway</h1>');
  });
  await expect(query(clientOf(server.url))).rejects.toMatchObject({
    code: null,
    status: 502,
    message: 'The response has no data (HTTP 502).',
  });
});
