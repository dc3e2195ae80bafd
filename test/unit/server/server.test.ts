import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buildSchema } from 'graphql';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Admitted } from '../../../src/access/admission.ts';
import { createGraphqlServer, type GraphqlServer } from '../../../src/main/serve-graphql.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { createPersisted } from '../../../src/server/persisted.ts';
import { silent } from '../../support/silent.ts';

let server: GraphqlServer;
let port: number;
/** Resolve with the request that waits for its authentication, and let the authentication end. */
let arrived: PromiseWithResolvers<IncomingMessage>;
let admission: PromiseWithResolvers<Admitted>;
let listeners: number;
let served: string[];

beforeEach(async () => {
  arrived = Promise.withResolvers();
  admission = Promise.withResolvers();
  listeners = 0;
  served = [];
  server = createGraphqlServer({
    schema: buildSchema('type Query { a: Int }'),
    context: {
      log: silent,
      dbOf: () => void served.push('graphql'),
      rates: { take: () => ({ admitted: true }), stateOf: () => ({ limit: 0 }) },
    } as never,
    admit: () => admission.promise,
    addressOf(request) {
      arrived.resolve(request as IncomingMessage);
      return '127.0.0.1';
    },
    graphiql: null,
    sockets: {
      perAddress: 10,
      streamsPerKey: 10,
      operations: 10,
      messagesPer10s: 100,
      keepAliveMs: 10_000,
      stallMs: 10_000,
    },
    subscriptions: { perWorkspace: 10, perNode: 10 },
    responses: { stallMs: 1_000, connectionBytes: 1e6, workspaceBytes: 1e6, nodeBytes: 1e6 },
    rules: { introspection: 'NOBODY', timeoutMs: 1_000 },
    persisted: createPersisted(new Map(), { only: false }),
    origins: { answer: () => false, allows: () => true } as never,
    metrics: createMetrics(),
    pages: () => false,
    files: [
      {
        watchesClients: false,
        isOne: ({ url }) => url === '/file' || url === '/large',
        serve(request, response) {
          served.push('file');
          if (request.url === '/large') response.once('close', () => served.push('closed'));
          response.end(request.url === '/large' ? Buffer.alloc(32_000_000) : '');
        },
      },
    ],
  });
  port = await server.listen('127.0.0.1', 0);
});
afterEach(() => server.close(AbortSignal.abort()));

const admitted: Admitted = {
  access: { workspaceId: 'w', keyId: null, subject: '', scopes: new Set() } as never,
  onEnd() {
    listeners += 1;
    return () => {
      listeners -= 1;
    };
  },
};

const BODY = '{"query":"{ a }"}';
const requests = {
  '/file': 'GET /file HTTP/1.1\r\nHost: x\r\n\r\n',
  '/graphql': `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
};

test.each(Object.entries(requests))(
  'a request for %s whose client has left during authentication is not served and leaves no listener',
  async (_path, head) => {
    const client = connect(port, '127.0.0.1', () => client.write(head));
    const { socket } = await arrived.promise;
    const closed = once(socket, 'close');
    client.destroy();
    await closed;
    admission.resolve(admitted);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect({ listeners, served }).toEqual({ listeners: 0, served: [] });
  },
);

test.each(Object.entries(requests))(
  'a request for %s is served, and leaves no listener',
  async (_path, head) => {
    const client = connect(port, '127.0.0.1', () => client.write(head));
    admission.resolve(admitted);
    const [bytes] = (await once(client, 'data')) as [Buffer];
    expect(bytes.toString()).toContain('200 OK');
    client.destroy();
    const { socket } = await arrived.promise;
    if (!socket.closed) await once(socket, 'close');
    expect(listeners).toBe(0);
    expect(served).toHaveLength(1);
  },
);

test.each(Object.entries(requests))(
  'a request for %s that offers HTTP/2 is served over HTTP/1.1',
  async (_path, head) => {
    const offer =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n';
    const client = connect(port, '127.0.0.1', () => client.write(head.replace('Host', `${offer}Host`)));
    admission.resolve(admitted);
    const [bytes] = (await once(client, 'data')) as [Buffer];
    expect(bytes.toString()).toContain('200 OK');
    client.destroy();
    expect(served).toHaveLength(1);
  },
);

test('a connection has 16 requests served at a time: the next is rejected, and ends the connection', async () => {
  const client = connect(port, '127.0.0.1', () => client.write(requests['/file'].repeat(40)));
  let text = '';
  client.on('data', (part: Buffer) => {
    text += part.toString();
  });
  await arrived.promise;
  await new Promise(setImmediate);
  admission.resolve(admitted);
  await once(client, 'close');
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    ...Array.from({ length: 16 }, () => '200'),
    '429',
  ]);
  expect(text).toContain('LIMIT_EXCEEDED');
  expect(served).toHaveLength(16);
});

test('a client that sends on after that is cut off', async () => {
  const client = connect(port, '127.0.0.1', () => client.write(requests['/file'].repeat(400)));
  client.on('error', () => undefined);
  await once(client, 'close');
  expect(served).toEqual([]);
});

test('a connection is used again without end by a client that reads its responses', async () => {
  admission.resolve(admitted);
  const client = connect(port, '127.0.0.1');
  for (let i = 0; i < 50; i += 1) {
    client.write(requests['/file']);
    await once(client, 'data');
  }
  client.destroy();
  expect(served).toHaveLength(50);
});

const upgrade = (host: string) =>
  `GET /graphql HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** Everything that the server sends until it closes the connection. */
async function exchange(sent: string, onSent: () => void | Promise<void> = () => undefined): Promise<string> {
  const client = connect(port, '127.0.0.1', () => client.write(sent));
  let text = '';
  client.on('data', (part: Buffer) => {
    text += part.toString();
  });
  await onSent();
  await once(client, 'close');
  return text;
}

const statusesIn = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);

test('a websocket behind a request under way is rejected after the response to that request', async () => {
  const text = await exchange(requests['/file'] + upgrade('Host: x\r\n') + requests['/file'], async () => {
    await arrived.promise;
    await new Promise(setImmediate);
    admission.resolve(admitted);
  });
  expect(statusesIn(text)).toEqual(['200', '400']);
  expect(text).toContain('A websocket needs a connection without other requests');
});

test('a websocket begins on a connection whose earlier response was sent', async () => {
  admission.resolve(admitted);
  const client = connect(port, '127.0.0.1', () => client.write(requests['/file']));
  await once(client, 'data');
  client.write(upgrade('Host: x\r\n'));
  const [bytes] = (await once(client, 'data')) as [Buffer];
  expect(statusesIn(bytes.toString())).toEqual(['101']);
  client.destroy();
});

test.each([
  ['request', requests['/file'].replace('Host: x', 'Host: x\r\nhost: y')],
  ['request for a websocket', upgrade('Host: x\r\nHost: x\r\n')],
])('a %s with two Host headers is rejected with 400', async (_what, sent) => {
  admission.resolve(admitted);
  const text = await exchange(sent);
  expect(statusesIn(text)).toEqual(['400']);
  expect(text).toContain('more than one Host header');
  expect(served).toEqual([]);
});

test('a response of a file that its client does not read is cut off', async () => {
  admission.resolve(admitted);
  const client = connect(port, '127.0.0.1', () => client.write(requests['/file'].replace('/file', '/large')));
  client.on('error', () => undefined);
  client.pause();
  await vi.waitFor(() => expect(served).toEqual(['file', 'closed']), { timeout: 10_000 });
  client.destroy();
}, 15_000);
