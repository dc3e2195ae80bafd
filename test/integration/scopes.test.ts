import {
  type GraphQLArgument,
  type GraphQLInputField,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES, type Scope } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { missingOf, neededBy, neededToSelect } from '../../src/graphql/scopes.ts';
import { schema } from '../../src/main/schema.ts';
import { fullAccess } from '../support/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;
const keys = new Map<Scope, string>();

beforeAll(async () => {
  database = await createTestDatabase();
  for (const scope of SCOPES) {
    const request = { workspaceId: DEFAULT_WORKSPACE_ID, name: scope, scopes: [scope], maker: fullAccess() };
    const { secret } = await createKey({ db: database.db, log: silent }, { ...request, expiresAt: null });
    keys.set(scope, secret);
  }
  api = await startApi(database.url, { RATE_LIMIT: '0' }, { access: 'real' });
});
afterAll(async () => {
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const gid = (type: string, id: string = crypto.randomUUID()) =>
  Buffer.from(`${type}:${id}`).toString('base64');

/** A literal of the type: enough for a document to be valid. */
function literalOf({ type }: GraphQLArgument | GraphQLInputField): string {
  const named = getNamedType(type);
  if (isListType(getNullableType(type))) return '[]';
  if (isEnumType(named)) return named.getValues()[0]?.name ?? '';
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${literalOf(field)}`).join(', ')} }`;
  }
  const literals: Readonly<Record<string, string>> = { ID: `"${gid('Job')}"`, Int: '1', Boolean: 'true' };
  return literals[named.name] ?? '"x"';
}

test('a key that may read jobs alone sees no score and no verdict of a result, by any field that it may select', () => {
  const told = /score|verdict/i;
  const open = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || type.name.startsWith('__')) return [];
    return Object.values(type.getFields())
      .filter((field) => told.test(field.name))
      .filter((field) => missingOf(neededToSelect(type, field), new Set<Scope>(['jobs:read'])).length === 0)
      .map((field) => `${type.name}.${field.name}`);
  });
  expect(open).toEqual([]);
});

const operations = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
  (root) =>
    Object.values(root?.getFields() ?? {}).map((field) => {
      const given = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literalOf(arg)}`);
      const args = given.length === 0 ? '' : `(${given.join(', ')})`;
      const selected = isCompositeType(getNamedType(field.type)) ? ' { __typename }' : '';
      const kind = root?.name.toLowerCase() ?? '';
      return {
        kind,
        query: `${kind} { ${field.name}${args}${selected} }`,
        // The id names a job.
        needed: [
          ...neededToSelect(root as never, field),
          ...(field.name === 'node' ? neededBy(schema.getType('Job')) : []),
        ],
      };
    }),
);

/** By the scopes of what is selected; a mutation may have rules of its own, which its input decides. */
const isForbidden = (text: string) => text.includes('This operation needs the scope');

/** The first part of the response: a stream does not end by itself. */
async function firstPart(url: string, init: RequestInit): Promise<string> {
  const leaving = new AbortController();
  const response = await fetch(url, { ...init, signal: leaving.signal });
  let text = '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  // A stream begins with a comment.
  while (!text.includes('{')) {
    const step = await reader?.read();
    if (step === undefined || step.done) break;
    text += step.value;
  }
  leaving.abort();
  return text;
}

const over: Readonly<Record<string, (query: string, kind: string, key: string) => Promise<string> | null>> = {
  POST: (query, kind, key) =>
    kind === 'subscription'
      ? null
      : firstPart(api.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
          body: JSON.stringify({ query }),
        }),
  GET: (query, kind, key) =>
    kind === 'query'
      ? firstPart(`${api.url}?query=${encodeURIComponent(query)}`, {
          headers: { 'graphql-preflight': '1', authorization: `Bearer ${key}` },
        })
      : null,
  'a stream': (query, _kind, key) =>
    firstPart(api.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: `Bearer ${key}`,
      },
      body: JSON.stringify({ query }),
    }),
};

test.each(Object.keys(over))('sweep: each root field with each scope over %s', async (transport) => {
  let asked = 0;
  for (const { kind, query, needed } of operations) {
    for (const scope of SCOPES) {
      const isAllowed =
        missingOf(needed, new Set(scope === 'jobs:write' ? ['jobs:write', 'jobs:read'] : [scope])).length ===
        0;
      // A subscription that is allowed may have nothing to send.
      if (kind === 'subscription' && isAllowed) continue;
      const text = await over[transport]?.(query, kind, keys.get(scope) ?? '');
      if (text == null) continue;
      asked += 1;
      expect({ query, scope, forbidden: isForbidden(text) }).toEqual({ query, scope, forbidden: !isAllowed });
    }
  }
  console.info(`scopes swept over ${transport}: ${asked} requests`);
  expect(asked).toBeGreaterThan(50);
});

test.each(SCOPES)('sweep: each root field with the scope %s over a websocket', async (scope) => {
  const { socket, send, next } = await openSocket(api.url, { init: false });
  send({ type: 'connection_init', payload: { authorization: `Bearer ${keys.get(scope)}` } });
  await next();
  const scopes = new Set<Scope>(scope === 'jobs:write' ? ['jobs:write', 'jobs:read'] : [scope]);
  for (const [index, { kind, query, needed }] of operations.entries()) {
    const isAllowed = missingOf(needed, scopes).length === 0;
    if (kind === 'subscription' && isAllowed) continue;
    const id = String(index);
    send({ id, type: 'subscribe', payload: { query } });
    let message = JSON.stringify(await next());
    expect({ query, forbidden: isForbidden(message) }).toEqual({ query, forbidden: !isAllowed });
    while (!/"type":"(complete|error)"/.test(message)) message = JSON.stringify(await next());
  }
  socket.close();
});

test('an id of a type is forbidden without its scope, whether the object exists or not', async () => {
  const list = await database.db.execute<{ id: string }>(
    sql`select id from watchlists where workspace_id = ${DEFAULT_WORKSPACE_ID} limit 1`,
  );
  const ids = [gid('Watchlist', list.rows[0]?.id), gid('Watchlist')];
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${keys.get('results:read')}` };
  const ask = async (query: string, ids: readonly string[]) => {
    const response = await fetch(api.url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query, variables: { id: ids[0], ids } }),
    });
    return { status: response.status, body: await response.json() };
  };
  const one = 'query($id: ID!) { node(id: $id) { id } }';
  const many = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';
  for (const [query, data] of [
    [one, { node: null }],
    [many, null],
  ] as const) {
    const [existing, missing] = await Promise.all(ids.map((id) => ask(query, [id])));
    expect(existing).toEqual(missing);
    expect(existing).toMatchObject({
      status: 403,
      body: { data, errors: [{ message: 'This operation needs the scope jobs:read.' }] },
    });
  }
  expect(await ask(one, [gid('Analysis')])).toMatchObject({ status: 200, body: { data: { node: null } } });
});

test('an export of a watchlist is forbidden without the scope of watchlists', async () => {
  const ask = async (scope: Scope) => {
    const url = new URL(`/export/analyses.jsonl?watchlist=${gid('Watchlist')}`, api.url);
    const response = await fetch(url, { headers: { authorization: `Bearer ${keys.get(scope)}` } });
    return { status: response.status, text: await response.text() };
  };
  const { status, text } = await ask('results:read');
  expect(status).toBe(403);
  expect(text).toContain('needs the scope jobs:read');
});
