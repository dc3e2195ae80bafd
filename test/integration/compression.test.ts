import { get, type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, zstdDecompress } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWriter } from '../support/feed.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { ALLOWED_ORIGINS: 'https://app.example' });
  const writer = await createWriter(database.db);
  await writer.store(Array.from({ length: 100 }, (_, i) => ({ ticker: `T${i}` })));
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const decoders = {
  zstd: promisify(zstdDecompress),
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip),
};
const CODINGS = ['zstd', 'br', 'gzip'] as const;

/** As it comes over the network: fetch would take the coding away. */
function load(url: URL, coding: string | null): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  const headers = {
    'graphql-preflight': '1',
    accept: 'application/json',
    ...(coding !== null && { 'accept-encoding': coding }),
  };
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      resolve({ headers: response.headers, body: Buffer.concat(parts) });
    }).on('error', reject);
  });
}

function asked(query: string): URL {
  const url = new URL(api.url);
  url.searchParams.set('query', query);
  return url;
}

const list = (first: number, fields: string) =>
  asked(`{ analyses(first: ${first}) { edges { node { ${fields} } } } }`);
const DETAILS =
  'id ticker verdict score regime asOf source isDemo warnings { code message } plan { side entry stop target }';

test.each(CODINGS)('a response of more than 1 kB is sent in %s when the client takes it', async (coding) => {
  const url = list(50, DETAILS);
  const plain = await load(url, null);
  const { headers, body } = await load(url, coding);
  expect(headers).toMatchObject({ 'content-encoding': coding, 'content-length': String(body.length) });
  expect((await decoders[coding](body)).equals(plain.body)).toBe(true);
  expect(body.length * 4).toBeLessThan(plain.body.length);
  expect(plain.headers['content-encoding']).toBeUndefined();
});

test.each(CODINGS)('a response of several pieces is the same text in %s', async (coding) => {
  const url = list(
    100,
    `${DETAILS} ${Array.from({ length: 10 }, (_, i) => `a${i}: job { id state }`).join(' ')}`,
  );
  const plain = await load(url, null);
  expect(plain.body.length).toBeGreaterThan(65_536);
  const { body } = await load(url, coding);
  expect((await decoders[coding](body)).equals(plain.body)).toBe(true);
});

test('caches are told that a response depends on Accept-Encoding, beside the origin', async () => {
  const { headers } = await load(list(50, DETAILS), null);
  expect(headers.vary).toBe('Origin, Accept-Encoding');
});

test('a response of less than 1 kB is sent as it is', async () => {
  const { headers, body } = await load(list(1, 'id'), 'gzip, br, zstd');
  expect(body.length).toBeLessThan(1_024);
  expect(headers['content-encoding']).toBeUndefined();
  expect(headers['content-length']).toBe(String(body.length));
});

test.each(CODINGS)('an export is the same text in %s', async (coding) => {
  const url = new URL('/export/analyses.csv', api.url);
  const plain = await load(url, null);
  expect(plain.body.length).toBeGreaterThan(5_000);
  const { headers, body } = await load(url, coding);
  expect(headers).toMatchObject({ 'content-encoding': coding, vary: 'Origin, Accept-Encoding' });
  expect((await decoders[coding](body)).equals(plain.body)).toBe(true);
});

test('a stream of events is not compressed, so that each event arrives at once', async () => {
  const leaving = new AbortController();
  const url = asked(
    'subscription { analysisStored(from: OLDEST) { cursor analyses { id ticker verdict } } }',
  );
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', 'accept-encoding': 'gzip, br, zstd' },
    signal: leaving.signal,
  });
  const reader = response.body?.getReader();
  let text = '';
  while (!text.includes('"T99"')) text += new TextDecoder().decode((await reader?.read())?.value);
  leaving.abort();
  expect(text).toContain('event: next\ndata: {"data"');
});
