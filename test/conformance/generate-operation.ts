import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';

export interface Operation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Ids that the operations name: of objects that are there, of another workspace, of nothing. */
export interface Pool {
  readonly ids: readonly string[];
}

type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const gid = (text: string) => Buffer.from(text).toString('base64');

const TEXTS = [
  'AAPL',
  'D1',
  'M&M',
  'TCS.NS',
  'aapl ',
  '',
  ' ',
  'Conformance',
  'Default',
  'é',
  '😀',
  '\u202e',
  '\u0000',
  '\ud800',
  '%',
  '_',
  '\\',
  "'; --",
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '2020-02-31',
  '9999-12-31T23:59:59Z',
  'ＡＡＰＬ',
  'x'.repeat(300),
  '\r\nSet-Cookie: a=b',
  'azow',
  'null',
  '{}',
];
const INTS = [0, 1, 2, 3, 5, 20, 100, 101, -1, 2_147_483_647, -2_147_483_648];
const FLOATS = [0, -0, 0.5, 1, -1, 2.5, 100, 1e-300, 1e300, -1e300, 5e-324];
const DATES = ['2018-01-02', '2017-06-15', '2024-02-29', '0001-01-01', '9999-12-31'];
const TIMES = [
  '2026-01-31T12:00:00Z',
  '1970-01-01T00:00:00.000Z',
  '2026-01-31T12:00:00.123+05:30',
  '9999-12-31T23:59:59.999Z',
  '0001-01-01T00:00:00Z',
];
const DECIMALS = ['0', '1000', '100000.50', '-1', '99999999999999999999.999999999999', '0.000000000001'];

const scalars: Readonly<Record<string, (random: Random, pool: Pool) => unknown>> = {
  Int: (random) => pick(random, INTS),
  Float: (random) => pick(random, FLOATS),
  Boolean: (random) => random() < 0.5,
  String: (random) => pick(random, TEXTS),
  ID: (random, { ids }) =>
    random() < 0.8
      ? pick(random, ids)
      : pick(random, [
          '',
          'x',
          gid('Job:x'),
          gid('Nothing:1'),
          gid('Instrument:AAPL'),
          gid('Job:0198c0de-0000-7000-8000-000000000000'),
          ...TEXTS,
        ]),
  Date: (random) => pick(random, DATES),
  DateTime: (random) => pick(random, TIMES),
  Decimal: (random) => pick(random, DECIMALS),
  UUID: () => crypto.randomUUID(),
  JSON: (random) => pick<unknown>(random, [null, 1, 'x', [], {}, { a: [1, { b: null }] }]),
};

function drawValue(random: Random, pool: Pool, type: GraphQLInputType, depth = 0): unknown {
  if (isNonNullType(type))
    return drawValue(random, pool, type.ofType, depth) ?? drawValue(random, pool, type, depth);
  if (random() < 0.03) return null;
  if (isListType(type)) {
    const length = pick(random, [0, 1, 1, 2, 3, 12]);
    return Array.from({ length }, () => drawValue(random, pool, type.ofType, depth + 1));
  }
  if (isEnumType(type)) return pick(random, type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (field) => isRequiredInputField(field) || random() < (depth > 2 ? 0.15 : 0.35),
    );
    return Object.fromEntries(
      fields.map(({ name, type: of }) => [name, drawValue(random, pool, of, depth + 1)]),
    );
  }
  const make = scalars[type.name];
  if (make === undefined) throw new Error(`no values for the scalar ${type.name}: add some`);
  return make(random, pool);
}

/**
 * A valid operation on one root field: its arguments are drawn from their types, its selection at random. Limits of cost may refuse it;
 * the type system does not.
 */
export function generateOperation(
  schema: GraphQLSchema,
  random: Random,
  pool: Pool,
  root: { readonly kind: Operation['kind']; readonly type: GraphQLObjectType; readonly field: string },
): Operation {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];

  function write(args: readonly GraphQLArgument[]): string {
    const written = args
      .filter((arg) => isRequiredArgument(arg) || random() < 0.4)
      .map((arg) => {
        const name = `v${declared.length}`;
        declared.push(`$${name}: ${arg.type}`);
        variables[name] = drawValue(random, pool, arg.type);
        return `${arg.name}: $${name}`;
      });
    return written.length > 0 ? `(${written.join(', ')})` : '';
  }

  function select(type: GraphQLNamedType, depth: number): string {
    if (isLeafType(type)) return '';
    if (isAbstractType(type)) {
      const members = schema.getPossibleTypes(type).filter(() => random() < 0.5);
      return ` { __typename ${members.map((one) => `... on ${one.name}${select(one, depth)}`).join(' ')} }`;
    }
    const all = isObjectType(type) ? Object.values(type.getFields()) : [];
    const wanted = all.filter(({ name, type: of }) => {
      if (['edges', 'node', 'pageInfo'].includes(name)) return random() < 0.9;
      return isLeafType(getNamedType(of)) ? random() < 0.4 : depth > 0 && random() < 0.35;
    });
    // Members of a union may give one name to fields of different types or arguments: an alias keeps them apart.
    const fields = wanted.slice(0, 12).map((field) => {
      const named = getNamedType(field.type);
      const wrapped = /(Connection|Edge)$/.test(named.name);
      return `${field.name}${write(field.args)}${select(named, wrapped ? depth : depth - 1)}`;
    });
    return ` { __typename ${fields.join(' ')} }`;
  }

  const field = root.type.getFields()[root.field];
  if (field === undefined) throw new Error(`no field ${root.field}`);
  const body = `${field.name}${write(field.args)}${select(getNamedType(field.type), pick(random, [0, 1, 2]))}`;
  const head = declared.length > 0 ? `(${declared.join(', ')})` : '';
  return { kind: root.kind, query: `${root.kind} Fuzz${head} { ${body} }`, variables };
}

/** Every root field of the schema. */
export function rootsOf(schema: GraphQLSchema) {
  return (['query', 'mutation', 'subscription'] as const).flatMap((kind) => {
    const type = {
      query: schema.getQueryType(),
      mutation: schema.getMutationType(),
      subscription: schema.getSubscriptionType(),
    }[kind];
    return type == null ? [] : Object.keys(type.getFields()).map((field) => ({ kind, type, field }));
  });
}
