import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSocket } from '../support/sockets.ts';

const ALLOWED = 'https://app.example';
const FOREIGN = ['https://evil.example', 'https://app.example.evil.example', 'http://app.example', 'null'];
let database: TestDatabase;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, {
    ALLOWED_ORIGINS: `${ALLOWED}, https://other.example`,
    INTROSPECTION: 'off',
    GRAPHIQL: 'on',
  });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const preflight = (origin: string, path = '/graphql') =>
  fetch(new URL(path, api.url), {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization, content-type',
    },
  });
const post = (origin: string) =>
  fetch(api.url, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  });

describe('a page of an allowed origin', () => {
  test('is told what it may send and read, without cookies', async () => {
    const { status, headers } = await preflight(ALLOWED);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await post(ALLOWED);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
    expect(answer.headers.get('access-control-expose-headers')).toContain('ratelimit');
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  const asked = (path: string, method: string, origin: string, site: string) =>
    fetch(new URL(path, api.url), {
      method,
      headers: { origin, 'sec-fetch-site': site },
      ...(method === 'PUT' && { body: 'date,close\n' }),
    });

  test('may export and import, and reads the name of the file', async () => {
    const ofImport = await preflight(ALLOWED, '/import/candles/ABC');
    expect(ofImport.headers.get('access-control-allow-methods')).toBe('GET, PUT, DELETE');
    expect(ofImport.headers.get('access-control-allow-headers')).toContain('content-encoding');
    expect((await preflight(ALLOWED)).headers.get('access-control-allow-methods')).toBe('GET, POST');
    const exported = await asked('/export/analyses.jsonl', 'GET', ALLOWED, 'cross-site');
    expect(exported.status).toBe(200);
    for (const name of ['content-disposition', 'retry-after', 'x-request-id', 'ratelimit'])
      expect(exported.headers.get('access-control-expose-headers')).toContain(name);
    expect((await asked('/import/candles', 'GET', ALLOWED, 'same-site')).status).toBe(200);
    expect((await asked('/import/candles/ABC', 'DELETE', ALLOWED, 'cross-site')).status).toBe(404);
    for (const [path, method] of [
      ['/export/analyses.jsonl', 'GET'],
      ['/import/candles', 'GET'],
      ['/import/candles/ABC', 'PUT'],
      ['/import/candles/ABC', 'DELETE'],
    ] as const)
      for (const site of ['cross-site', 'same-site'])
        expect((await asked(path, method, 'https://evil.example', site)).status).toBe(403);
  });

  test('may open a websocket', async () => {
    const socket = await openSocket(api.url, { headers: { origin: ALLOWED } });
    socket.socket.close();
  });
});

describe.each(FOREIGN)('a page of %s', (origin) => {
  test('is told nothing that would let it read an answer', async () => {
    for (const { headers } of [await preflight(origin), await post(origin)]) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('access-control-allow-methods')).toBeNull();
    }
  });

  test('opens no websocket', async () => {
    await expect(openSocket(api.url, { headers: { origin } })).rejects.toThrow('403');
  });
});

test('the own origin and programs need no permission', async () => {
  for (const headers of [{}, { origin: new URL(api.url).origin }]) {
    const socket = await openSocket(api.url, { headers });
    socket.socket.close();
  }
});

test('every answer is told not to be sniffed, framed, kept or run', async () => {
  const urls = [api.url, new URL('/livez', api.url).href, new URL('/nowhere', api.url).href];
  for (const url of urls) {
    const { headers } = await fetch(url, { headers: { accept: 'application/json' } });
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  }
});

test('GraphiQL has a policy that runs its own script alone, and is off where it is not for this machine', async () => {
  const browser = { accept: 'text/html' };
  const first = await fetch(api.url, { headers: browser });
  const policy = first.headers.get('content-security-policy') ?? '';
  const page = await first.text();
  const [, script = ''] = page.match(/<script>([\s\S]*?)<\/script>/) ?? [];
  expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`);
  // Without it the first click on a tab does nothing (test/browser/graphiql.test.ts).
  expect(page).toContain('<style>.graphiql-tab { transform: none !important; }</style></head>');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe-inline/);
  const off = await startApi(database.url, { GRAPHIQL: 'off' });
  const bystander = await openBystander({ url: off.url, db: database.db });
  const refused = await fetch(off.url, { headers: browser });
  expect(refused.headers.get('content-type')).not.toContain('html');
  await bystander.leave();
  await off.close();
});

test('where introspection is off, nothing is told of the schema on any transport', async () => {
  for (const query of [
    '{ __schema { types { name } } }',
    '{ __type(name: "Job") { name } }',
    'query { ...A } fragment A on Query { __schema { queryType { name } } }',
  ]) {
    const { data, errors } = await api.post(query);
    expect(data ?? null).toBeNull();
    expect(errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    const socket = await openSocket(api.url);
    socket.send({ id: '1', type: 'subscribe', payload: { query } });
    expect(await socket.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'FORBIDDEN' } }],
    });
    socket.socket.close();
  }
  expect(await api.one('{ __typename }')).toBe('Query');
});

test.each(['app.example', 'https://app.example/', 'https://app.example/path', '*', 'null'])(
  'ALLOWED_ORIGINS=%s is refused',
  (value) => {
    expect(() => parseConfig({ ALLOWED_ORIGINS: value })).toThrow('ALLOWED_ORIGINS');
  },
);
