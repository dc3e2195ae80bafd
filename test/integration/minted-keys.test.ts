import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { addMember, removeMember } from '../../src/access/edit-members.ts';
import { createKey, revokeKey, rotateKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { migrate } from '../../src/db/migrate.ts';
import { fullAccess } from '../support/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander, openBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type Issuer, makeKeyOf, startIssuer } from '../support/issuer.ts';
import { forgeKey } from '../support/key.ts';
import { migrateBefore } from '../support/migrate-before.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

const HOUR_MS = 3_600_000;
let database: TestDatabase;
let issuer: Issuer;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  await issue();
});
afterAll(() => database.close());
beforeEach(async () => {
  issuer = await startIssuer(await makeKeyOf('one'));
  api = await startApi(database.url, issuer.settings, { access: 'real' });
});
afterEach(async () => {
  await api.close();
  await issuer.close();
});
keepBystander(() => ({ url: api.url, db: database.db }), { each: true });

const deps = () => ({ db: database.db, log: silent });
async function issue(scopes: readonly Scope[] = SCOPES, expiresAt: Date | null = null) {
  const request = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'made', scopes, expiresAt, maker: fullAccess() };
  const { apiKey, secret } = await createKey(deps(), request);
  return { keyId: apiKey.keyId, secret };
}
const who = (subject: string) => ({
  workspaceId: DEFAULT_WORKSPACE_ID,
  issuer: issuer.settings.JWT_ISSUER,
  subject,
});
const add = (subject: string, scopes: readonly Scope[] = SCOPES) =>
  addMember(deps(), { ...who(subject), scopes, createdBy: 'test' });

async function ask(credential: string, query: string, variables: object = {}, url = api.url) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: await response.json() };
}

interface Made {
  readonly secret: string;
  readonly message?: string;
  readonly field?: string;
  readonly apiKey: {
    readonly keyId: string;
    readonly scopes: readonly string[];
    readonly expiresAt: string | null;
    readonly member: string | null;
  };
}
const FIELDS =
  '... on IssuedApiKey { secret apiKey { keyId scopes expiresAt member } } ... on InvalidInputError { field message }';

async function mint(
  credential: string,
  scopes: readonly string[],
  expiresAt: Date | null = null,
  url = api.url,
) {
  const query = `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { ${FIELDS} } }`;
  const { body } = await ask(credential, query, { input: { name: 'minted', scopes, expiresAt } }, url);
  return body.data.createApiKey as Made;
}
async function rotate(credential: string, keyId: string) {
  const query = `mutation($keyId: String!) { rotateApiKey(input: { keyId: $keyId }) { ${FIELDS} } }`;
  return (await ask(credential, query, { keyId })).body.data.rotateApiKey as Made;
}
const scopesOf = async (credential: string) => {
  const { status, body } = await ask(credential, '{ viewer { scopes } }');
  return status === 200 ? (body.data.viewer.scopes as string[]).sort() : status;
};

describe('a key has at most the scopes of the credential that makes it', () => {
  test('when it is created', async () => {
    const { secret } = await issue(['admin', 'jobs:write']);
    const refused = await mint(secret, ['ADMIN', 'RESULTS_READ']);
    expect(refused).toEqual({ field: 'scopes', message: expect.stringContaining('results:read') });
    const made = await mint(secret, ['ADMIN', 'JOBS_READ']);
    expect(await scopesOf(made.secret)).toEqual(['ADMIN', 'JOBS_READ']);
    // What jobs:write holds does not become jobs:write again.
    expect(await mint(made.secret, ['JOBS_WRITE'])).toMatchObject({ field: 'scopes' });
  });

  test('when it replaces another: its secret is shown to whoever rotates', async () => {
    const data = await issue(['results:read']);
    const { secret } = await issue(['admin']);
    expect(await rotate(secret, data.keyId)).toEqual({
      field: 'keyId',
      message: expect.stringContaining('results:read'),
    });
    const { rows } = await database.db.execute(
      sql`select expires_at as end from api_keys where key_id = ${data.keyId}`,
    );
    expect(rows).toEqual([{ end: null }]);
    expect(await scopesOf(data.secret)).toEqual(['RESULTS_READ']);
  });
});

describe('a key ends with the credential that makes it', () => {
  test('when it is created', async () => {
    const end = new Date(Date.now() + HOUR_MS);
    const { secret } = await issue(SCOPES, end);
    expect((await mint(secret, ['ADMIN'])).apiKey.expiresAt).toBe(end.toISOString());
    const sooner = new Date(end.getTime() - 60_000);
    expect((await mint(secret, ['ADMIN'], sooner)).apiKey.expiresAt).toBe(sooner.toISOString());
    const later = new Date(end.getTime() + 1);
    expect(await mint(secret, ['ADMIN'], later)).toMatchObject({ field: 'expiresAt' });
  });

  test('when it replaces another, whose expiry it keeps', async () => {
    const end = new Date(Date.now() + HOUR_MS);
    const old = await issue(SCOPES, end);
    const lasting = await issue();
    // A key may rotate itself.
    const next = await rotate(old.secret, old.keyId);
    expect(next.apiKey.expiresAt).toBe(end.toISOString());
    expect(await rotate(next.secret, lasting.keyId)).toMatchObject({ field: 'keyId' });
    const { apiKey } = await rotateKey(deps(), DEFAULT_WORKSPACE_ID, {
      keyId: next.apiKey.keyId,
      overlapHours: 1,
      maker: fullAccess(),
    });
    expect(apiKey.expiresAt).toEqual(end);
    expect((await rotate(lasting.secret, lasting.keyId)).apiKey.expiresAt).toBeNull();
  });

  test('when that was revoked after it was admitted', async () => {
    const { keyId } = await issue();
    await revokeKey(deps(), DEFAULT_WORKSPACE_ID, { keyId });
    const maker = { ...fullAccess(), keyId, credential: { type: 'KEY' } as const };
    const request = {
      workspaceId: DEFAULT_WORKSPACE_ID,
      name: 'late',
      scopes: SCOPES,
      expiresAt: null,
      maker,
    };
    await expect(createKey(deps(), request)).rejects.toMatchObject({ field: 'expiresAt' });
  });

  test('when that is a token, unless JWT_KEY_DAYS lets keys of members live longer', async () => {
    await add('anna');
    const exp = Math.floor(Date.now() / 1_000) + 600;
    const token = await issuer.token({ exp });
    const { apiKey } = await mint(token, ['JOBS_READ']);
    expect(apiKey).toMatchObject({ expiresAt: new Date(exp * 1_000).toISOString(), member: 'anna' });
    expect(await mint(token, ['JOBS_READ'], new Date(exp * 1_000 + 1))).toMatchObject({ field: 'expiresAt' });
    const settings = { ...issuer.settings, JWT_KEY_DAYS: '30' };
    const lenient = await startApi(database.url, settings, { access: 'real' });
    onTestFinished(() => lenient.close());
    const longer = await mint(token, ['JOBS_READ'], null, lenient.url);
    expect(longer.apiKey.expiresAt).toBe(new Date(exp * 1_000 + 30 * 24 * HOUR_MS).toISOString());
  });
});

describe('a key that a member makes', () => {
  async function mintBy(subject: string) {
    await add(subject);
    const first = await mint(await issuer.token({ sub: subject }), ['ADMIN', 'JOBS_WRITE']);
    // By a key of the member, so that it is the member’s, too.
    return { first, second: await mint(first.secret, ['ADMIN', 'JOBS_WRITE']) };
  }

  test('ends with the membership, with what is open, and so do the keys that it makes', async () => {
    const { first, second } = await mintBy('berta');
    expect(second.apiKey.member).toBe('berta');
    const socket = await openSocket(api.url, { init: false });
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${second.secret}` } });
    expect((await socket.next()).type).toBe('connection_ack');
    const { keys } = await removeMember(deps(), who('berta'));
    expect(keys.map(({ keyId }) => keyId)).toEqual([first.apiKey.keyId, second.apiKey.keyId]);
    expect(await socket.closed).toBe(4403);
    for (const { secret } of [first, second])
      await eventually(async () => (await scopesOf(secret)) === 401, 2_000);
    await add('berta');
    for (const { secret } of [first, second])
      await eventually(async () => String(await scopesOf(secret)) === 'ADMIN,JOBS_READ,JOBS_WRITE', 2_000);
  });

  test('has the scopes that the member still has', async () => {
    const { second } = await mintBy('carla');
    expect(await scopesOf(second.secret)).toEqual(['ADMIN', 'JOBS_READ', 'JOBS_WRITE']);
    await add('carla', ['jobs:read', 'results:read', 'admin']);
    await eventually(async () => String(await scopesOf(second.secret)) === 'ADMIN,JOBS_READ', 2_000);
    expect(await mint(second.secret, ['JOBS_WRITE'])).toMatchObject({ field: 'scopes' });
  });

  test('stays revoked when the member is added again, if it was revoked with the removal', async () => {
    const { first, second } = await mintBy('dora');
    await removeMember(deps(), who('dora'), { revokesKeys: true });
    await add('dora');
    for (const { secret } of [first, second])
      await eventually(async () => (await scopesOf(secret)) === 401, 2_000);
    const { rows } = await database.db.execute(
      sql`select count(revoked_at)::int as revoked from api_keys where member_subject = 'dora'`,
    );
    expect(rows).toEqual([{ revoked: 2 }]);
  });

  test('is revoked with the removal also when both happen at once', async () => {
    const keysUntil = new Date(Date.now() + HOUR_MS);
    for (let i = 0; i < 10; i += 1) {
      await add('emma');
      const credential = { type: 'TOKEN', issuer: issuer.settings.JWT_ISSUER, keysUntil } as const;
      const maker = { ...fullAccess(), subject: 'emma', credential };
      const request = {
        workspaceId: DEFAULT_WORKSPACE_ID,
        name: 'x',
        scopes: SCOPES,
        expiresAt: null,
        maker,
      };
      await Promise.all([
        createKey(deps(), request).catch(() => null),
        removeMember(deps(), who('emma'), { revokesKeys: true }),
        createKey(deps(), request).catch(() => null),
      ]);
    }
    const { rows } = await database.db.execute(
      sql`select key_id from api_keys where member_subject = 'emma' and revoked_at is null`,
    );
    expect(rows).toEqual([]);
  });
});

describe('the end of a key', () => {
  afterEach(() => vi.restoreAllMocks());
  const shiftClock = (ms: number) => {
    const now = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
  };

  test('is judged by the clock of the database, not by that of the API', async () => {
    const lasting = await issue(SCOPES, new Date(Date.now() + HOUR_MS));
    const ended = await issue(SCOPES, new Date(Date.now() + HOUR_MS));
    await database.db.execute(
      sql`update api_keys set expires_at = clock_timestamp() where key_id = ${ended.keyId}`,
    );
    const soon = new Date(Date.now() + HOUR_MS);
    shiftClock(2 * HOUR_MS);
    expect(await scopesOf(lasting.secret)).not.toBe(401);
    expect((await mint(lasting.secret, ['ADMIN'], new Date(soon.getTime() - 60_000))).secret).toMatch(
      /^tt_live_/,
    );
    vi.restoreAllMocks();
    shiftClock(-2 * HOUR_MS);
    expect(await scopesOf(ended.secret)).toBe(401);
    const past = new Date(soon.getTime() - 2 * HOUR_MS);
    expect(await mint(lasting.secret, ['ADMIN'], past)).toMatchObject({ field: 'expiresAt' });
  });
});

test('keys that tokens made before the keys of members were known end with the membership of their maker', async () => {
  const old = await createTestDatabase('EMPTY');
  onTestFinished(() => old.close());
  await migrateBefore(old.url, 'bind_keys_to_members');
  await old.db.execute(sql`
    insert into workspace_members (id, workspace_id, issuer, subject, scopes, created_by)
    select gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, m.issuer, m.subject, '{admin}', 'test'
    from (values ('i', 'anna'), ('i', 'both'), ('j', 'both'), ('i', 'command line'), ('i', 'key00001')) m(issuer, subject)`);
  await old.db.execute(sql`
    insert into api_keys (id, workspace_id, key_id, name, hash, scopes, created_by)
    select gen_random_uuid(), ${DEFAULT_WORKSPACE_ID}, k.id, 'k', decode(repeat('00', 32), 'hex'), '{admin}', k.maker
    from (values ('key00001', 'anna'), ('key00002', 'key00001'), ('key00003', 'key00002'), ('key00004', 'both'),
      ('key00005', 'command line'), ('key00006', 'gone')) k(id, maker)`);
  await migrate(old.url, silent);
  const { rows } = await old.db.execute(
    sql`select key_id as id, member_subject as member from api_keys where member_issuer is not null order by 1`,
  );
  expect(rows).toEqual(['key00001', 'key00002', 'key00003'].map((id) => ({ id, member: 'anna' })));
});

test('a use is noted for the right secret only', async () => {
  const { keyId, secret } = await issue();
  const lastUse = async () =>
    (await database.db.execute(sql`select last_used_at as at from api_keys where key_id = ${keyId}`)).rows[0]
      ?.at;
  expect(await scopesOf(forgeKey(keyId))).toBe(401);
  expect(await scopesOf(secret)).not.toBe(401);
  await eventually(async () => (await lastUse()) !== null);
  await database.db.execute(sql`update api_keys set last_used_at = null where key_id = ${keyId}`);
  const other = await startApi(database.url, {}, { access: 'real' });
  onTestFinished(() => other.close());
  const bystander = await openBystander({ url: other.url, db: database.db });
  expect((await ask(forgeKey(keyId), '{ __typename }', {}, other.url)).status).toBe(401);
  // The notes of one connection are in order: what comes after the wrong secret's would be there, too.
  const second = await issue();
  expect((await ask(second.secret, '{ __typename }', {}, other.url)).status).toBe(200);
  await eventually(async () => {
    const { rows } = await database.db.execute(
      sql`select last_used_at as at from api_keys where key_id = ${second.keyId}`,
    );
    return rows[0]?.at !== null;
  });
  expect(await lastUse()).toBeNull();
  await bystander.leave();
});
