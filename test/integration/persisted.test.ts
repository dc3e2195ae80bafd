import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../packages/client/src/connect.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import { JobEventsDocument, SubmitAnalysisDocument } from '../../packages/client/src/generated/graphql.ts';
import { schema } from '../../src/main/schema.ts';
import { loadDocuments } from '../../src/server/load-documents.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_DOCUMENTS, keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSocket } from '../support/sockets.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const paused = 'query Paused { queue { paused } }';
const pause = 'mutation Pause { pauseQueue(input: {}) { __typename } }';
const other = 'query Other { __typename }';
const manifestOf = (documents: readonly string[]) =>
  JSON.stringify(Object.fromEntries(documents.map((text) => [sha256(text), text])));
const persistedQuery = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

let database: TestDatabase;
let directory: string;
/** One that also takes other documents, and one that takes nothing else. */
let open: TestApi;
let strict: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'thetool-persisted-'));
  const manifest = join(directory, 'documents.json');
  await writeFile(manifest, manifestOf([paused, pause, ...BYSTANDER_DOCUMENTS]));
  open = await startApi(database.url, { PERSISTED_OPERATIONS: manifest });
  strict = await startApi(database.url, { PERSISTED_OPERATIONS: manifest, PERSISTED_ONLY: 'on' });
});
afterAll(async () => {
  await open.close();
  await strict.close();
  await database.close();
  await rm(directory, { recursive: true });
});
keepBystander(() => ({ url: open.url, db: database.db }));
keepBystander(() => ({ url: strict.url, db: database.db }));

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

async function overHttp({ url }: TestApi, params: object): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  return (await response.json()) as Answer;
}

async function overSocket({ url }: TestApi, params: object): Promise<Answer> {
  const socket = await openSocket(url);
  socket.send({ id: '1', type: 'subscribe', payload: { query: '', ...params } });
  const { type, payload } = await socket.next();
  socket.socket.close();
  return (type === 'error' ? { errors: payload } : payload) as Answer;
}

const data = { queue: { paused: false } };

describe.each([
  ['HTTP', overHttp],
  ['a websocket', overSocket],
] as const)('over %s a persisted operation', (_name, ask) => {
  test.each([
    ['its hash as Apollo’s clients send it', { extensions: persistedQuery(sha256(paused)) }],
    ['its hash as documentId', { documentId: sha256(paused) }],
    ['its hash with a prefix', { documentId: `sha256:${sha256(paused)}` }],
    ['hash and document', { query: paused, extensions: persistedQuery(sha256(paused)) }],
    ['the very document', { query: paused }],
  ])('is run by %s', async (_way, params) => {
    expect(await ask(open, params)).toEqual({ data });
    expect(await ask(strict, params)).toEqual({ data });
  });

  test.each([
    ['another document', { query: other }, 'PERSISTED_QUERY_ONLY'],
    [
      'another document with its own hash',
      { query: other, extensions: persistedQuery(sha256(other)) },
      'PERSISTED_QUERY_NOT_FOUND',
    ],
    [
      'another document with the hash of a stored one',
      { query: other, extensions: persistedQuery(sha256(paused)) },
      'BAD_REQUEST',
    ],
    ['the document with a blank more', { query: `${paused} ` }, 'PERSISTED_QUERY_ONLY'],
    ['a hash that nobody stored', { documentId: sha256(other) }, 'PERSISTED_QUERY_NOT_FOUND'],
    ['__proto__', { documentId: '__proto__' }, 'BAD_REQUEST'],
    ['a hash that is a list', { documentId: [sha256(paused)] }, 'BAD_REQUEST'],
  ])('is not %s, where nothing else is run', async (_way, params, code) => {
    const { errors } = await ask(strict, params);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  test('may be any other where others are run, but not under a hash that is not its own', async () => {
    expect(await ask(open, { query: other })).toEqual({ data: { __typename: 'Query' } });
    expect(await ask(open, { query: other, extensions: persistedQuery(sha256(other)) })).toEqual({
      data: { __typename: 'Query' },
    });
    const lie = await ask(open, { query: other, extensions: persistedQuery(sha256('lie')) });
    expect(lie.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    const unknown = await ask(open, { extensions: persistedQuery(sha256(other)) });
    expect(unknown.errors?.[0]?.message).toBe('PersistedQueryNotFound');
  });
});

describe('a GET', () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${strict.url}?${query}`, { headers });
  const byHash = `extensions=${encodeURIComponent(JSON.stringify(persistedQuery(sha256(paused))))}`;

  test('of a persisted query is answered with the preflight header, and refused without', async () => {
    expect((await get(byHash)).status).toBe(415);
    expect(await (await get(byHash, { 'graphql-preflight': '1' })).json()).toEqual({ data });
    const byId = await get(`documentId=${sha256(paused)}`, { 'graphql-preflight': '1' });
    expect(await byId.json()).toEqual({ data });
  });

  test('of a persisted mutation is refused', async () => {
    const response = await get(`documentId=${sha256(pause)}`, { 'graphql-preflight': '1' });
    expect(response.status).toBe(405);
    expect(await overHttp(open, { query: paused })).toEqual({ data });
  });
});

test('the client sends hashes alone where it is told that they are known, over HTTP and websockets', async () => {
  const own = new URL('../../packages/client/src/generated/persisted-documents.json', import.meta.url);
  const documents = Object.values<string>(JSON.parse(readFileSync(own, 'utf8')));
  const manifest = join(directory, 'client.json');
  await writeFile(manifest, manifestOf([...documents, ...BYSTANDER_DOCUMENTS]));
  const api = await startApi(database.url, { PERSISTED_OPERATIONS: manifest, PERSISTED_ONLY: 'on' });
  const bystander = await openBystander({ url: api.url, db: database.db });
  const client = connect(api.url, { persisted: true });
  expect(await client.paramsOf(JobEventsDocument)).toMatchObject({ query: '' });
  const { submitAnalysis } = await client.request(SubmitAnalysisDocument, { input: { tickers: ['AAPL'] } });
  if (submitAnalysis.__typename !== 'SubmitJobPayload') throw new Error(submitAnalysis.__typename);
  for await (const { seq, type } of followJob(client, submitAnalysis.job.id)) {
    expect({ seq, type }).toEqual({ seq: 1, type: 'JOB_QUEUED' });
    break;
  }
  const plain = connect(api.url);
  await expect(plain.request(SubmitAnalysisDocument, { input: { tickers: ['AAPL'] } })).rejects.toMatchObject(
    { code: 'PERSISTED_QUERY_ONLY' },
  );
  await client.close();
  await plain.close();
  await bystander.leave();
  await api.close();
});

describe('a manifest', () => {
  const load = async (text: string) => {
    const path = join(directory, 'bad.json');
    await writeFile(path, text);
    return loadDocuments(path, schema);
  };

  test('that is missing, no JSON, wrongly hashed or not of this schema ends the start with its reason', async () => {
    await expect(loadDocuments(join(directory, 'none.json'), schema)).rejects.toThrow('cannot be read');
    await expect(load('{')).rejects.toThrow('no JSON object');
    await expect(load(JSON.stringify({ [sha256('x')]: paused }))).rejects.toThrow('not the SHA-256');
    const old = '{ gone }';
    await expect(load(JSON.stringify({ [sha256(old)]: old }))).rejects.toThrow('does not fit the schema');
  });

  test('of the client’s own documents is one', async () => {
    const url = new URL('../../packages/client/src/generated/persisted-documents.json', import.meta.url);
    const documents = await loadDocuments(url.pathname, schema);
    expect(documents.size).toBe(Object.keys(JSON.parse(readFileSync(url, 'utf8'))).length);
    expect(documents.size).toBeGreaterThan(5);
  });
});
