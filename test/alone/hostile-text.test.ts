import {
  type GraphQLArgument,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { schema } from '../../src/main/schema.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { keepBystander } from '../support/bystander.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { openSocket, type RawSocket } from '../support/sockets.ts';

let database: TestDatabase;
let api: TestApi;
let socket: RawSocket;

beforeAll(async () => {
  database = await createTestDatabase();
  api = await startApi(database.url, { SOCKET_MESSAGE_LIMIT: '100000' });
  socket = await openSocket(api.url);
});
afterAll(async () => {
  socket.socket.close();
  await api.close();
  await database.close();
});
keepBystander(() => ({ url: api.url, db: database.db }));

const TEXTS = new Set(['String', 'ID', 'Date', 'DateTime', 'Decimal', 'UUID']);

/** Every place of the API that takes text, as a document with the variable `$text`. */
const places = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
  Object.values(root?.getFields() ?? {}).flatMap((field) => {
    const operation = root === schema.getQueryType() ? 'query' : 'mutation';
    const type = getNamedType(field.type);
    const selection = isObjectType(type) || isUnionType(type) ? '{ __typename }' : '';
    return field.args.flatMap((arg) =>
      pathsOf(arg.type).map(({ path, type: text, literal }) => {
        const args = [`${arg.name}: ${literal}`, ...required(field.args, arg)].join(', ');
        return {
          name: [field.name, arg.name, ...path].join('.'),
          document: (value: string) => ({
            query: `${operation}($text: ${text}!) { ${field.name}(${args}) ${selection} }`,
            variables: { text: value },
          }),
        };
      }),
    );
  }),
);

interface Place {
  readonly path: readonly string[];
  /** Type of the variable. */
  readonly type: string;
  /** The argument's value, with the variable in its place. */
  readonly literal: string;
}

function pathsOf(given: GraphQLInputType): Place[] {
  const type = getNullableType(given);
  if (isListType(type))
    return pathsOf(type.ofType).map((place) => ({ ...place, literal: `[${place.literal}]` }));
  if (!isInputObjectType(type))
    return TEXTS.has(type.name) ? [{ path: [], type: type.name, literal: '$text' }] : [];
  return Object.values(type.getFields()).flatMap((field) =>
    pathsOf(field.type).map((place) => ({
      ...place,
      path: [field.name, ...place.path],
      literal: `{ ${[`${field.name}: ${place.literal}`, ...required(Object.values(type.getFields()), field)].join(', ')} }`,
    })),
  );
}

/** The other required ones with something that is well-formed. */
function required(
  all: readonly Pick<GraphQLArgument, 'name' | 'type' | 'defaultValue'>[],
  but: { readonly name: string },
): string[] {
  return all
    .filter(
      ({ name, type, defaultValue }) =>
        name !== but.name && isNonNullType(type) && defaultValue === undefined,
    )
    .map(({ name, type }) => `${name}: ${sample(type)}`);
}

function sample(given: GraphQLInputType): string {
  const type = getNullableType(given);
  if (isListType(type)) return `[${sample(type.ofType)}]`;
  if (isInputObjectType(type))
    return `{ ${required(Object.values(type.getFields()), { name: '' }).join(', ')} }`;
  const samples: Readonly<Record<string, string>> = {
    Int: '1',
    Float: '1',
    Boolean: 'true',
    Date: '"2026-01-02"',
  };
  if ('getValues' in type) return type.getValues()[0]?.name ?? 'null';
  return samples[type.name] ?? '"AAPL"';
}

/** 50 kB each, as JSON writes them: what a message of a websocket takes. */
const hostile = ['a', ' ', '9', '=', '.', '-', '\\', '%_', 'aA1.', '\u0130', 'é'].map((unit) =>
  unit.repeat(50_000 / (Buffer.byteLength(JSON.stringify(unit)) - 2)),
);

async function overHttp(params: object): Promise<void> {
  const response = await fetch(api.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
  const { errors = [] } = (await response.json()) as { errors?: { extensions?: { code?: string } }[] };
  expect(errors.map(({ extensions }) => extensions?.code)).not.toContain('INTERNAL');
}

async function overSocket(params: object): Promise<void> {
  socket.send({ id: '1', type: 'subscribe', payload: params });
  const answer = await socket.next();
  expect(JSON.stringify(answer)).not.toContain('"INTERNAL"');
  if (answer.type !== 'error') await socket.next();
}

test('there are places to test', () => {
  expect(places.length).toBeGreaterThan(40);
});

test.each([
  ['HTTP', overHttp],
  ['a websocket', overSocket],
] as const)(
  'no text of 50 kB keeps the API busy for 20 ms, in any place that takes text, over %s',
  async (_name, ask) => {
    const slow: string[] = [];
    for (const { name, document } of places) {
      const best = async (value: string) => {
        let shortest = Number.POSITIVE_INFINITY;
        for (let i = 0; i < 8; i += 1) {
          const from = performance.now();
          await ask(document(value));
          shortest = Math.min(shortest, performance.now() - from);
          if (shortest < 20) break;
        }
        return shortest;
      };
      const base = await best('x');
      for (const text of hostile) {
        // A websocket takes 64 KiB a message.
        const took = await best(text.slice(0, 30_000));
        if (took > base + 20) slow.push(`${name} ${JSON.stringify(text.slice(0, 4))}: ${took.toFixed(0)} ms`);
      }
    }
    expect(slow).toEqual([]);
  },
);
