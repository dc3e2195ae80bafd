import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoor } from '../../src/access/admit-callers.ts';
import { createKey } from '../../src/access/issue-keys.ts';
import { makeKey } from '../../src/access/key.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { fullAccess } from '../support/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { forgeKey } from '../support/key.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
let api: TestApi;
let keyId = '';
let right = '';

beforeAll(async () => {
  database = await createTestDatabase();
  const request = { workspaceId: DEFAULT_WORKSPACE_ID, name: 'known', scopes: ['admin'] as const };
  const issued = await createKey(
    { db: database.db, log: silent },
    { ...request, expiresAt: null, maker: fullAccess() },
  );
  keyId = issued.apiKey.keyId;
  right = issued.secret;
  api = await startApi(database.url, {}, { access: 'real' });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const flip = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1);

/** Wrong credentials that differ in what the server finds out about them. */
const wrong = {
  'a known id with another secret': () => forgeKey(keyId),
  'an id that there is not': () => makeKey().key,
  'a wrong checksum': () => flip(makeKey().key, 60),
  'the right key but its last letter': () => flip(right, right.length - 1),
  'no key at all': () => `x${Math.random()}`,
} as const;
type Kind = keyof typeof wrong;
const kinds = Object.keys(wrong) as Kind[];

test('every wrong credential gets the same answer, to the header', async () => {
  const answers = await Promise.all(
    kinds.map(async (kind) => {
      const response = await fetch(api.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${wrong[kind]()}` },
        body: '{"query":"{ __typename }"}',
      });
      const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
      return JSON.stringify([response.status, headers, await response.text()]);
    }),
  );
  expect(JSON.parse(answers[0] ?? '')[0]).toBe(401);
  expect(new Set(answers).size).toBe(1);
});

const ROUNDS = 12;
const EACH = 20;

/** How long refusals of each kind take, ms: asked in a random order, so that whatever else the machine does meets all kinds alike. */
async function measure(refusalMs?: number): Promise<Map<Kind, number[]>> {
  const door = createDoor({
    db: database.db,
    log: silent,
    ownKey: null,
    verifyToken: null,
    noteRefusal: () => undefined,
    ...(refusalMs !== undefined && { refusalMs }),
  });
  const times = new Map(kinds.map((kind) => [kind, [] as number[]]));
  let serial = 0;
  const probe = async (kind: Kind) => {
    serial += 1;
    const credential = `Bearer ${wrong[kind]()}`;
    const began = performance.now();
    // Each from an address of its own: tries are limited.
    const admission = await door.admit(credential, `address ${serial}`);
    times.get(kind)?.push(performance.now() - began);
    expect(admission).toEqual({ refusal: 'UNAUTHENTICATED', retryAfterS: null });
  };
  // Whoever probes has seen the key at work: it is remembered.
  await door.admit(`Bearer ${right}`, 'owner');
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = kinds.flatMap((kind) => Array.from({ length: EACH }, () => ({ kind, at: Math.random() })));
    await Promise.all(order.sort((a, b) => a.at - b.at).map(({ kind }) => probe(kind)));
  }
  door.close();
  return times;
}

/**
 * The Mann-Whitney statistic in standard deviations: how far from even it is that one of the first takes longer than one of the second. It looks
 * at ranks, so a single slow answer changes nothing. Of equal distributions it exceeds 5 once in two million.
 */
function distance(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((ms) => ({ ms, of: 'a' })), ...b.map((ms) => ({ ms, of: 'b' }))].sort(
    (x, y) => x.ms - y.ms,
  );
  let ranks = 0;
  for (const [index, { of }] of all.entries()) if (of === 'a') ranks += index + 1;
  const [n, m] = [a.length, b.length];
  const expected = (n * (n + m + 1)) / 2;
  return Math.abs(ranks - expected) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

function farthest(times: ReadonlyMap<Kind, readonly number[]>): number {
  const of = [...times.values()];
  return Math.max(...of.flatMap((a, i) => of.slice(i + 1).map((b) => distance(a, b))));
}

test('the time of a refusal does not tell whether there is such a key', async () => {
  expect(farthest(await measure())).toBeLessThan(5);
});

test('the measure would notice: refusals that come as soon as they are known differ', async () => {
  expect(farthest(await measure(0))).toBeGreaterThan(5);
});
