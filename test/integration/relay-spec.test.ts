import {
  buildClientSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getIntrospectionQuery,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema as ours } from '../../src/main/schema.ts';
import { isConnection, selectAll } from '../conformance/selections.ts';
import { startAnalysisWorker } from '../support/analysis-worker.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { backtestTask } from '../support/backtest-worker.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWorker } from '../support/engine.ts';
import { populate } from '../support/populate.ts';

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount?: number;
}
type Window = {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string;
  readonly before?: string;
};

let database: TestDatabase;
let api: TestApi;
/** What the server tells of itself, not what the code says. */
let schema: GraphQLSchema;
/** Type name by every global id that any answer contained. */
const seen = new Map<string, string>();

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url);
  const { data } = await api.post(getIntrospectionQuery());
  schema = buildClientSchema(data as never);
  const workers = [
    await startAnalysisWorker(database),
    await startWorker(database.url, database.db, backtestTask(database)),
  ];
  await populate(api, database.db);
  for (const worker of workers) await worker.stop();
  await lookAround();
});
afterAll(async () => {
  await api.close();
  await database.close();
});

const objects = Object.values(ours.getTypeMap()).filter(isObjectType);
const fieldsOf = (type: GraphQLObjectType) => Object.values(type.getFields());
const nodeTypes = objects.filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'));
/** Every field of the schema that pages, with the type that has it. */
const connections = objects.flatMap((type) =>
  fieldsOf(type)
    .filter(isConnection)
    .map((field) => [`${type.name}.${field.name}`, type, field] as const),
);
const shape = (name: string) => {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`${name} is no object type`);
  return type;
};
/** Arguments of connections that have some which must be given. */
const GIVEN: Readonly<Record<string, string>> = { candles: 'ticker: "AAPL", source: SAMPLE' };
const argumentsOf = (field: GraphQLField<unknown, unknown>, window: string) =>
  [GIVEN[field.name] ?? '', window].filter(Boolean).join(', ');
const countOf = (field: GraphQLField<unknown, unknown>) =>
  'totalCount' in shape(getNamedType(field.type).name).getFields() ? 'totalCount' : '';
const typeOf = (type: GraphQLObjectType, field: string) => String(type.getFields()[field]?.type);

/** Remembers every `{ __typename, id }` within an answer. */
function look(value: unknown): void {
  if (Array.isArray(value)) value.forEach(look);
  else if (typeof value === 'object' && value !== null) {
    const { __typename: type, id } = value as { __typename?: string; id?: string };
    if (typeof id === 'string' && nodeTypes.some(({ name }) => name === type)) seen.set(id, String(type));
    Object.values(value).forEach(look);
  }
}

async function read(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  owner: string | null,
  window: Window,
) {
  const args = Object.entries(window).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const edge = shape(typeOf(shape(getNamedType(field.type).name), 'edges').replace(/\W/g, ''));
  const entry = schema.getType(typeOf(edge, 'node').replace(/\W/g, ''));
  const identity = isObjectType(entry) && 'id' in entry.getFields() ? 'id' : '';
  const page = `${field.name}(${argumentsOf(field, args.join(', '))}) {
    ${countOf(field)} pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { __typename ${identity} } } }`;
  const query =
    owner === null ? `{ ${page} }` : `query($id: ID!) { node(id: $id) { ... on ${type.name} { ${page} } } }`;
  const { data, errors } = await api.post(query, owner === null ? {} : { id: owner });
  expect({ query, errors }).toEqual({ query, errors: undefined });
  look(data);
  const holder = (owner === null ? data : data?.node) as Record<string, Page>;
  return holder[field.name] as Page;
}

describe('the schema', () => {
  test('gives PageInfo the fields of the specification', () => {
    const info = shape('PageInfo');
    expect(fieldsOf(info).map(({ name, type }) => `${name}: ${type}`)).toEqual(
      expect.arrayContaining([
        'hasNextPage: Boolean!',
        'hasPreviousPage: Boolean!',
        'startCursor: String',
        'endCursor: String',
      ]),
    );
  });

  test.each(connections)('gives %s the arguments and types of the specification', (_name, _type, field) => {
    const args = Object.fromEntries(field.args.map(({ name, type }) => [name, String(type)]));
    expect(args).toMatchObject({ first: 'Int', after: 'String', last: 'Int', before: 'String' });
    const connection = shape(getNamedType(field.type).name);
    expect(typeOf(connection, 'pageInfo')).toBe('PageInfo!');
    const list = typeOf(connection, 'edges');
    expect(list).toMatch(/^\[\w+Edge!?\]!?$/);
    const edge = shape(list.replace(/\W/g, ''));
    expect(typeOf(edge, 'cursor')).toBe('String!');
    expect(typeOf(edge, 'node')).not.toMatch(/^\[/);
  });

  test('reserves the names Connection and Edge, and the field id of type ID, for what they mean', () => {
    for (const type of objects) {
      if (type.name.endsWith('Connection'))
        expect(fieldsOf(type).map(({ name }) => name)).toEqual(expect.arrayContaining(['edges', 'pageInfo']));
      if (type.name.endsWith('Edge'))
        expect(fieldsOf(type).map(({ name }) => name)).toEqual(expect.arrayContaining(['cursor', 'node']));
      if (typeOf(type, 'id') === 'ID!') expect(nodeTypes).toContain(type);
    }
  });

  test('has Node and the fields that refetch it', () => {
    const node = schema.getType('Node');
    if (!isInterfaceType(node)) throw new Error('Node is no interface');
    expect(Object.values(node.getFields()).map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!']);
    const { node: one, nodes: many } = schema.getQueryType()?.getFields() ?? {};
    expect([String(one?.type), one?.args.map(({ name, type }) => `${name}: ${type}`)]).toEqual([
      'Node',
      ['id: ID!'],
    ]);
    expect([String(many?.type), many?.args.map(({ name, type }) => `${name}: ${type}`)]).toEqual([
      '[Node]!',
      ['ids: [ID!]!'],
    ]);
  });
});

/** Ids of the objects whose connection can be read: null for a root field. */
async function ownersOf(type: GraphQLObjectType): Promise<(string | null)[]> {
  if (type === ours.getQueryType()) return [null];
  expect(nodeTypes).toContain(type);
  return [...seen].filter(([, name]) => name === type.name).map(([id]) => id);
}

/** Every root field that needs no argument, with everything two levels below it. */
async function lookAround(): Promise<void> {
  for (const field of fieldsOf(ours.getQueryType() as GraphQLObjectType)) {
    if (field.args.some(isRequiredArgument)) continue;
    const first = isConnection(field) ? '(first: 2)' : '';
    const { data, errors } = await api.post(
      `{ ${field.name}${first} ${selectAll(ours, getNamedType(field.type), isConnection(field) ? 1 : 0)} }`,
    );
    expect({ field: field.name, errors }).toEqual({ field: field.name, errors: undefined });
    look(data);
  }
}

describe('pages of', () => {
  test.each(connections)('%s are slices of one list, forth and back', async (name, type, field) => {
    const owners = await ownersOf(type);
    expect(owners.length).toBeGreaterThan(0);
    let longest = 0;
    for (const owner of owners.slice(0, 4)) {
      const get = (window: Window) => read(type, field, owner, window);
      const list: Page['edges'][number][] = [];
      for (let page: Page | null = null; page?.pageInfo.hasNextPage !== false; ) {
        const after: string | null = page?.pageInfo.endCursor ?? null;
        page = await get({ first: 100, ...(after !== null && { after }) });
        list.push(...page.edges);
      }
      longest = Math.max(longest, list.length);
      expect(new Set(list.map(({ cursor }) => cursor)).size).toBe(list.length);
      const expected = (from: number, to: number): Page => ({
        edges: list.slice(from, to),
        pageInfo: {
          hasNextPage: to < list.length,
          hasPreviousPage: from > 0,
          startCursor: list.slice(from, to).at(0)?.cursor ?? null,
          endCursor: list.slice(from, to).at(-1)?.cursor ?? null,
        },
        ...(countOf(field) !== '' && { totalCount: list.length }),
      });
      expect(await get({ last: 100 })).toEqual(expected(Math.max(0, list.length - 100), list.length));
      expect({ name, page: await get({ first: 0 }) }).toEqual({ name, page: expected(0, 0) });
      const size = Math.min(100, Math.max(1, Math.floor(list.length / 2)));
      for (const [i, { cursor }] of [...list.entries()].slice(0, 3)) {
        expect(await get({ first: size, after: cursor })).toEqual(expected(i + 1, i + 1 + size));
        expect(await get({ last: size, before: cursor })).toEqual(expected(Math.max(0, i - size), i));
      }
      if (list.length > 0) {
        expect(await get({ first: size })).toEqual(expected(0, size));
        expect(await get({ last: size })).toEqual(expected(list.length - size, list.length));
      }
    }
    // The connections of a job that are for another kind of job are empty; a list of one entry has no pages to compare.
    expect(longest).toBeGreaterThan(1);
  });

  test.each(connections)(
    '%s refuse sizes and cursors that mean nothing with a code',
    async (_name, type, field) => {
      const [owner = null] = await ownersOf(type);
      const wrong = [
        'first: -1',
        'last: -1',
        'first: 1, last: 1',
        'first: 1000000',
        'after: "x", first: 1',
        'after: "azow", before: "azow", first: 1',
        'after: "", first: 1',
        `after: "${Buffer.from('k:\u0000').toString('base64url')}", first: 1`,
      ];
      for (const args of wrong) {
        const page = `${field.name}(${argumentsOf(field, args)}) { pageInfo { hasNextPage } }`;
        const query =
          owner === null
            ? `{ ${page} }`
            : `{ node(id: ${JSON.stringify(owner)}) { ... on ${type.name} { ${page} } } }`;
        const { errors = [] } = await api.post(query);
        const codes = errors.map(({ extensions }) => extensions?.code);
        expect({ args, codes }).toEqual({
          args,
          codes: [expect.stringMatching(/^(INVALID_INPUT|LIMIT_EXCEEDED|QUERY_TOO_COMPLEX)$/)],
        });
      }
    },
  );
});

describe('node', () => {
  test('gives every object that any answer contained again, alone and with others', async () => {
    // Every type must be among them: an empty list would prove nothing.
    expect([...new Set(seen.values())].sort()).toEqual(nodeTypes.map(({ name }) => name).sort());
    for (const [id, type] of seen) {
      const { data, errors } = await api.post('query($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect({ errors, data }).toEqual({ errors: undefined, data: { node: { __typename: type, id } } });
    }
    const ids = [...seen.keys()].slice(0, 100);
    const { data } = await api.post('query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids });
    expect(data?.nodes).toEqual(ids.map((id) => ({ __typename: seen.get(id), id })));
  });

  const gid = (text: string) => Buffer.from(text).toString('base64');
  const one = 'query($id: ID!) { node(id: $id) { id } }';
  const many = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';

  test('answers null for ids of nothing', async () => {
    const keyOf = (type: string) =>
      type === 'Instrument' ? 'NOTHING' : '0198c0de-0000-7000-8000-000000000000';
    const ids = nodeTypes.map(({ name }) => gid(`${name}:${keyOf(name)}`));
    for (const id of ids) expect(await api.post(one, { id })).toEqual({ data: { node: null } });
    expect(await api.post(many, { ids })).toEqual({ data: { nodes: ids.map(() => null) } });
  });

  test('refuses texts that are no global ids with a code, wherever an id is asked for', async () => {
    const forms = nodeTypes.flatMap(({ name }) => [
      gid(`${name}:`),
      gid(name),
      gid(`${name}:\u0000`),
      gid(`${name}:é`),
    ]);
    const uuids = nodeTypes.filter(({ name }) => name !== 'Instrument').map(({ name }) => gid(`${name}:x`));
    const others = ['Query', 'PageInfo', '__Type', 'constructor', '__proto__', 'Nothing'].flatMap((name) => [
      gid(`${name}:1`),
      gid(`${name}:0198c0de-0000-7000-8000-000000000000`),
    ]);
    for (const id of [...forms, ...uuids, ...others, 'x', '', '%%%', '😀']) {
      for (const query of [
        one,
        'query($id: ID!) { nodes(ids: [$id]) { id } }',
        'query($id: ID!) { job(id: $id) { id } }',
        'query($id: ID!) { ranking(filter: { watchlistId: $id }) { totalCount } }',
        'mutation($id: ID!) { cancelJob(input: { id: $id }) { __typename } }',
      ]) {
        const { errors } = await api.post(query, { id });
        expect({ id, query, errors }).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
      }
    }
    const job = [...seen].find(([, type]) => type === 'Job')?.[0];
    expect(await api.post('query($id: ID!) { watchlist(id: $id) { id } }', { id: job })).toMatchObject({
      data: { watchlist: null },
      errors: [
        {
          message: 'The id is not one of type: Watchlist.',
          path: ['watchlist'],
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    });
  });

  test('gives at most 100 objects at once', async () => {
    const ids = Array.from({ length: 101 }, () => [...seen.keys()][0]);
    expect((await api.post(many, { ids })).errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
  });
});
