import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { makeKey } from '../../src/access/key.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const { key } = makeKey();
let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, {}, { developmentKey: key });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
const bystander = keepBystander(() => ({ url: api.url, db: database.db }));

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A GET as it is, without what `fetch` adds and decodes. */
async function get(path: string, headers: Record<string, string>): Promise<Response> {
  const sent = request(new URL(path, api.url), { headers, agent: false }).end();
  const [response] = await once(sent, 'response');
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode, headers: response.headers, body };
}

const page = (headers: Record<string, string> = {}) => get('/graphql', { accept: 'text/html', ...headers });

test('the page is compressed for browsers that accept gzip, and the same page for others', async () => {
  const zipped = await page({ 'accept-encoding': 'br, gzip, deflate' });
  const plain = await page();
  const refusing = await page({ 'accept-encoding': 'gzip;q=0, br' });
  expect(zipped.headers['content-encoding']).toBe('gzip');
  expect(zipped.headers.vary).toContain('Accept-Encoding');
  expect(zipped.body.length).toBeLessThan(plain.body.length / 3);
  expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true);
  for (const { headers } of [plain, refusing]) expect(headers['content-encoding']).toBeUndefined();
  for (const { headers, body } of [zipped, plain])
    expect(headers['content-length']).toBe(String(body.length));
});

test('a browser that has the page is told so, by the tag of the encoding that it has', async () => {
  const { headers } = await page({ 'accept-encoding': 'gzip' });
  const tag = String(headers.etag);
  expect(headers['cache-control']).toBe('no-cache');
  const again = await page({ 'accept-encoding': 'gzip', 'if-none-match': `"other", W/${tag}` });
  expect(again).toMatchObject({ status: 304, headers: { etag: tag } });
  expect(again.body.length).toBe(0);
  expect((await page({ 'if-none-match': tag })).status).toBe(200);
  expect((await page({ 'accept-encoding': 'gzip', 'if-none-match': '"other"' })).status).toBe(200);
});

test('100 clients that ask for the page and do not read hold no memory of the server', async () => {
  // Rendered, compressed and sent before, so that what is measured is held for the clients.
  await page();
  const before = process.memoryUsage();
  const clients: Socket[] = [];
  const { port } = new URL(api.url);
  for (let i = 0; i < 100; i += 1) {
    const client = connect(Number(port), '127.0.0.1');
    client.pause();
    client.write(`GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/html\r\n\r\n`);
    clients.push(client);
  }
  // Requests are served in the order in which their connections came: when a later one has its page, all have.
  expect((await page()).body.length).toBeGreaterThan(5_000_000);
  await bystander.now().check();
  const after = process.memoryUsage();
  // 9 MB each would be 900 MB.
  expect(after.rss - before.rss).toBeLessThan(150_000_000);
  for (const client of clients) client.destroy();
}, 120_000);

test('the page carries no key, and takes one from the fragment of its address', async () => {
  const text = (await page()).body.toString();
  expect(text).not.toContain(key);
  expect(text).not.toMatch(/tt_live_[0-9A-Za-z]{8}_/);
  expect(text).toContain(String.raw`/^#key=(tt_live_\w+)$/.exec(location.hash)`);
});

test.each([
  ['no key', null, false, 'tt_live_new', 0],
  ['the same key', 'tt_live_new', false, 'tt_live_new', 0],
  ['another key, and the user declines', 'tt_live_old', false, 'tt_live_old', 1],
  ['another key, and the user agrees', 'tt_live_old', true, 'tt_live_new', 1],
] as const)(
  'a link with a key is opened in a tab that has %s',
  async (_what, held, agrees, expected, asked) => {
    const text = (await page()).body.toString();
    const [script = ''] = /\(\(\) => \{\s+addEventListener\('hashchange'[\s\S]*?\}\)\(\)/.exec(text) ?? [];
    const stored = new Map(held === null ? [] : [['thetool-key', held as string]]);
    const shown: string[] = [];
    let questions = 0;
    const options: unknown = runInNewContext(script, {
      addEventListener: () => undefined,
      location: { hash: '#key=tt_live_new', pathname: '/graphql', search: '' },
      history: { replaceState: (_state: unknown, _title: string, address: string) => shown.push(address) },
      sessionStorage: {
        getItem: (name: string) => stored.get(name) ?? null,
        setItem: (name: string, value: string) => stored.set(name, value),
      },
      confirm() {
        questions += 1;
        return agrees;
      },
    });
    expect(options).toMatchObject({ additionalHeaders: { authorization: `Bearer ${expected}` } });
    expect({ key: stored.get('thetool-key'), questions, shown }).toEqual({
      key: expected,
      questions: asked,
      shown: ['/graphql'],
    });
  },
);

test('a server for its own machine is reached by the names of that machine only', async () => {
  const { port } = new URL(api.url);
  const upgrade = async (host: string) => {
    const socket = new WebSocket(api.url.replace('http', 'ws'), 'graphql-transport-ws', {
      headers: { host },
    });
    socket.on('error', () => undefined);
    const opened = once(socket, 'open').then(() => 101);
    const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => statusCode as number);
    const status = await Promise.race([opened, refused]);
    socket.terminate();
    return status;
  };
  const paths = ['/', '/graphql', '/graphql?query={__typename}', '/livez', '/readyz', '/export/analyses.csv'];
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `0.0.0.0:${port}`,
  ]) {
    for (const path of paths) {
      for (const accept of ['text/html', 'application/json']) {
        const { status, body } = await get(path, { host, accept, 'graphql-preflight': '1' });
        expect(status, `${host} ${path}`).toBe(403);
        expect(JSON.parse(body.toString())).toMatchObject({
          errors: [{ extensions: { code: 'FORBIDDEN' } }],
        });
      }
    }
    expect(await upgrade(host)).toBe(403);
  }
  for (const host of ['localhost', `LOCALHOST:${port}`, '127.8.9.1', `[::1]:${port}`]) {
    expect((await page({ host })).status).toBe(200);
    expect(await upgrade(host)).toBe(101);
  }
});

test('a server for others is reached by any name', async () => {
  const open = await startApi(database.url);
  const beside = await openBystander({ url: open.url, db: database.db });
  const sent = request(open.url, {
    headers: { host: 'api.example', 'content-type': 'application/json' },
    method: 'POST',
  });
  const [response] = await once(sent.end('{"query":"{ __typename }"}'), 'response');
  expect(response.statusCode).toBe(200);
  response.resume();
  await beside.leave();
  await open.close();
});
