import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKey, revokeKey } from '../../src/access/issue-keys.ts';
import { makeKey } from '../../src/access/key.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { schema } from '../../src/main/schema.ts';
import { fullAccess } from '../support/access.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { submit } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;

const REFUSED = {
  errors: [
    {
      message: 'Send a valid API key or token in the header Authorization: Bearer …',
      extensions: { code: 'UNAUTHENTICATED' },
    },
  ],
};

async function issue(scopes: readonly Scope[] = SCOPES, expiresAt: Date | null = null) {
  const request = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'test', scopes, expiresAt, maker: fullAccess() };
  const { apiKey, secret } = await createKey({ db: database.db, log: silent }, request);
  return { keyId: apiKey.keyId, secret };
}

beforeAll(async () => {
  database = await createTestDatabase();
  await issue();
});
afterAll(() => database.close());
// A new one for each: wrong tries are counted per address.
beforeEach(async () => {
  api = await startApi(database.url, {}, { access: 'real' });
});
afterEach(() => api.close());
keepBystander(() => ({ url: api.url, db: database.db }), { each: true });

function ask(
  body: string,
  authorization: string | null,
  more: Record<string, string> = {},
): Promise<Response> {
  return fetch(api.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...more,
      ...(authorization !== null && { authorization }),
    },
    body,
  });
}

const query = (text: string) => JSON.stringify({ query: text });
const bearer = (secret: string) => `Bearer ${secret}`;
const asConnection = (secret: string) => ({ authorization: bearer(secret) });
const changeLast = (text: string) => text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a');

describe('nobody is let in', () => {
  test('without a valid key: one answer for every reason, before a word of the body is read', async () => {
    const { secret } = await issue();
    const expired = await issue(SCOPES, new Date(Date.now() + 50));
    const revoked = await issue();
    await revokeKey({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, revoked);
    await eventually(async () => (await ask(query('{ __typename }'), bearer(expired.secret))).status === 401);
    const reasons: (string | null)[] = [
      null,
      '',
      'Bearer',
      `Basic ${secret}`,
      secret,
      bearer('x'),
      bearer(changeLast(secret)),
      bearer(makeKey().key),
      bearer(revoked.secret),
      bearer(expired.secret),
      bearer('eyJhbGciOiJub25lIn0.e30.'),
    ];
    const answers = await Promise.all(
      reasons.map(async (authorization) => {
        const response = await ask('{ no JSON', authorization);
        const { status, headers } = response;
        return [status, headers.get('www-authenticate'), await response.text()];
      }),
    );
    expect(new Set(answers.map(String)).size).toBe(1);
    expect(answers[0]).toEqual([401, 'Bearer', JSON.stringify(REFUSED)]);
    expect((await ask(query('{ __typename }'), bearer(secret))).status).toBe(200);
  });

  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
    (type) => Object.keys(type?.getFields() ?? {}).map((field) => [type?.name.toLowerCase() ?? '', field]),
  );
  test('to any field of the root types', async () => {
    expect(roots.length).toBeGreaterThan(30);
    for (const [type, field] of roots) {
      const response = await ask(query(`${type} { ${field} }`), null);
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual(REFUSED);
    }
  });

  test('over GET, SSE, an export, with the key in the address, or to GraphiQL', async () => {
    const { secret } = await issue();
    const statuses = await Promise.all(
      [
        fetch(`${api.url}?query={__typename}`, { headers: { 'graphql-preflight': '1' } }),
        fetch(`${api.url}?query={__typename}`, { headers: { accept: 'text/event-stream' } }),
        fetch(`${api.url}?query={__typename}`, { headers: { 'graphql-preflight': '1', accept: '*/*' } }),
        fetch(`${api.url}?query={__typename}&api_key=${secret}`, { headers: { 'graphql-preflight': '1' } }),
        fetch(new URL('/export/analyses.csv', api.url)),
      ].map(async (response) => (await response).status),
    );
    expect(statuses).toEqual([401, 401, 401, 401, 401]);
    // What cannot be answered is rejected before it is known who asks; there is no page here.
    const page = await fetch(`${api.url}?query={__typename}`, {
      headers: { 'graphql-preflight': '1', accept: 'text/html' },
    });
    expect(page.status).toBe(406);
  });

  test('on a websocket, which is closed at once with what is wrong', async () => {
    const closeOf = async (payload: unknown) => {
      const { socket, send } = await openSocket(api.url, { init: false });
      const closed = once(socket, 'close');
      send({ type: 'connection_init', payload });
      const [code, reason] = await closed;
      return [code, String(reason)];
    };
    const missing = [4401, expect.stringContaining('No credential: send {"authorization"')];
    for (const payload of [undefined, {}, { token: (await issue()).secret }, { headers: null }])
      expect(await closeOf(payload)).toEqual(missing);
    const wrong = [4403, 'The API key or token is not valid.'];
    for (const payload of [{ authorization: 'Bearer x' }, { headers: { authorization: 'x' } }])
      expect(await closeOf(payload)).toEqual(wrong);
  });

  test('after 20 wrong keys within a minute from one address with 429, but every valid key is admitted', async () => {
    const { secret } = await issue();
    const fresh = await issue();
    database.statements.length = 0;
    for (let i = 0; i < 20; i += 1) expect((await ask('{}', bearer(changeLast(secret)))).status).toBe(401);
    const blocked = await ask('{}', bearer(changeLast(secret)));
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    for (const valid of [fresh.secret, secret])
      expect((await ask(query('{ __typename }'), bearer(valid))).status).toBe(200);
  });
});

test('a key opens HTTP, GET, SSE and websockets, and says who it is', async () => {
  const { secret, keyId } = await issue(['jobs:write']);
  const answer = await (
    await ask(query('{ viewer { keyId subject scopes workspaceId } }'), bearer(secret))
  ).json();
  expect(answer.data.viewer).toEqual({
    keyId,
    subject: 'test',
    scopes: ['JOBS_WRITE', 'JOBS_READ'],
    workspaceId: DEFAULT_WORKSPACE_ID,
  });
  const get = await fetch(`${api.url}?query={__typename}`, {
    headers: { 'graphql-preflight': '1', authorization: bearer(secret) },
  });
  expect(get.status).toBe(200);
  const socket = await openSocket(api.url, { init: false });
  socket.send({ type: 'connection_init', payload: asConnection(secret) });
  expect((await socket.next()).type).toBe('connection_ack');
  socket.socket.close();
});

test.each(['authorization', 'headers', 'upgrade'] as const)(
  'a websocket may send its key by %s',
  async (place) => {
    const { secret } = await issue();
    const authorization = bearer(secret);
    const headers: Record<string, string> = place === 'upgrade' ? { authorization } : {};
    const socket = await openSocket(api.url, { init: false, headers });
    const payloads = {
      authorization: { authorization },
      headers: { headers: { Authorization: authorization } },
    };
    socket.send({ type: 'connection_init', payload: place === 'upgrade' ? undefined : payloads[place] });
    expect((await socket.next()).type).toBe('connection_ack');
    socket.socket.close();
  },
);

test('scopes hold over HTTP and websockets, for what is reached through other types too', async () => {
  const id = jobGid(await submit(database.db, ['A']));
  const { secret } = await issue(['results:read']);
  for (const text of [
    '{ jobs(first: 1) { edges { cursor } } }',
    `{ node(id: "${id}") { ... on Job { state } } }`,
    `{ nodes(ids: ["${id}"]) { ...F } } fragment F on Job { state }`,
    '{ analyses(first: 1) { edges { node { job { __typename } } } } }',
    'mutation { pauseQueue(input: {}) { __typename } }',
    '{ apiKeys { edges { node { keyId } } } }',
  ]) {
    const response = await ask(query(text), bearer(secret));
    expect(response.status).toBe(403);
    expect((await response.json()).errors[0].extensions.code).toBe('FORBIDDEN');
  }
  expect((await ask(query('{ analyses(first: 1) { edges { cursor } } }'), bearer(secret))).status).toBe(200);
  const socket = await openSocket(api.url, { init: false });
  socket.send({ type: 'connection_init', payload: asConnection(secret) });
  await socket.next();
  for (const text of [
    `subscription { jobProgress(id: "${id}") { state } }`,
    '{ queue { paused: pausedAt } }',
  ]) {
    socket.send({ id: text, type: 'subscribe', payload: { query: text } });
    const message = JSON.stringify(await socket.next());
    expect(message).toContain('FORBIDDEN');
    if (message.includes('"next"')) await socket.next();
  }
  socket.socket.close();
});

test('what is computed from results needs results:read, whatever it is reached through', async () => {
  const list =
    'mutation { createWatchlist(input: { name: "Scopes", tickers: ["A"] }) { ... on WatchlistPayload { watchlist { id } } } }';
  const writer = await issue(['jobs:write']);
  const created = await (await ask(query(list), bearer(writer.secret))).json();
  const { id } = created.data.createWatchlist.watchlist;
  const texts = [
    '{ watchlistSummary { items } }',
    `{ watchlist(id: "${id}") { summary { buy } } }`,
    `{ watchlist(id: "${id}") { items { recentScores { score } } } }`,
    // The number of results is a result, too.
    `{ watchlist(id: "${id}") { items { recentScores { __typename } } } }`,
    `{ node(id: "${id}") { ... on Watchlist { items { latestAnalysis { __typename } } } } }`,
    `mutation { updateWatchlist(input: { id: "${id}", name: "Scopes" }) { ... on WatchlistPayload { watchlist { summary { sell } } } } }`,
  ];
  const both = await issue(['jobs:write', 'results:read']);
  for (const text of texts) {
    const refused = await ask(query(text), bearer(writer.secret));
    expect([text, refused.status]).toEqual([text, 403]);
    expect((await refused.json()).errors[0]).toMatchObject({
      message: 'This operation needs the scope results:read.',
      extensions: { code: 'FORBIDDEN' },
    });
    expect([text, (await ask(query(text), bearer(both.secret))).status]).toEqual([text, 200]);
  }
});

describe('what is open ends', () => {
  /** Answers when both are open; `ended` when both have been cut. */
  async function openAll(secret: string) {
    const job = await submit(database.db, ['A']);
    const text = `subscription { jobEvents(jobId: "${jobGid(job)}") { cursor } }`;
    const socket = await openSocket(api.url, { init: false });
    socket.send({ type: 'connection_init', payload: asConnection(secret) });
    await socket.next();
    socket.send({ id: '1', type: 'subscribe', payload: { query: text } });
    await socket.next();
    const stream = await ask(query(text), bearer(secret), { accept: 'text/event-stream' });
    expect(stream.status).toBe(200);
    const began = performance.now();
    const ended = Promise.all([
      socket.closed.then((code) => ({ code, ms: performance.now() - began })),
      stream.text().then((words) => ({ words, ms: performance.now() - began })),
    ]);
    return { ended };
  }

  test('with the key’s revocation, within 2 s', async () => {
    const { secret, keyId } = await issue();
    const { ended } = await openAll(secret);
    const admin = await issue();
    const text =
      'mutation($id: String!) { revokeApiKey(input: { keyId: $id }) { __typename ... on ApiKeyPayload { apiKey { revokedAt } } } }';
    const revoked = await ask(
      JSON.stringify({ query: text, variables: { id: keyId } }),
      bearer(admin.secret),
    );
    expect((await revoked.json()).data.revokeApiKey.apiKey.revokedAt).toMatch(/Z$/);
    const at = performance.now();
    const [socket, stream] = await ended;
    expect(performance.now() - at).toBeLessThan(2_000);
    expect(socket.code).toBe(4403);
    expect(stream.words).toContain('"code":"UNAUTHENTICATED"');
    expect((await ask(query('{ __typename }'), bearer(secret))).status).toBe(401);
  });

  test('within 5 s though nobody was told', async () => {
    const { secret, keyId } = await issue();
    const { ended } = await openAll(secret);
    await database.db.execute(
      sql`update api_keys set revoked_at = clock_timestamp() where key_id = ${keyId}`,
    );
    const at = performance.now();
    const [socket, stream] = await ended;
    expect(performance.now() - at).toBeLessThan(5_000);
    expect(socket.code).toBe(4403);
    expect(stream.words).toContain('"code":"UNAUTHENTICATED"');
  });

  test('when the key expires', async () => {
    const expiresAt = new Date(Date.now() + 4_000);
    const { secret } = await issue(SCOPES, expiresAt);
    const { ended } = await openAll(secret);
    const [socket] = await ended;
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt.getTime());
    expect(Date.now()).toBeLessThan(expiresAt.getTime() + 1_000);
    expect(socket.code).toBe(4403);
  });
});

test('a rotated key and its successor work side by side; only digests are stored', async () => {
  const admin = await issue();
  const old = await issue(['jobs:read']);
  const text =
    'mutation($id: String!) { rotateApiKey(input: { keyId: $id, overlapHours: 1 }) { ... on IssuedApiKey { secret apiKey { keyId scopes } } } }';
  const answer = await ask(
    JSON.stringify({ query: text, variables: { id: old.keyId } }),
    bearer(admin.secret),
  );
  const { secret, apiKey } = (await answer.json()).data.rotateApiKey;
  expect(apiKey.scopes).toEqual(['JOBS_READ']);
  for (const key of [old.secret, secret])
    expect((await ask(query('{ jobs(first: 1) { edges { cursor } } }'), bearer(key))).status).toBe(200);
  const { rows } = await database.db.execute(sql`
    select k::text as text, expires_at - clock_timestamp() between '59 minutes' and '61 minutes' as ending
    from api_keys k where key_id = ${old.keyId}`);
  expect(rows[0]?.ending).toBe(true);
  expect(String(rows[0]?.text)).not.toContain(old.secret.slice(17, 40));
});

test('an API without any key refuses to start, with what to do', async () => {
  const empty = await createTestDatabase();
  try {
    await expect(startApi(empty.url, {}, { access: 'real' })).rejects.toThrow('npm run keys -- create');
    const { key } = makeKey();
    const bootstrapped = await startApi(empty.url, { BOOTSTRAP_KEY: key }, { access: 'real', key });
    expect(await bootstrapped.one('{ viewer { subject } }')).toEqual({ subject: 'server' });
    await bootstrapped.close();
  } finally {
    await empty.close();
  }
});

test('a BOOTSTRAP_KEY that is an API key already is rejected at the start, also when that was revoked', async () => {
  const { secret, keyId } = await issue(['jobs:read']);
  const start = () => startApi(database.url, { BOOTSTRAP_KEY: secret }, { access: 'real' });
  await expect(start()).rejects.toThrow(`BOOTSTRAP_KEY is the API key ${keyId}`);
  await revokeKey({ db: database.db, log: silent }, DEFAULT_WORKSPACE_ID, { keyId });
  await expect(start()).rejects.toThrow('keys -- generate');
});

test('a random guess does not reach the database', async () => {
  const { keyIdOf } = await import('../../src/access/key.ts');
  const guesses = Array.from(
    { length: 1_000 },
    () =>
      `tt_live_${randomBytes(40).toString('hex').slice(0, 8)}_${randomBytes(40).toString('hex').slice(0, 49)}`,
  );
  expect(guesses.filter((guess) => keyIdOf(guess) !== null)).toEqual([]);
  expect(keyIdOf(makeKey().key)).toMatch(/^[0-9A-Za-z]{8}$/);
});
