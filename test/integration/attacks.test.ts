import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema } from '../../src/main/schema.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { bombs, times } from '../support/document-bombs.ts';
import { TEST_KEY } from '../support/key.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;
/** Asks for keys, as a deployment does. */
let closed: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  closed = await startApi(database.url, { BOOTSTRAP_KEY: TEST_KEY }, { access: 'real' });
});
afterAll(async () => {
  await api.close();
  await closed.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));
keepBystander(() => ({ url: closed.url, db: database.db }));

const nested = (depth: number) => `${'fields { type { '.repeat(depth)}name${' } }'.repeat(depth)}`;
const json = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const MUTATION = 'mutation { createWatchlist(input: { name: "attack" }) { __typename } }';

/** Documents that cost more than they look: the refusal must come before anything is executed. */
const expensive: [string, string][] = [
  ['101 aliases', `{ ${times(101, (i) => `a${i}: __typename`)} }`],
  [
    '101 aliases in one fragment',
    `{ ...F } fragment F on Query { ${times(101, (i) => `a${i}: __typename`)} }`,
  ],
  ['10,000 equal fields', `{ ${times(10_000, () => '__typename')} }`],
  ['1,000 unknown directives', `{ __typename ${times(1_000, () => '@aa')} }`],
  ['12 known directives', `{ __typename ${times(12, () => '@include(if: true)')} }`],
  ['circular introspection', `{ __schema { types { ${nested(10)} } } }`],
  ['circular introspection of one type', `{ __type(name: "Query") { ${nested(10)} } }`],
  ['10,000 fragments', `{ ...F0 } ${times(10_000, (i) => `fragment F${i} on Query { ...F${i + 1} }`)}`],
  ['a fragment in itself', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['a fragment twice in itself', '{ ...A } fragment A on Query { ...A ...A }'],
  ['1 MB of comments', `{ __typename } ${'#\n'.repeat(450_000)}`],
  ['100,000 brackets', `${'{ a '.repeat(100_000)}`],
  ['lists in lists, 10,000 deep', `{ nodes(ids: ${'['.repeat(9_000)}) { id } }`],
];

/** Requests that another site can make a browser send without asking first. */
const forged: [string, (url: string) => [string, RequestInit]][] = [
  ['a query by GET', (url) => [`${url}?query=${encodeURIComponent('{ __typename }')}`, {}]],
  ['a mutation by GET', (url) => [`${url}?query=${encodeURIComponent(MUTATION)}`, {}]],
  [
    'a mutation by GET with the header',
    (url) => [`${url}?query=${encodeURIComponent(MUTATION)}`, { headers: { 'graphql-preflight': '1' } }],
  ],
  [
    'a mutation as form',
    (url) => [
      url,
      post(`query=${encodeURIComponent(MUTATION)}`, { 'content-type': 'application/x-www-form-urlencoded' }),
    ],
  ],
  ['a mutation as text', (url) => [url, post({ query: MUTATION }, { 'content-type': 'text/plain' })]],
  [
    'a mutation as application/graphql',
    (url) => [url, post(MUTATION, { 'content-type': 'application/graphql' })],
  ],
  [
    'a mutation without a content type',
    (url) => [url, { method: 'POST', body: new Blob([JSON.stringify({ query: MUTATION })]) }],
  ],
  ['a mutation as multipart form', (url) => [url, multipart()]],
  ['a mutation by PUT', (url) => [url, { ...post({ query: MUTATION }), method: 'PUT' }]],
  ['a mutation by DELETE', (url) => [url, { ...post({ query: MUTATION }), method: 'DELETE' }]],
];

function multipart(): RequestInit {
  const body = new FormData();
  body.append('operations', JSON.stringify({ query: MUTATION }));
  body.append('map', '{}');
  return { method: 'POST', body };
}

/** Names that only somebody who knows the schema can know. */
const NAMES = Object.keys(schema.getTypeMap()).filter((name) => /^[A-Z]\w{9,}$/.test(name));

/** No answer to an attack may hold any of these. */
const LEAK =
  /Did you mean|stack|trace|debug|node_modules|\.ts:\d|\bat \w+ \(|Cannot read|select .* from|graphiql/i;

async function ask(url: string, init: RequestInit) {
  const startedAt = performance.now();
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, text, headers: response.headers, ms: performance.now() - startedAt };
}

describe('over HTTP', () => {
  test.each(expensive)('%s are refused before anything is executed', async (_name, query) => {
    const { status, text } = await ask(api.url, post({ query }));
    expect(status).toBeLessThan(500);
    const { data, errors } = JSON.parse(text);
    expect(data).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThan(50);
    expect(text).not.toMatch(LEAK);
  });

  test('operations in an array are refused', async () => {
    for (const count of [1, 10]) {
      const { status, text } = await ask(
        api.url,
        post(Array.from({ length: count }, () => ({ query: '{ __typename }' }))),
      );
      expect({ status, text }).toMatchObject({ status: 400, text: expect.not.stringContaining('"data"') });
    }
  });

  test.each(forged)('%s is refused and changes nothing', async (_name, request) => {
    const { status, text, headers } = await ask(...request(api.url));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).not.toMatch(/"data":\{/);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(await api.one<{ name: string }[]>('{ watchlists { name } }')).toEqual([{ name: 'Default' }]);
  });

  test('another site is told nothing by a preflight', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const { headers: answer } = await ask(api.url, { method: 'OPTIONS', headers });
    for (const name of [
      'access-control-allow-origin',
      'access-control-allow-credentials',
      'access-control-allow-methods',
    ])
      expect(answer.get(name)).toBeNull();
  });
});

describe('mistakes are told', () => {
  const typos: [string, object][] = [
    ['a field', { query: '{ jbo { id } }' }],
    ['a field of an object', { query: '{ jobs { edgse { cursor } } }' }],
    ['an argument', { query: '{ jobs(frist: 1) { totalCount } }' }],
    ['an enum value', { query: '{ strategy(id: BALANCD) { title } }' }],
    [
      'an enum value in a variable',
      { query: 'query($s: StrategyId!) { strategy(id: $s) { title } }', variables: { s: 'BALANCD' } },
    ],
    ['a type', { query: 'query($f: JobFiltr) { jobs(filter: $f) { totalCount } }' }],
    ['an input field', { query: '{ jobs(filter: { origni: TICKERS }) { totalCount } }' }],
    [
      'an input field in a variable',
      {
        query: 'query($f: JobFilter) { jobs(filter: $f) { totalCount } }',
        variables: { f: { origni: 'TICKERS' } },
      },
    ],
    ['a fragment’s type', { query: '{ node(id: "x") { ... on Jobb { id } } }' }],
    ['an interface’s field', { query: '{ node(id: "x") { ticker } }' }],
    ['a directive', { query: '{ __typename @skp(if: true) }' }],
  ];
  test.each(typos)('without a hint at the right name: %s', async (_name, body) => {
    const { text } = await ask(api.url, post(body));
    expect(JSON.parse(text).errors.length).toBeGreaterThan(0);
    expect(text).not.toMatch(LEAK);
    const socket = await openSocket(api.url);
    socket.send({ id: '1', type: 'subscribe', payload: body });
    expect(JSON.stringify(await socket.next())).not.toMatch(LEAK);
    socket.socket.close();
  });

  test('without traces or debugging, whatever is asked for', async () => {
    const asks = [
      post({
        query: '{ __typename }',
        extensions: { tracing: true, debug: true, persistedQuery: { version: 1 } },
      }),
      post(
        { query: '{ jobs { totalCount } }' },
        {
          ...json,
          'x-apollo-tracing': '1',
          'apollo-query-plan-experimental': '1',
          'apollo-federation-include-trace': 'ftv1',
        },
      ),
      post({ query: '{ job(id: "x") { id } }' }),
      post('{"query":'),
      post({ query: '{ __typename', variables: { stack: 1 } }),
    ];
    for (const init of asks) {
      const { text, status } = await ask(`${api.url}?debug=1&trace=1`, init);
      expect(status).toBeLessThan(500);
      expect(JSON.parse(text).extensions).toBeUndefined();
      expect(text).not.toMatch(/stack|"tracing"|"debug"|exception|node_modules/i);
    }
  });
});

test('no page of GraphiQL, Playground, Voyager or Altair is at a usual address', async () => {
  for (const path of [
    'graphiql',
    'playground',
    'console',
    'altair',
    'voyager',
    'graphql-playground',
    'api/graphql',
    'v1/graphql',
    '.env',
    'debug',
  ]) {
    const { status, text } = await ask(new URL(`/${path}`, api.url).href, {
      headers: { accept: 'text/html' },
    });
    expect({ path, status }).toEqual({ path, status: 404 });
    expect(text).not.toContain('<html');
  }
});

test('the types of the API are an answer to introspection and to nothing else', async () => {
  expect(NAMES.length).toBeGreaterThan(50);
  const { text } = await ask(api.url, post({ query: getIntrospectionQuery() }));
  expect(NAMES.filter((name) => !text.includes(`"${name}"`))).toEqual([]);
  const { headers } = await ask(api.url, { method: 'POST' });
  expect([...headers].join(' ')).not.toMatch(/x-powered-by|yoga|express/i);
});

describe('without a key', () => {
  const asked: [string, (url: string) => [string, RequestInit]][] = [
    ...[...expensive, ...bombs].map(([name, query]): (typeof asked)[number] => [
      name,
      (url) => [url, post({ query })],
    ]),
    ...forged,
    ['introspection', (url) => [url, post({ query: getIntrospectionQuery() })]],
    ['circular introspection', (url) => [url, post({ query: `{ __schema { types { ${nested(3)} } } }` })]],
    ['a typing error', (url) => [url, post({ query: '{ jbo { id } }' })]],
    ['a syntax error', (url) => [url, post({ query: '{' })]],
    ['no JSON', (url) => [url, post('{"query":')]],
    ['operations in an array', (url) => [url, post([{ query: '{ __typename }' }])]],
    [
      'a wrong key',
      (url) => [url, post({ query: '{ __typename }' }, { ...json, authorization: 'Bearer tt_live_x' })],
    ],
    [
      'a stream',
      (url) => [
        url,
        post(
          { query: 'subscription { analysisStored { cursor } }' },
          { ...json, accept: 'text/event-stream' },
        ),
      ],
    ],
  ];

  test.each(asked)('%s are refused with nothing but that', async (_name, request) => {
    const { status, text, headers } = await ask(...request(closed.url));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).not.toMatch(/"data"/);
    expect(NAMES.filter((name) => text.includes(name))).toEqual([]);
    expect(text).not.toMatch(LEAK);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a socket is closed before it may ask anything', async () => {
    const socket = await openSocket(closed.url, { init: false });
    socket.send({ type: 'connection_init' });
    socket.send({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    expect([4401, 4403]).toContain(await socket.closed);
  });
});
