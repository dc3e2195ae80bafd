import {
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKey } from '../../src/access/issue-keys.ts';
import { insertWorkspace } from '../../src/access/key.store.ts';
import { DEFAULT_WORKSPACE_ID, SCOPES } from '../../src/access.ts';
import { sql } from '../../src/db/drizzle.ts';
import { schema } from '../../src/main/schema.ts';
import { selectAll } from '../conformance/selections.ts';
import { fullAccess } from '../support/access.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { endedJob, startWorker } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent.ts';

let database: TestDatabase;
const STRANGER = uuidv7();
const keys = { owner: '', stranger: '' };
/** What the owner has: ids and words that the stranger must never see. */
const owned = { keyId: '', nodes: new Map<string, string>(), words: new Set<string>() };

/** A key of one workspace, and where there is nothing, an id of the same form. */
interface Ids {
  readonly node: string;
  readonly uuid: string;
  readonly keyId: string;
}

async function issue(workspaceId: string) {
  const request = { workspaceId, name: 'matrix', scopes: SCOPES, expiresAt: null, maker: fullAccess() };
  return createKey({ db: database.db, log: silent }, request);
}

beforeAll(async () => {
  database = await createTestDatabase();
  await insertWorkspace(database.db, { id: STRANGER, name: 'Stranger' });
  const owner = await issue(DEFAULT_WORKSPACE_ID);
  keys.owner = owner.secret;
  owned.keyId = owner.apiKey.keyId;
  keys.stranger = (await issue(STRANGER)).secret;
  const api = await startApi(database.url);
  const workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
  const list = await api.one<{ watchlist: { id: string } }>(
    'mutation { createWatchlist(input: { name: "Hidden list", tickers: ["LEAKME"] }) { ... on WatchlistPayload { watchlist { id } } } }',
  );
  const analysed = await api.submit({ tickers: ['LEAKME'], source: 'DEMO' });
  const replayed = await api.one<{ job: { uuid: string } }>(
    'mutation { submitBacktest(input: { tickers: ["LEAKME"], source: DEMO }) { ... on SubmitJobPayload { job { uuid } } } }',
  );
  for (const id of [analysed.job.uuid, replayed.job.uuid])
    expect((await eventually(() => endedJob(database.db, id)))?.state).toBe('COMPLETED');
  for (const worker of workers) await worker.stop();
  await api.close();
  owned.nodes.set('Job', analysed.job.uuid);
  owned.nodes.set('Watchlist', Buffer.from(list.watchlist.id, 'base64').toString().split(':')[1] ?? '');
  for (const [type, table] of [
    ['Analysis', 'analyses'],
    ['Backtest', 'backtests'],
  ] as const) {
    const { rows } = await database.db.execute<{ id: string }>(sql`select id from ${sql.raw(table)} limit 1`);
    owned.nodes.set(type, rows[0]?.id ?? '');
  }
  const webhookId = uuidv7();
  await database.db.execute(sql`insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
    values (${webhookId}, ${DEFAULT_WORKSPACE_ID}, 'https://leakme.example/', 'Hidden webhook', 'JOB_FINISHED', '{}', 'PAUSED', 'whsec_LEAKME', 0)`);
  owned.nodes.set('Webhook', webhookId);
  for (const [type, uuid] of owned.nodes) owned.words.add(uuid).add(globalId(type, uuid));
  for (const word of [owned.keyId, 'Hidden list', 'Hidden webhook', 'LEAKME', 'leakme'])
    owned.words.add(word);
}, 120_000);
afterAll(() => database.close());

const globalId = (type: string, uuid: string) => Buffer.from(`${type}:${uuid}`).toString('base64');

/** A value for an argument: what it asks for and every id that it takes. */
function valueFor(type: GraphQLInputType, name: string, ids: Ids): unknown {
  if (isNonNullType(type)) return valueFor(type.ofType, name, ids);
  if (isListType(type)) return [valueFor(type.ofType, name, ids)];
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isRequiredInputField(field) || takesId(field.type, field.name),
    );
    return Object.fromEntries(fields.map((field) => [field.name, valueFor(field.type, field.name, ids)]));
  }
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (name === 'keyId') return ids.keyId;
  const samples: Record<string, unknown> = {
    ID: ids.node,
    UUID: ids.uuid,
    Int: 1,
    Float: 1,
    Boolean: false,
    String: 'AAPL',
    DateTime: '2030-01-01T00:00:00Z',
  };
  return samples[type.name] ?? null;
}

function takesId(type: GraphQLInputType, name: string, depth = 0): boolean {
  const named = getNamedType(type);
  if (named.name === 'ID' || named.name === 'UUID' || name === 'keyId') return true;
  return (
    isInputObjectType(named) &&
    depth < 3 &&
    Object.values(named.getFields()).some((field) => takesId(field.type, field.name, depth + 1))
  );
}

interface Operation {
  readonly name: string;
  readonly kind: string;
  readonly query: string;
  /** Names an object by its id. */
  readonly asksById: boolean;
  variables(ids: Ids): object;
}

function operations(): Operation[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).map((field): Operation => {
      const args = field.args.filter((arg) => isRequiredArgument(arg) || takesId(arg.type, arg.name));
      const kind = root?.name.toLowerCase() ?? '';
      const definitions = args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
      const given = args.map(({ name }) => `${name}: $${name}`).join(', ');
      const type = getNamedType(field.type);
      // All fields of all types with an id would be more than a document may ask for.
      const selection = type.name === 'Node' ? '{ __typename id }' : selectAll(schema, type, 1);
      return {
        name: `${root?.name}.${field.name}`,
        kind,
        asksById: args.some(({ type, name }) => takesId(type, name)),
        query: `${kind}${args.length > 0 ? `(${definitions})` : ''} { ${field.name}${args.length > 0 ? `(${given})` : ''} ${selection} }`,
        variables: (ids) =>
          Object.fromEntries(args.map(({ name, type }) => [name, valueFor(type, name, ids)])),
      };
    }),
  );
}

/** Status and body as they are. */
async function rawAnswer(api: TestApi, key: string, operation: Operation, ids: Ids): Promise<string> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      ...(operation.kind === 'subscription' && { accept: 'text/event-stream' }),
    },
    body: JSON.stringify({ query: operation.query, variables: operation.variables(ids) }),
    signal: AbortSignal.timeout(10_000),
  });
  return `${response.status} ${await response.text()}`;
}

/** The answer with what tells requests apart taken out. */
async function answer(api: TestApi, key: string, operation: Operation, ids: Ids): Promise<string> {
  const text = await rawAnswer(api, key, operation, ids);
  return [ids.node, ids.uuid, ids.keyId].reduce((rest, id) => rest.replaceAll(id, '<id>'), text);
}

const leaksIn = (text: string) => [...owned.words].filter((word) => text.includes(word));

async function fingerprint(): Promise<string> {
  const tables = ['jobs', 'job_items', 'watchlists', 'watchlist_items', 'analyses', 'backtests', 'webhooks'];
  const parts = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await database.db.execute<{ sum: string }>(sql`
        select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from ${sql.raw(table)} t
        where workspace_id = ${DEFAULT_WORKSPACE_ID}`);
      return rows[0]?.sum;
    }),
  );
  const { rows } = await database.db.execute(sql`
    select (select revoked_at from api_keys where key_id = ${owned.keyId}), (select expires_at from api_keys where key_id = ${owned.keyId}),
      (select paused_at from workspaces where id = ${DEFAULT_WORKSPACE_ID})`);
  return JSON.stringify([parts, rows]);
}

/** The walls between workspaces: each must hold alone. `raise` leaves the named ones standing and answers how to put the other up again. */
const walls: readonly { readonly standing: string; raise(): Promise<() => Promise<void>> }[] = [
  { standing: 'the filters of the stores and row-level security', raise: async () => async () => undefined },
  {
    standing: 'the filters of the stores alone',
    async raise() {
      await eachTable('disable');
      return () => eachTable('enable');
    },
  },
  {
    standing: 'row-level security alone',
    async raise() {
      return neutraliseFilters();
    },
  },
];

async function eachTable(verb: 'enable' | 'disable'): Promise<void> {
  const { rows } = await database.db.execute<{ name: string }>(
    sql`select distinct tablename as name from pg_policies where schemaname = 'public'`,
  );
  expect(rows.length).toBeGreaterThan(15);
  for (const { name } of rows)
    await database.db.execute(sql.raw(`alter table ${name} ${verb} row level security`));
}

/** From now on the API's statements let every workspace pass: what compares with the caller's is true. Answers how to end that. */
function neutraliseFilters(): () => Promise<void> {
  const query = pg.Client.prototype.query;
  const open = (text: string) =>
    text.replace(
      /(?:[\w"]+\.)?"?(?<![a-z])(?:workspace_id"?|workspaces"\."id") = (\$\d+)(?!\d)/g,
      '($1::uuid is not null)',
    );
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const { connectionParameters } = this as unknown as {
      connectionParameters: { application_name?: string };
    };
    const [first, ...rest] = args as [unknown, ...unknown[]];
    const ofApi = connectionParameters.application_name === 'thetool api' && typeof first === 'object';
    const sent = ofApi ? { ...first, text: open(String(Object(first).text)) } : first;
    return (query as (...all: unknown[]) => unknown).apply(this, [sent, ...rest]);
  } as typeof query;
  return async () => {
    pg.Client.prototype.query = query;
  };
}

describe.each(walls)('between workspaces stand $standing:', ({ raise }) => {
  let api: TestApi;
  let restore: () => Promise<void>;
  beforeAll(async () => {
    restore = await raise();
    api = await startApi(database.url, { DATABASE_POOL_SIZE: '4' }, { access: 'real' });
  });
  afterAll(async () => {
    // Also when the API did not start: the tests behind need both walls.
    await restore();
    await api?.close();
  });

  test('a foreign id is answered as one that is not there, whatever asks, and nothing of the owner changes', async () => {
    const before = await fingerprint();
    let compared = 0;
    const executed = new Set<string>();
    for (const operation of operations().filter(({ asksById }) => asksById)) {
      for (const [type, uuid] of owned.nodes) {
        const foreign = { node: globalId(type, uuid), uuid, keyId: owned.keyId };
        const nowhere = uuidv7();
        const absent = { node: globalId(type, nowhere), uuid: nowhere, keyId: 'Nowhere0' };
        const [one, other] = [
          await answer(api, keys.stranger, operation, foreign),
          await answer(api, keys.stranger, operation, absent),
        ];
        expect(one, `${operation.name} with a ${type}`).toBe(other);
        expect(leaksIn(one), operation.name).toEqual([]);
        compared += 1;
        if (one.startsWith('200 ') && /"data":|NOT_FOUND|NotFoundError/.test(one))
          executed.add(operation.name);
      }
    }
    // Each was executed with an id of a kind that it takes, not refused for its form.
    const byId = operations().filter(({ asksById }) => asksById);
    expect(byId.map(({ name }) => name).filter((name) => !executed.has(name))).toEqual([]);
    expect(compared).toBeGreaterThan(60);
    expect(await fingerprint()).toBe(before);
  }, 120_000);

  test('lists and counts show nothing of others', async () => {
    const ids = { node: '', uuid: '', keyId: '' };
    const lists = operations().filter(({ asksById, kind }) => !asksById && kind === 'query');
    expect(lists.length).toBeGreaterThan(8);
    for (const operation of lists) {
      // Without what asks for an argument of its own.
      const text = await rawAnswer(api, keys.stranger, operation, ids);
      expect(leaksIn(text), operation.name).toEqual([]);
    }
  });

  test('exports neither', async () => {
    const get = async (path: string) => {
      const response = await fetch(new URL(path, api.url), {
        headers: { authorization: `Bearer ${keys.stranger}` },
      });
      return `${response.status} ${await response.text()}`;
    };
    const foreign = owned.nodes.get('Analysis') ?? '';
    const nowhere = uuidv7();
    for (const id of [foreign, globalId('Analysis', foreign)]) {
      const other = id === foreign ? nowhere : globalId('Analysis', nowhere);
      expect((await get(`/export/analysis/${encodeURIComponent(id)}.xlsx`)).replaceAll(foreign, '<id>')).toBe(
        (await get(`/export/analysis/${encodeURIComponent(other)}.xlsx`)).replaceAll(nowhere, '<id>'),
      );
    }
    for (const path of ['analyses.jsonl', 'analyses.csv', 'trades.jsonl', 'trades.csv'])
      expect(leaksIn(await get(`/export/${path}?includeDemo=true`)), path).toEqual([]);
  });

  test('and the owner sees all of it', async () => {
    for (const [type, uuid] of owned.nodes) {
      const { data } = await (
        await fetch(api.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.owner}` },
          body: JSON.stringify({ query: `{ node(id: "${globalId(type, uuid)}") { __typename id } }` }),
        })
      ).json();
      expect(data.node).toEqual({ __typename: type, id: globalId(type, uuid) });
    }
  });
});

test('with neither wall everything is seen, so that each of them is seen to hold', async () => {
  await eachTable('disable');
  const restore = neutraliseFilters();
  const api = await startApi(database.url, {}, { access: 'real' });
  try {
    const leaking = new Set<string>();
    for (const operation of operations().filter(({ kind }) => kind === 'query')) {
      for (const [type, uuid] of owned.nodes) {
        const node = globalId(type, uuid);
        const text = await rawAnswer(api, keys.stranger, operation, { node, uuid, keyId: owned.keyId });
        if (text.startsWith('200 ') && !text.includes('"errors":[{') && leaksIn(text).length > 0)
          leaking.add(operation.name);
      }
    }
    const seen = ['node', 'nodes', 'job', 'analysis', 'analyses', 'backtest', 'backtests', 'watchlist'];
    for (const name of [...seen, 'watchlists', 'webhooks', 'apiKeys', 'ranking'])
      expect(leaking).toContain(`Query.${name}`);
  } finally {
    await restore();
    await eachTable('enable');
    await api.close();
  }
});
