import { type GraphQLField, type GraphQLObjectType, getNamedType, isInputObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schema as ours } from '../../src/main/schema.ts';
import { selectAll } from '../conformance/selections.ts';
import { keepBystander } from '../support/bystander.ts';
import { argumentsOf, connections, type Explored, explore, fieldsOf } from '../support/explore.ts';
import { inUpperCase } from '../support/mutation-calls.ts';

let world: Explored;

beforeAll(async () => {
  world = await explore();
});
afterAll(() => world.close());
keepBystander(() => ({ url: world.api.url, db: world.database.db }));

describe('crafted cursors', () => {
  const cursor = (key: string) => Buffer.from(`k:${key}`).toString('base64url');
  const score = (key: string, ticker = 'A') => JSON.stringify(['SCORE', true, false, key, 'A', ticker]);
  /** Texts that no page of any connection has given out. */
  const never = [
    '',
    ' ',
    '1e9',
    '0x1',
    'é',
    '\ud83d\ude00',
    'x'.repeat(10_000),
    '\u0000',
    '9|A',
    '0|',
    '0|\n',
    '{}',
    '[]',
    'null',
    ...['1e999', '1e-999', 'NaN', '', '9'.repeat(30), '1e-400'].map((key) => score(key)),
    score('0.5', '\u0000'),
    '0198C0DE-0000-7000-8000-00000000000X',
  ].map(cursor);
  const others = ['k:', 'k', 'feed:1', 'ends:1', 'feed:99999999999999999999'].map((text) =>
    Buffer.from(text).toString('base64url'),
  );

  async function codesOf(
    type: GraphQLObjectType,
    field: GraphQLField<unknown, unknown>,
    owner: string | null,
    window: string,
  ): Promise<unknown[]> {
    const page = `${field.name}(${argumentsOf(field, window)}) { edges { cursor } pageInfo { hasNextPage } }`;
    const query =
      owner === null ? `{ ${page} }` : `{ node(id: "${owner}") { ... on ${type.name} { ${page} } } }`;
    const { errors = [] } = await world.api.post(query);
    return errors.map(({ extensions }) => extensions?.code);
  }

  test.each(connections)('are INVALID_INPUT in %s', async (_name, type, field) => {
    const [owner = null] = world.ownersOf(type);
    const { edges } = await world.read(type, field, owner, { first: 1 });
    const own = edges.map((edge) => edge.cursor);
    const tampered = own.flatMap((text) => [
      `${text}=`,
      `${text}!`,
      ` ${text}`,
      `${text}A`,
      text.slice(0, -1),
    ]);
    for (const text of [...never, ...others, ...tampered])
      for (const window of [
        `first: 1, after: ${JSON.stringify(text)}`,
        `last: 1, before: ${JSON.stringify(text)}`,
      ])
        expect({ window, codes: await codesOf(type, field, owner, window) }).toEqual({
          window,
          codes: ['INVALID_INPUT'],
        });
  });

  test('of another connection are a page or INVALID_INPUT, never another error', async () => {
    const all = new Set<string>();
    for (const [, type, field] of connections) {
      const [owner = null] = world.ownersOf(type);
      const { edges } = await world.read(type, field, owner, { first: 1 });
      for (const edge of edges) all.add(edge.cursor);
    }
    expect(all.size).toBeGreaterThan(5);
    for (const [name, type, field] of connections) {
      const [owner = null] = world.ownersOf(type);
      for (const text of all) {
        const codes = await codesOf(type, field, owner, `first: 1, after: "${text}"`);
        expect({ name, text, codes: codes.filter((code) => code !== 'INVALID_INPUT') }).toEqual({
          name,
          text,
          codes: [],
        });
      }
    }
  });
});

describe('UUIDs in upper case', () => {
  const roots = [ours.getQueryType(), ours.getSubscriptionType()] as GraphQLObjectType[];
  /** Every argument, and field of an argument, that takes an id. The inputs of mutations are tested with their idempotency keys. */
  const idArguments = roots.flatMap((root) =>
    fieldsOf(root).flatMap((field) =>
      field.args.flatMap((arg) => {
        const named = getNamedType(arg.type);
        const inner = isInputObjectType(named) ? Object.values(named.getFields()) : [];
        const names =
          named.name === 'ID'
            ? [null]
            : inner.flatMap((one) => (getNamedType(one.type).name === 'ID' ? [one.name] : []));
        return names.map(
          (within) =>
            [
              `${root.name}.${field.name}(${arg.name}${within === null ? '' : `.${within}`})`,
              field,
              arg,
              within,
              root,
            ] as const,
        );
      }),
    ),
  );

  async function ask(text: string, value: unknown): Promise<unknown> {
    const { data, errors } = await world.api.post(text, { value });
    expect({ text, errors }).toEqual({ text, errors: undefined });
    return data;
  }

  test.each(idArguments)('are the same object in %s', async (_name, field, arg, within, root) => {
    const byName: Readonly<Record<string, string>> = { jobId: 'Job', watchlistId: 'Watchlist' };
    const wanted = byName[within ?? arg.name] ?? getNamedType(field.type).name;
    const ids = [...world.seen].filter(
      ([, type]) => type === wanted || (wanted === 'Node' && type !== 'Instrument'),
    );
    expect(ids.length).toBeGreaterThan(0);
    const selection = wanted === 'Node' ? '{ __typename id }' : selectAll(ours, getNamedType(field.type), 1);
    const text = `${root.name.toLowerCase()}($value: ${arg.type}) { ${field.name}(${arg.name}: $value) ${selection} }`;
    for (const [id] of ids.slice(0, 10)) {
      const answers = [];
      for (const spelt of [id, inUpperCase(id)]) {
        const value =
          within !== null ? { [within]: spelt } : String(arg.type).startsWith('[') ? [spelt] : spelt;
        if (root === ours.getQueryType()) answers.push(await ask(text, value));
        else
          for await (const first of world.api.follow(text, { value })) {
            answers.push(first);
            break;
          }
      }
      expect(JSON.stringify(answers[0])).toContain(wanted === 'Node' ? id : '');
      expect(answers[1]).toEqual(answers[0]);
    }
  });
});
