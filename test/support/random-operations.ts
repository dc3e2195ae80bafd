import fc from 'fast-check';
import { buildSchema, type ExecutionResult, type GraphQLFormattedError, isObjectType } from 'graphql';
import { expect } from 'vitest';

/** Operations and what their resolvers meet, at random: what is fit for a plan, and what is not. */
export const schema = buildSchema(`
  type Query { root(by: Int, unit: Unit = SMALL): Node, must: Node! }
  type Subscription { root(by: Int, unit: Unit = SMALL): Node, must: Node! }
  enum Unit { SMALL LARGE }
  input Range { from: Int = 1, to: Int }
  interface Named { name: String }
  type Person implements Named { name: String, age: Int!, friend: Node }
  type Firm implements Named { name: String, staff(range: Range): [Person!] }
  union Owner = Person | Firm
  type Node {
    id: ID!
    count(plus: Int = 2): Int
    must: Int!
    unit: Unit
    ratio: Float!
    texts: [String!]
    matrix: [[Int]!]
    node: Node
    nodes: [Node!]!
    named: Named
    owner: Owner
  }
`);

/** How often a resolver was called. */
export const counted = { calls: 0 };
for (const type of Object.values(schema.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    // What is told of the arguments and of the place is part of the answer.
    field.resolve = (source: Record<string, unknown>, args, context: { factor: number }, info) => {
      counted.calls += 1;
      const value = awaken(source[field.name]);
      if (value === 'throw') throw new Error(`no ${info.fieldName} at ${JSON.stringify(pathOf(info.path))}`);
      if (field.name === 'count' && typeof value === 'number')
        return (value + (args.plus ?? 0)) * context.factor;
      if (field.name === 'name' && typeof value === 'string')
        return `${value} ${JSON.stringify(pathOf(info.path))} ${info.parentType.name} ${String(info.returnType)}`;
      return value;
    };
  }
}

interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
}
const pathOf = ({ prev, key }: Path): (string | number)[] =>
  prev === undefined ? [key] : [...pathOf(prev), key];

/** Documents and sources end soon: the first choice is the one without another level. */
const SHALLOW = { maxDepth: 2, depthIdentifier: 'levels' } as const;

/** Selections of each type, as text. */
export const { Node: selections } = fc.letrec<Record<'Node' | 'Person' | 'Firm' | 'Owner', string>>((tie) => {
  const directive = fc.constantFrom(
    '',
    '',
    '',
    ' @skip(if: $yes)',
    ' @include(if: $yes)',
    ' @include(if: $no)',
  );
  const pick = (...options: fc.Arbitrary<string>[]) =>
    fc
      .array(fc.tuple(fc.constantFrom('', '', 'a: ', 'b: '), fc.oneof(...options), directive), {
        minLength: 1,
        maxLength: 5,
      })
      .map((fields) => `{ ${fields.map(([alias, text, end]) => spread(alias, text, end)).join(' ')} }`);
  const spread = (alias: string, text: string, end: string) => {
    const at = text.indexOf(' {');
    const [head, tail] = at < 0 || text.startsWith('{') ? [text, ''] : [text.slice(0, at), text.slice(at)];
    return `${/^\.\.\.|:/.test(head) ? '' : alias}${head}${end}${tail}`;
  };
  const named = (name: string, of: fc.Arbitrary<string>) => of.map((text) => `${name} ${text}`);
  const plain = fc.constantFrom(
    'id',
    'count',
    'count(plus: $n)',
    'must',
    'unit',
    'ratio',
    'texts',
    'matrix',
    '__typename',
    '...Common',
  );
  return {
    Node: pick(
      plain,
      plain,
      fc.oneof(SHALLOW, plain, named('node', tie('Node'))),
      fc.oneof(SHALLOW, plain, named('nodes', tie('Node'))),
      fc.oneof(SHALLOW, plain, named('... on Node', tie('Node'))),
      named(
        'named',
        tie('Owner').map((text) => text.replace('{', '{ name')),
      ),
      named('owner', tie('Owner')),
    ),
    Owner: fc
      .tuple(tie('Person'), tie('Firm'))
      .map(([person, firm]) => `{ __typename ... on Person ${person} ... on Firm ${firm} }`),
    Person: pick(fc.constantFrom('personName: name', 'age', '__typename')),
    Firm: pick(
      fc.constantFrom('firmName: name', '__typename', 'staff(range: $range) { name age }', 'staff { age }'),
    ),
  };
});

export const textOf = (selection: string, kind: 'subscription' | 'query') => `
  ${kind}($n: Int, $yes: Boolean = true, $no: Boolean = false, $unit: Unit, $range: Range = { to: 3 }) { root(by: $n, unit: $unit) ${selection} }
  fragment Common on Node { id again: count must ...Deep }
  fragment Deep on Node { deep: node { id } ... on Node @skip(if: $no) { unit } }`;

/** Mostly what fits; now and then what does not, a promise, or an error. */
const hazard = fc.constantFrom<unknown>(
  undefined,
  null,
  'throw',
  7.5,
  new Error('returned'),
  { lazy: 3 },
  { lazy: null },
  { lazy: 'throw' },
);
const seldom = (value: fc.Arbitrary<unknown>, risk: number) =>
  risk === 0
    ? value
    : fc.oneof({ weight: 100 - risk, arbitrary: value }, { weight: risk, arbitrary: hazard });

const sourceOf = (risk: number) => {
  const { Node: source } = fc.letrec<Record<'Node' | 'Person' | 'Firm', unknown>>((tie) => {
    const maybe = (value: fc.Arbitrary<unknown>) => seldom(fc.oneof(value, fc.constant(null)), risk);
    const sure = (value: fc.Arbitrary<unknown>) => seldom(value, risk);
    return {
      Node: fc.record({
        id: sure(fc.nat()),
        count: maybe(fc.nat(9)),
        must: sure(fc.nat(9)),
        unit: maybe(fc.constantFrom('SMALL', 'LARGE')),
        ratio: sure(fc.constantFrom(0, 0.5, -1)),
        texts: maybe(fc.array(sure(fc.string({ maxLength: 3 })), { maxLength: 3 })),
        matrix: maybe(fc.array(sure(fc.array(maybe(fc.nat(9)), { maxLength: 2 })), { maxLength: 2 })),
        node: fc.oneof(SHALLOW, fc.constant(null), tie('Node')),
        nodes: fc.oneof(SHALLOW, fc.constant([]), fc.array(tie('Node'), { maxLength: 2 })),
        named: maybe(fc.oneof(tie('Person'), tie('Firm'))),
        owner: maybe(fc.oneof(tie('Person'), tie('Firm'))),
      }),
      Person: fc.record({
        __typename: seldom(fc.constant('Person'), Math.floor(risk / 4)),
        name: maybe(fc.string({ maxLength: 3 })),
        age: sure(fc.nat(99)),
      }),
      Firm: fc.record({
        __typename: fc.constant('Firm'),
        name: maybe(fc.string({ maxLength: 3 })),
        staff: maybe(fc.array(tie('Person'), { maxLength: 2 }).map((staff) => new Set(staff))),
      }),
    };
  });
  return source;
};

const [certain, likely, unlikely] = [sourceOf(0), sourceOf(2), sourceOf(10)];
/** Values of the root field. */
export const sources = fc.oneof(certain, certain, likely, unlikely);

/** Promises are made when they are asked for: each execution has its own. */
function awaken(value: unknown): unknown {
  if (value instanceof Error || value === null || typeof value !== 'object') return value;
  if ('lazy' in value) return promiseOf(value.lazy);
  if (!Array.isArray(value)) return value;
  // graphql-js forgets the promises of a list when one of its other items fails at once: all of them are promises, or none.
  const isLazy = value.some((item) => item !== null && typeof item === 'object' && 'lazy' in item);
  return value.map((item) => awaken(isLazy ? { lazy: awaken(item?.lazy ?? item) } : item));
}

function promiseOf(value: unknown): Promise<unknown> {
  const promise = value === 'throw' ? Promise.reject(new Error('rejected')) : Promise.resolve(value);
  // graphql-js does not look at the rest of a list that has failed.
  promise.catch(() => undefined);
  return promise;
}

/** The place that is null for an error: its own, or one around it. */
function nullOf(data: unknown, path: readonly (string | number)[]): string {
  let value = data;
  for (const [i, key] of path.entries()) {
    if (value == null) return JSON.stringify(path.slice(0, i));
    value = (value as Record<string | number, unknown>)[key];
  }
  return JSON.stringify(path);
}

/**
 * The same data, and the same errors. Of several that made one place null the specification wants one at least, and which of them came first, or
 * at all before it was null, is a matter of turns.
 */
export function expectEqualResults(actual: ExecutionResult, expected: ExecutionResult): void {
  const [one, other] = [actual, expected].map((result) => {
    const { data, errors = [] } = JSON.parse(JSON.stringify(result)) as {
      data?: unknown;
      errors?: GraphQLFormattedError[];
    };
    return { data, errors: Map.groupBy(errors, ({ path = [] }) => nullOf(data, path)) };
  });
  expect(JSON.stringify(one?.data)).toBe(JSON.stringify(other?.data));
  expect([...(one?.errors.keys() ?? [])].sort()).toEqual([...(other?.errors.keys() ?? [])].sort());
  for (const [place, errors] of one?.errors ?? []) {
    const others = other?.errors.get(place) ?? [];
    if (errors.length === 1 && others.length === 1) expect(errors).toEqual(others);
    else expect([...errors, ...others].length).toBeGreaterThan(2);
  }
}
