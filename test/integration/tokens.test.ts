import { createHmac } from 'node:crypto';
import { exportSPKI } from 'jose';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../packages/client/src/connect.ts';
import { followJob } from '../../packages/client/src/follow-job.ts';
import { addMember, removeMember } from '../../src/access/edit-members.ts';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { fullAccess } from '../support/access.ts';
import { jobGid, startApi, type TestApi } from '../support/api.ts';
import { BYSTANDER_SUBSCRIPTIONS, keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWorker, submit, testTask } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { createWriter } from '../support/feed.ts';
import { type Issuer, makeKeyOf, startIssuer } from '../support/issuer.ts';
import { authorized } from '../support/key.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

const signer = await makeKeyOf('one');
const OTHER = uuidv7();
let database: TestDatabase;
let issuer: Issuer;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  await insertWorkspace(database.db, { id: OTHER, name: 'Other' });
  const deps = { db: database.db, log: silent };
  await createKey(deps, {
    workspaceId: DEFAULT_WORKSPACE_ID,
    name: 'first',
    scopes: SCOPES,
    expiresAt: null,
    maker: fullAccess(),
  });
});
afterAll(() => database.close());
// New ones for each: keys are remembered, and wrong tries counted per address.
beforeEach(async () => {
  issuer = await startIssuer(signer);
  api = await startApi(database.url, issuer.settings, { access: 'real' });
  await add('anna');
});
afterEach(async () => {
  await api.close();
  await issuer.close();
});
keepBystander(() => ({ url: api.url, db: database.db }), { each: true });

const named = (subject: string) => ({
  workspaceId: DEFAULT_WORKSPACE_ID,
  issuer: issuer.settings.JWT_ISSUER,
  subject,
});
const add = (subject: string, scopes: readonly Scope[] = SCOPES) =>
  addMember({ db: database.db, log: silent }, { ...named(subject), scopes, createdBy: 'test' });

function ask(text: string, token: string, more: Record<string, string> = {}): Promise<Response> {
  return fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...more },
    body: JSON.stringify({ query: text }),
  });
}
const exported = (token: string) =>
  fetch(new URL('/export/analyses.jsonl', api.url), { headers: { authorization: `Bearer ${token}` } });

/** A websocket after its first message, or the code of its end. */
async function socketWith(token: string) {
  const socket = await openSocket(api.url, { init: false });
  socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const type = await Promise.race([socket.closed, socket.next().then((message) => message.type)]);
  return { ...socket, type };
}

const seconds = () => Math.floor(Date.now() / 1_000);

test('a token opens HTTP, SSE, websockets and exports, and says whose it is', async () => {
  const token = await issuer.token();
  const { data } = await (await ask('{ viewer { keyId subject workspaceId scopes } }', token)).json();
  expect(data.viewer).toEqual({
    keyId: null,
    subject: 'anna',
    workspaceId: DEFAULT_WORKSPACE_ID,
    scopes: expect.arrayContaining(['JOBS_WRITE', 'JOBS_READ', 'RESULTS_READ', 'ADMIN']),
  });
  expect((await exported(token)).status).toBe(200);
  const socket = await socketWith(token);
  expect(socket.type).toBe('connection_ack');
  socket.socket.terminate();
  const stream = await ask('subscription { analysisStored { cursor } }', token, {
    accept: 'text/event-stream',
  });
  expect(stream.status).toBe(200);
  await stream.body?.cancel();
  expect(issuer.asked).toBe(1);
});

test.each(['RS256', 'EdDSA'] as const)('tokens by %s are taken as those by ES256', async (alg) => {
  const key = await makeKeyOf(alg, alg);
  await issuer.publish(signer, key);
  expect((await ask('{ __typename }', await issuer.token({}, key))).status).toBe(200);
  expect((await ask('{ __typename }', await issuer.token())).status).toBe(200);
});

test('what may be done is what both the membership and the scope claim allow', async () => {
  await add('berta', ['jobs:write', 'results:read']);
  const scopesOf = async (claims: object) => {
    const answer = await ask('{ viewer { scopes } }', await issuer.token({ sub: 'berta', ...claims }));
    return (await answer.json()).data.viewer.scopes.sort();
  };
  expect(await scopesOf({})).toEqual(['JOBS_READ', 'JOBS_WRITE', 'RESULTS_READ']);
  expect(await scopesOf({ scope: 'openid jobs:read admin' })).toEqual(['JOBS_READ']);
  expect(await scopesOf({ scope: 'jobs:write' })).toEqual(['JOBS_READ', 'JOBS_WRITE']);
  expect(await scopesOf({ scope: '' })).toEqual([]);
  const reader = await issuer.token({ sub: 'berta', scope: 'jobs:read' });
  expect((await exported(reader)).status).toBe(403);
  expect((await ask('mutation { pauseQueue(input: {}) { __typename } }', reader)).status).toBe(403);
});

test('who may come in with a token needs no API key: the API starts when there is a member', async () => {
  const empty = await createTestDatabase();
  onTestFinished(() => empty.close());
  const start = () => startApi(empty.url, issuer.settings, { access: 'real' });
  await expect(start()).rejects.toThrow('npm run keys -- create');
  await addMember({ db: empty.db, log: silent }, { ...named('anna'), scopes: SCOPES, createdBy: 'test' });
  const started = await start();
  onTestFinished(() => started.close());
});

test('who is added comes in, and who is removed is refused, within 2 s', async () => {
  const token = await issuer.token({ sub: 'carla' });
  const status = async () => (await ask('{ __typename }', token)).status;
  expect(await status()).toBe(401);
  await add('carla');
  await eventually(async () => (await status()) === 200, 2_000);
  await removeMember({ db: database.db, log: silent }, named('carla'));
  await eventually(async () => (await status()) === 401, 2_000);
});

describe('nobody is let in', () => {
  const now = seconds();
  const forged: Readonly<Record<string, () => Promise<string>>> = {
    'another issuer': () => issuer.token({ iss: 'https://issuer.example' }),
    'another audience': () => issuer.token({ aud: 'another' }),
    'no audience': () => issuer.token({ aud: undefined }),
    expired: () => issuer.token({ iat: now - 60, exp: now - 10 }),
    'no end': () => issuer.token({ exp: undefined }),
    'no beginning': () => issuer.token({ iat: undefined }),
    'a lifetime of more than 15 minutes': () => issuer.token({ iat: now, exp: now + 901 }),
    'made in the future': () => issuer.token({ iat: now + 60, exp: now + 120 }),
    'not valid yet': () => issuer.token({ nbf: now + 60 }),
    'no subject': () => issuer.token({ sub: undefined }),
    'an empty subject': () => issuer.token({ sub: '' }),
    'a subject that no database stores': () => issuer.token({ sub: 'an\0na' }),
    'a subject that is nobody’s': () => issuer.token({ sub: 'Anna' }),
    'no workspace': () => issuer.token({ workspace: undefined }),
    'a workspace where the subject is no member': () => issuer.token({ workspace: OTHER }),
    'a workspace that is no id': () => issuer.token({ workspace: 'Default' }),
    'scopes in a form of their own': () => issuer.token({ scope: ['admin'] }),
  };
  const broken: Readonly<Record<string, () => Promise<string>>> = {
    'alg none': async () => `${encode({ alg: 'none' })}.${(await issuer.token()).split('.')[1]}.`,
    'HS256 with the public key as secret': async () => {
      const body = `${encode({ alg: 'HS256', kid: 'one' })}.${(await issuer.token()).split('.')[1]}`;
      const secret = await exportSPKI(signer.publicKey);
      return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
    },
    'an algorithm that is not taken': async () => {
      const [, payload, signature] = (await issuer.token()).split('.');
      return `${encode({ alg: 'PS256', kid: 'one' })}.${payload}.${signature}`;
    },
    'a known name and another key': async () => issuer.token({}, await makeKeyOf('one')),
    'a changed payload': async () => {
      const [header, payload = '', signature] = (await issuer.token({ scope: 'jobs:read' })).split('.');
      const said = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return `${header}.${encode({ ...said, scope: 'admin' })}.${signature}`;
    },
    'no signature': async () => (await issuer.token()).replace(/[^.]+$/, ''),
    'a critical header that nobody knows': () =>
      issuer.token({}, signer, { crit: ['x'], x: 1 }).catch(() => 'a.b.c'),
    'no token at all': async () => 'eyJhbGciOiJFUzI1NiJ9',
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

  async function answersTo(makers: readonly (() => Promise<string>)[]) {
    const answers: unknown[] = [];
    for (const make of makers) {
      const response = await ask('{ no GraphQL', await make());
      answers.push([response.status, response.headers.get('www-authenticate'), await response.text()]);
    }
    return answers;
  }

  test.each([
    ['claims', forged],
    ['signatures', broken],
  ])('with %s that are not right: one answer for every reason', async (_what, makers) => {
    const refused = await ask('{ no GraphQL', 'x');
    const expected = [401, 'Bearer', await refused.text()];
    const answers = await answersTo(Object.values(makers));
    expect(Object.fromEntries(Object.keys(makers).map((name, i) => [name, answers[i]]))).toEqual(
      Object.fromEntries(Object.keys(makers).map((name) => [name, expected])),
    );
    expect((await ask('{ __typename }', await issuer.token())).status).toBe(200);
  });

  test('with an unknown key: UNAVAILABLE until the page of keys is read again, and no guess', async () => {
    const unknown = await issuer.token({}, await makeKeyOf('two'));
    expect((await ask('{ __typename }', await issuer.token())).status).toBe(200);
    for (let i = 0; i < 25; i += 1) {
      const response = await ask('{}', unknown);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    }
    expect((await socketWith(unknown)).type).toBe(1013);
    expect((await ask('{}', await issuer.token({ aud: 'another' }))).status).toBe(401);
    expect(issuer.asked).toBe(1);
  });

  test('over websockets, SSE and exports either', async () => {
    const wrong = await issuer.token({ aud: 'another' });
    expect((await socketWith(wrong)).type).toBe(4403);
    expect((await exported(wrong)).status).toBe(401);
    const stream = await ask('subscription { analysisStored { cursor } }', wrong, {
      accept: 'text/event-stream',
    });
    expect(stream.status).toBe(401);
  });

  test('after 20 wrong tokens from one address with 429, but every valid token is admitted', async () => {
    const wrong = await issuer.token({ aud: 'another' });
    for (let i = 0; i < 20; i += 1) expect((await ask('{}', wrong)).status).toBe(401);
    expect((await ask('{}', wrong)).status).toBe(429);
    expect((await ask('{ __typename }', await issuer.token({ jti: 'new' }))).status).toBe(200);
  });

  test('a valid token of a subject that is no member is not counted as a guess', async () => {
    const stranger = await issuer.token({ sub: 'nobody here' });
    for (let i = 0; i < 22; i += 1) expect((await ask('{}', stranger)).status).toBe(401);
    const wrong = await issuer.token({ aud: 'another' });
    expect((await ask('{}', wrong)).status).toBe(401);
  });
});

describe('what is open ends', () => {
  /** A subscription by websocket and one by SSE, both begun; what ended them, and when. */
  async function openBoth(token: string) {
    const job = await submit(database.db, ['A']);
    const text = `subscription { jobEvents(jobId: "${jobGid(job)}") { cursor } }`;
    const socket = await socketWith(token);
    expect(socket.type).toBe('connection_ack');
    socket.send({ id: '1', type: 'subscribe', payload: { query: text } });
    await socket.next();
    const stream = await ask(text, token, { accept: 'text/event-stream' });
    expect(stream.status).toBe(200);
    return Promise.all([
      socket.closed.then((code) => ({ said: code, at: Date.now() })),
      stream.text().then((words) => ({ said: words, at: Date.now() })),
    ]);
  }
  const expectEnd = (
    [socket, stream]: Awaited<ReturnType<typeof openBoth>>,
    from: number,
    withinMs: number,
  ) => {
    expect(socket.said).toBe(4403);
    expect(stream.said).toContain('"code":"UNAUTHENTICATED"');
    for (const { at } of [socket, stream]) {
      expect(at - from).toBeGreaterThanOrEqual(-20);
      expect(at - from).toBeLessThan(withinMs);
    }
  };

  test('when the token expires, within 2 s', async () => {
    const exp = seconds() + 2;
    expectEnd(await openBoth(await issuer.token({ exp })), exp * 1_000, 2_000);
  });

  test.each([
    ['is removed', () => removeMember({ db: database.db, log: silent }, named('anna'))],
    ['gets other rights', () => add('anna', ['jobs:read'])],
  ])('when the member %s, within 2 s', async (_what, change) => {
    const ended = openBoth(await issuer.token());
    await bothOpen();
    const at = Date.now();
    await change();
    expectEnd(await ended, at, 2_000);
  });

  test('an export is cut off when the member is removed', async () => {
    const writer = await createWriter(database.db);
    // More than the buffers of both ends hold.
    const warnings = [{ code: 'X'.repeat(10_000), message: '' }] as never;
    for (let i = 0; i < 10; i += 1)
      await writer.store(Array.from({ length: 300 }, (_, n) => ({ ticker: `E${n}`, warnings })));
    const response = await exported(await issuer.token());
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
    await removeMember({ db: database.db, log: silent }, named('anna'));
    const rest = async () => {
      while ((await reader?.read())?.done === false);
    };
    // Nobody reads meanwhile: a reader that is fast would have it all before it is cut off.
    await eventually(async () => (await ask('{ __typename }', await issuer.token())).status === 401);
    await expect(rest()).rejects.toThrow('terminated');
  });

  test('within 5 s though nobody was told that the member is gone', async () => {
    const ended = openBoth(await issuer.token());
    await bothOpen();
    const at = Date.now();
    await database.db.execute(sql`delete from workspace_members where subject = 'anna'`);
    expectEnd(await ended, at, 5_000);
    expect((await ask('{ __typename }', await issuer.token())).status).toBe(401);
  });

  /** Both subscriptions run. */
  const bothOpen = () =>
    eventually(async () => {
      const text = await (await fetch(new URL('/metrics', api.url), { headers: authorized })).text();
      return new RegExp(`^thetool_subscribers ${2 + BYSTANDER_SUBSCRIPTIONS}$`, 'm').test(text);
    });
});

test('a client whose token is renewed again and again sees every event once and in order', async () => {
  const open = Promise.withResolvers<void>();
  const worker = await startWorker(
    database.url,
    database.db,
    testTask(() => open.promise),
  );
  onTestFinished(() => worker.stop());
  const shown = new Set<string>();
  const client = connect(api.url, {
    key: async () => {
      const token = await issuer.token({ exp: seconds() + 2, jti: uuidv7() });
      shown.add(token);
      // The third connection has seen two tokens end.
      if (shown.size === 3) open.resolve();
      return token;
    },
  });
  onTestFinished(() => client.close());
  const job = await submit(database.db, ['A', 'B', 'C']);
  const seqs: number[] = [];
  for await (const { seq } of followJob(client, jobGid(job))) seqs.push(seq);
  expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  const { rows } = await database.db.execute<{ seq: number }>(
    sql`select last_seq as seq from jobs where id = ${job}`,
  );
  expect(seqs.length).toBe(Number(rows[0]?.seq));
  expect(shown.size).toBeGreaterThanOrEqual(3);
});

test('without the issuer’s page of keys who cannot be judged is told to come again, and who can be goes on', async () => {
  issuer.mode = 'DOWN';
  const token = await issuer.token();
  const response = await ask('{ __typename }', token);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  const [error] = (await response.json()).errors;
  expect(error.extensions.code).toBe('UNAVAILABLE');
  expect(error.message).toContain('the keys of its issuer are being read again');
  expect((await socketWith(token)).type).toBe(1013);
  // What is no token needs no keys to be refused.
  expect((await ask('{ __typename }', 'eyJhbGciOiJub25lIn0.e30.')).status).toBe(401);
  for (let i = 0; i < 25; i += 1) expect((await ask('{}', token)).status).toBe(503);
  expect(issuer.asked).toBeLessThan(5);
  issuer.mode = 'UP';
  await eventually(async () => (await ask('{ __typename }', token)).status === 200);
  issuer.mode = 'DOWN';
  expect((await ask('{ __typename }', await issuer.token({ jti: 'another' }))).status).toBe(200);
});
