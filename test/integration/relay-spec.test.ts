import { getNamedType, isInterfaceType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepBystander } from '../support/bystander.ts';
import {
  argumentsOf,
  connections,
  type Explored,
  explore,
  fieldsOf,
  nodeTypes,
  objects,
  type Page,
  typeOf,
  type Window,
} from '../support/explore.ts';

let world: Explored;

beforeAll(async () => {
  world = await explore();
});
afterAll(() => world.close());
keepBystander(() => ({ url: world.api.url, db: world.database.db }));

describe('the schema', () => {
  test('gives PageInfo the fields of the specification', () => {
    const info = world.shape('PageInfo');
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
    const connection = world.shape(getNamedType(field.type).name);
    expect(typeOf(connection, 'pageInfo')).toBe('PageInfo!');
    const list = typeOf(connection, 'edges');
    expect(list).toMatch(/^\[\w+Edge!?\]!?$/);
    const edge = world.shape(list.replace(/\W/g, ''));
    expect(typeOf(edge, 'cursor')).toBe('String!');
    expect(typeOf(edge, 'node')).not.toMatch(/^\[/);
  });

  test('reserves the names Connection and Edge, and the field id of type ID, for what they mean', () => {
    for (const type of objects) {
      if (type.name.endsWith('Connection'))
        expect(fieldsOf(type).map(({ name }) => name)).toEqual(expect.arrayContaining(['edges', 'pageInfo']));
      if (type.name.endsWith('Edge'))
        expect(fieldsOf(type).map(({ name }) => name)).toEqual(expect.arrayContaining(['cursor', 'node']));
      const id = type.getFields().id;
      if (String(id?.type) === 'ID!' && !/ Not for `node`\.$/.test(id?.description ?? ''))
        expect(nodeTypes).toContain(type);
    }
  });

  test('has Node and the fields that refetch it', () => {
    const node = world.schema.getType('Node');
    if (!isInterfaceType(node)) throw new Error('Node is no interface');
    expect(Object.values(node.getFields()).map(({ name, type }) => `${name}: ${type}`)).toEqual(['id: ID!']);
    const { node: one, nodes: many } = world.schema.getQueryType()?.getFields() ?? {};
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

describe('pages of', () => {
  test.each(connections)('%s are slices of one list, forth and back', async (name, type, field) => {
    const owners = world.ownersOf(type);
    expect(owners.length).toBeGreaterThan(0);
    let longest = 0;
    for (const owner of owners.slice(0, 4)) {
      const get = (window: Window) => world.read(type, field, owner, window);
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
        ...(world.countOf(field) !== '' && { totalCount: list.length }),
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
      const [owner = null] = world.ownersOf(type);
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
        const { errors = [] } = await world.api.post(query);
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
    expect([...new Set(world.seen.values())].sort()).toEqual(nodeTypes.map(({ name }) => name).sort());
    for (const [id, type] of world.seen) {
      const { data, errors } = await world.api.post('query($id: ID!) { node(id: $id) { __typename id } }', {
        id,
      });
      expect({ errors, data }).toEqual({ errors: undefined, data: { node: { __typename: type, id } } });
    }
    const ids = [...world.seen.keys()].slice(0, 100);
    const { data } = await world.api.post('query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids,
    });
    expect(data?.nodes).toEqual(ids.map((id) => ({ __typename: world.seen.get(id), id })));
  });

  const gid = (text: string) => Buffer.from(text).toString('base64');
  const one = 'query($id: ID!) { node(id: $id) { id } }';
  const many = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';

  test('answers null for ids of nothing', async () => {
    const keyOf = (type: string) =>
      type === 'Instrument' ? 'NOTHING' : '0198c0de-0000-7000-8000-000000000000';
    const ids = nodeTypes.map(({ name }) => gid(`${name}:${keyOf(name)}`));
    for (const id of ids) expect(await world.api.post(one, { id })).toEqual({ data: { node: null } });
    expect(await world.api.post(many, { ids })).toEqual({ data: { nodes: ids.map(() => null) } });
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
        const { errors } = await world.api.post(query, { id });
        expect({ id, query, errors }).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
      }
    }
    const job = [...world.seen].find(([, type]) => type === 'Job')?.[0];
    expect(await world.api.post('query($id: ID!) { watchlist(id: $id) { id } }', { id: job })).toMatchObject({
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
    const ids = Array.from({ length: 101 }, () => [...world.seen.keys()][0]);
    expect((await world.api.post(many, { ids })).errors).toMatchObject([
      { extensions: { code: 'LIMIT_EXCEEDED' } },
    ]);
  });
});
