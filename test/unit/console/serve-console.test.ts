import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openConsole } from '../../../src/console/serve-console.ts';

const page = '<!doctype html><title>console</title>';
const script = 'export const answer = 42;';
let folder = '';
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'thetool-console-'));
  await mkdir(join(folder, 'assets'));
  for (const [name, text] of [
    ['index.html', page],
    ['assets/main-1a2b.js', script],
  ] as const) {
    await writeFile(join(folder, name), text);
    await writeFile(join(folder, `${name}.br`), brotliCompressSync(text));
    await writeFile(join(folder, `${name}.gz`), gzipSync(text));
  }
  await writeFile(join(folder, 'secret.env'), 'KEY=1');
  const serve = await openConsole(folder);
  server = createServer((asked, response) => {
    if (serve?.(asked, response) !== true) response.writeHead(404).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function get(path: string, headers: IncomingHttpHeaders = {}, method = 'GET') {
  const { port } = server.address() as AddressInfo;
  const [response] = await once(request({ port, path, headers, method }).end(), 'response');
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) pieces.push(piece);
  const body = Buffer.concat(pieces);
  return { status: response.statusCode as number, headers: response.headers as IncomingHttpHeaders, body };
}

const html = { accept: 'text/html,*/*' };

test('a browser gets the page under every path of the console, with a policy that allows scripts of this server only', async () => {
  for (const path of ['/', '/r/AAPL', '/jobs?state=FAILED']) {
    const { status, headers, body } = await get(path, { ...html, host: 'api.example' });
    expect({ path, status, body: body.toString() }).toEqual({ path, status: 200, body: page });
    expect(headers['cache-control']).toBe('no-cache');
    const policy = String(headers['content-security-policy']).split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self' ws://api.example wss://api.example");
    expect(policy.join()).not.toContain('unsafe');
  }
});

test('a program that asks for no page, another method and another path are left to the API', async () => {
  expect((await get('/', { accept: '*/*' })).status).toBe(404);
  expect((await get('/', html, 'POST')).status).toBe(404);
  for (const path of [
    '/graphql',
    '/secret.env',
    '/../secret.env',
    '/assets/../secret.env',
    '/assets/main-1a2b.js.br',
  ])
    expect((await get(path, html)).status, path).toBe(404);
});

test('files with a hash in their names are kept indefinitely, and come in the smallest encoding that the client takes', async () => {
  const path = '/assets/main-1a2b.js';
  const plain = await get(path);
  expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(plain.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(plain.body.toString()).toBe(script);
  const br = await get(path, { 'accept-encoding': 'gzip, deflate, br' });
  expect(br.headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(br.body).toString()).toBe(script);
  const gzip = await get(path, { 'accept-encoding': 'br;q=0, gzip;q=0.5' });
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.body).toString()).toBe(script);
  expect(new Set([plain, br, gzip].map(({ headers }) => headers.etag)).size).toBe(3);
});

test('a browser that has the page is told that it is the same', async () => {
  const { etag } = (await get('/', html)).headers;
  expect(await get('/', { ...html, 'if-none-match': `W/${etag}` })).toMatchObject({ status: 304 });
  expect(await get('/', { ...html, 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
});

test('a folder without a page is a console that is not built', async () => {
  expect(await openConsole(join(folder, 'assets'))).toBeNull();
  expect(await openConsole(join(folder, 'nowhere'))).toBeNull();
});
