import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_SUBSCRIPTIONS, keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { authorized } from '../support/key.ts';

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const operations = {
  query: '{ watchlists { id } }',
  mutation: 'mutation { createWatchlist(input: { name: "Negotiated" }) { __typename } }',
  subscription: 'subscription { analysisStored(from: OLDEST) { cursor caughtUp } }',
} as const;
type Kind = keyof typeof operations;
const kinds = Object.keys(operations) as Kind[];

/** Values of Accept, and what a request with one result and a subscription are answered with; null: rejected. */
const accepts: readonly (readonly [accept: string | null, single: string | null, stream: string | null])[] = [
  [null, 'application/json', 'text/event-stream'],
  ['', 'application/json', 'text/event-stream'],
  ['*/*', 'application/json', 'text/event-stream'],
  ['application/json', 'application/json', null],
  ['APPLICATION/JSON', 'application/json', null],
  ['application/*', 'application/json', null],
  ['application/json; charset=utf-8', 'application/json', null],
  ['application/json; charset=utf-16', null, null],
  ['application/graphql-response+json', 'application/graphql-response+json', null],
  ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json', null],
  [
    'application/graphql-response+json;q=0.1, application/json, text/event-stream',
    'application/json',
    'text/event-stream',
  ],
  ['text/event-stream', 'text/event-stream', 'text/event-stream'],
  ['text/*', 'text/event-stream', 'text/event-stream'],
  ['text/event-stream;q=0, */*', 'application/json', null],
  ['application/json;q=0, */*', 'application/graphql-response+json', 'text/event-stream'],
  ['*/*;q=0', null, null],
  ['multipart/mixed', null, null],
  ['multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json', 'application/json', null],
  ['text/html', null, null],
  ['text/html, application/xhtml+xml', null, null],
  ['text/plain', null, null],
  ['image/*', null, null],
  ['application/json-seq', null, null],
  ['x', null, null],
  [';;;', null, null],
];

async function send(headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer>) {
  const leaving = new AbortController();
  const response = await fetch(api.url, { method: 'POST', headers, body, signal: leaving.signal });
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  const isEndless = type === 'text/event-stream';
  const text = isEndless
    ? new TextDecoder().decode((await response.body?.getReader().read())?.value)
    : await response.text();
  // A subscription does not end by itself.
  leaving.abort();
  return { status: response.status, type, text };
}

const stored = async () => (await api.one<readonly object[]>('{ watchlists { id } }')).length;

async function subscribers(): Promise<number> {
  const text = await (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();
  return Number(text.match(/^thetool_subscribers (\d+)$/m)?.[1]) - BYSTANDER_SUBSCRIPTIONS;
}

/** Runs the work and returns what it has started: subscriptions that are open and watchlists that were created. */
async function effectOf(work: () => Promise<unknown>) {
  const before = await stored();
  await work();
  return { created: (await stored()) - before, open: await subscribers() };
}

describe.each(kinds)('a %s', (kind) => {
  test.each(accepts)(
    'under Accept: %s is served or rejected before it starts',
    async (accept, single, stream) => {
      const type = kind === 'subscription' ? stream : single;
      const query = operations[kind].replace('Negotiated', crypto.randomUUID());
      let answer: Awaited<ReturnType<typeof send>> | undefined;
      const effect = await effectOf(async () => {
        const headers = { 'content-type': 'application/json', ...(accept !== null && { accept }) };
        answer = await send(headers, JSON.stringify({ query }));
        if (answer.status === 200) await eventually(async () => (await subscribers()) === 0);
      });
      expect(answer?.type).toBe(type ?? single ?? 'application/json');
      expect(answer?.status).toBe(type === null ? 406 : 200);
      if (type === null)
        expect(JSON.parse(answer?.text ?? '')).toEqual({
          errors: [{ message: expect.stringContaining('Accept'), extensions: { code: 'NOT_ACCEPTABLE' } }],
        });
      expect(effect).toEqual({ created: kind === 'mutation' && type !== null ? 1 : 0, open: 0 });
    },
  );

  test.each([
    ['a gzip body', { 'content-encoding': 'gzip' }],
    ['an unknown encoding', { 'content-encoding': 'x-unknown' }],
    ['two encodings', { 'content-encoding': 'identity, br' }],
    ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }],
    ['UTF-16 behind spaces', { 'content-type': 'application/json; charset = utf-16' }],
    ['half a quoted charset', { 'content-type': 'application/json; charset="utf-8' }],
    ['Latin 1', { 'content-type': 'application/json; charset="iso-8859-1"' }],
    ['a sequence of JSON texts', { 'content-type': 'application/json-seq' }],
    ['a JSON patch', { 'content-type': 'application/json-patch+json' }],
    ['text', { 'content-type': 'text/plain' }],
    ['no type', { 'content-type': '' }],
  ] as const)('with %s is rejected with 415 before it starts', async (what, given) => {
    const query = operations[kind].replace('Negotiated', crypto.randomUUID());
    const text = JSON.stringify({ query });
    const body = what === 'a gzip body' ? Uint8Array.from(gzipSync(text)) : text;
    let answer: Awaited<ReturnType<typeof send>> | undefined;
    const effect = await effectOf(async () => {
      answer = await send({ 'content-type': 'application/json', accept: '*/*', ...given }, body);
    });
    expect(answer).toMatchObject({ status: 415, type: 'application/json' });
    expect(JSON.parse(answer?.text ?? '')).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    expect(effect).toEqual({ created: 0, open: 0 });
  });
});

test.each(['application/json; charset=UTF-8', 'application/json;charset="utf8"', 'Application/JSON'])(
  'a body of type %s is read',
  async (type) => {
    const answer = await send({ 'content-type': type }, JSON.stringify({ query: operations.query }));
    expect(answer.status).toBe(200);
  },
);

test('a rejected request leaves no subscription, however many there are', async () => {
  const query = operations.subscription;
  await Promise.all(
    Array.from({ length: 50 }, () =>
      send({ 'content-type': 'application/json', accept: 'application/json' }, JSON.stringify({ query })),
    ),
  );
  expect(await subscribers()).toBe(0);
});
