import { getIntrospectionQuery, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { DEFAULT_WORKSPACE_ID, type Scope } from '../../src/access.ts';
import { schema } from '../../src/main/schema.ts';
import { fullAccess } from '../support/access.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silent } from '../support/silent.ts';
import { openSocket } from '../support/sockets.ts';

const NOBODY = null;
const keys = { admin: '', reader: '' };
let database: TestDatabase;
/** As a deployment is, with GraphiQL shown, for every key, and for nobody. */
const servers: Record<'plain' | 'graphiql' | 'on' | 'off', TestApi> = {} as never;

beforeAll(async () => {
  database = await createTestDatabase();
  keys.admin = await issue(['admin']);
  keys.reader = await issue(['jobs:write', 'results:read']);
  const start = (settings: Record<string, string>) => startApi(database.url, settings, { access: 'real' });
  servers.plain = await start({});
  servers.graphiql = await start({ GRAPHIQL: 'on' });
  servers.on = await start({ INTROSPECTION: 'on' });
  servers.off = await start({ INTROSPECTION: 'off', GRAPHIQL: 'on' });
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close();
  await database.close();
});
for (const server of ['plain', 'graphiql', 'on', 'off'] as const)
  keepBystander(() => ({ url: servers[server].url, db: database.db }));

async function issue(scopes: readonly Scope[]): Promise<string> {
  const request = {
    workspaceId: DEFAULT_WORKSPACE_ID,
    name: 'x',
    scopes,
    expiresAt: null,
    maker: fullAccess(),
  };
  return (await createKey({ db: database.db, log: silent }, request)).secret;
}

interface Reply {
  readonly code: string | undefined;
  readonly text: string;
}

async function overHttp({ url }: TestApi, key: string | null, query: string): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { text, code: JSON.parse(text).errors?.[0]?.extensions?.code };
}

async function overSocket({ url }: TestApi, key: string | null, query: string): Promise<Reply> {
  const socket = await openSocket(url, { init: false });
  socket.send({ type: 'connection_init', payload: key === null ? {} : { authorization: `Bearer ${key}` } });
  // Whoever is not let in gets no acknowledgement.
  const acknowledged = await socket.next().catch(() => null);
  if (acknowledged === null) return { text: String(await socket.closed), code: 'UNAUTHENTICATED' };
  socket.send({ id: '1', type: 'subscribe', payload: { query } });
  const answer = await socket.next();
  socket.socket.close();
  const text = JSON.stringify(answer);
  const errors = answer.type === 'error' ? answer.payload : (answer.payload as { errors?: unknown }).errors;
  return { text, code: (errors as { extensions?: { code?: string } }[] | undefined)?.[0]?.extensions?.code };
}

const NAMES = Object.keys(schema.getTypeMap()).filter((name) => /^[A-Z]\w{9,}$/.test(name));
const questions = [
  getIntrospectionQuery(),
  '{ __type(name: "WatchlistItem") { fields { name } } }',
  '{ ...A } fragment A on Query { ... on Query { __schema { queryType { name } } } }',
  'query Q { a: __schema { types { name } } viewer { subject } }',
];
const typos = ['{ jbo { id } }', '{ jobs(frist: 1) { totalCount } }', '{ strategy(id: BALANCD) { title } }'];

describe.each([
  ['HTTP', overHttp],
  ['a websocket', overSocket],
] as const)('over %s', (_name, ask) => {
  test.each([
    ['plain', 'admin', undefined],
    ['plain', 'reader', 'FORBIDDEN'],
    ['graphiql', 'admin', undefined],
    ['graphiql', 'reader', undefined],
    ['on', 'reader', undefined],
    ['off', 'admin', 'FORBIDDEN'],
    ['off', 'reader', 'FORBIDDEN'],
  ] as const)('%s: what the schema is, a key of a(n) %s is told: %s', async (server, key, code) => {
    for (const query of questions) {
      const reply = await ask(servers[server], keys[key], query);
      expect(reply.code).toBe(code);
      if (code !== undefined) expect(NAMES.filter((name) => reply.text.includes(name))).toEqual([]);
    }
    expect((await ask(servers[server], keys[key], '{ __typename }')).code).toBeUndefined();
  });

  test('whoever shows no key is told neither the schema nor similar names, on any server', async () => {
    for (const server of Object.values(servers))
      for (const query of [...questions, ...typos]) {
        const { code, text } = await ask(server, NOBODY, query);
        expect(code).toBe('UNAUTHENTICATED');
        expect(text).not.toMatch(/Did you mean|Cannot query|__schema/);
        expect(NAMES.filter((name) => text.includes(name))).toEqual([]);
      }
  });

  test('similar names are suggested to nobody, whatever they may ask', async () => {
    for (const query of typos) {
      // There would be something to suggest.
      expect(validate(schema, parse(query)).map(String).join()).toContain('Did you mean');
      for (const server of Object.values(servers))
        for (const key of Object.values(keys)) {
          const { text } = await ask(server, key, query);
          expect(text).toContain('errors' in JSON.parse(text) ? 'errors' : 'payload');
          expect(text).not.toContain('Did you mean');
        }
    }
  });
});
