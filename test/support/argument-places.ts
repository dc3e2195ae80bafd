import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import { isConnection, selectAll } from '../conformance/selections.ts';
import type { Json } from './boundary-values.ts';

export type Kind = 'query' | 'mutation' | 'subscription';

/** An argument of a field, or a field of an input object within it. */
export interface Place {
  /** For example `Query.jobs(filter.createdFrom)`. */
  readonly name: string;
  readonly kind: Kind;
  readonly type: GraphQLInputType;
  /** The argument or input field itself, as `Query.jobs.first` or `JobFilter.createdFrom`. */
  readonly member: string;
  readonly owner: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly argument: GraphQLArgument;
  /** Names of input fields below the argument. */
  readonly within: readonly GraphQLInputField[];
}

/** A value that an argument or input field accepts; null where only its type says what fits. */
export type Sane = (member: string, name: string, field: GraphQLField<unknown, unknown>) => Json | null;

/** Every argument of every field of the schema, and every field of an input object below it. */
export function placesOf(schema: GraphQLSchema): Place[] {
  const kinds = new Map<GraphQLNamedType | null | undefined, Kind>([
    [schema.getMutationType(), 'mutation'],
    [schema.getSubscriptionType(), 'subscription'],
  ]);
  const owners = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'));
  return owners.flatMap((owner) =>
    Object.values(owner.getFields()).flatMap((field) =>
      field.args.flatMap((argument) => {
        const base = { kind: kinds.get(owner) ?? 'query', owner, field, argument } as const;
        return placesIn(base, argument.type, `${owner.name}.${field.name}.${argument.name}`, []);
      }),
    ),
  );
}

function placesIn(
  base: Pick<Place, 'kind' | 'owner' | 'field' | 'argument'>,
  type: GraphQLInputType,
  member: string,
  within: readonly GraphQLInputField[],
): Place[] {
  const path = [base.argument, ...within].map(({ name }) => name).join('.');
  const name = `${base.owner.name}.${base.field.name}(${path})`;
  const named = getNamedType(type);
  const inner = isInputObjectType(named) ? Object.values(named.getFields()) : [];
  return [
    { ...base, name, type, member, within },
    ...inner.flatMap((one) => placesIn(base, one.type, `${named.name}.${one.name}`, [...within, one])),
  ];
}

/** A value that the place accepts. */
export function saneAt({ argument, within, type, member, field }: Place, sane: Sane): Json {
  const { defaultValue, name } = within.at(-1) ?? argument;
  if (
    typeof defaultValue === 'boolean' ||
    (typeof defaultValue === 'number' && sane(member, name, field) === null)
  )
    return JSON.stringify(defaultValue);
  return saneOf(type, member, field, sane);
}

function saneOf(
  type: GraphQLInputType,
  member: string,
  field: GraphQLField<unknown, unknown>,
  sane: Sane,
): Json {
  const named = getNullableType(type);
  const given = sane(member, member.split('.').at(-1) ?? '', field);
  if (given !== null) return isListType(named) && !given.startsWith('[') ? `[${given}]` : given;
  if (isListType(named)) return `[${saneOf(named.ofType, member, field, sane)}]`;
  if (isEnumType(named)) return JSON.stringify(named.getValues()[0]?.name);
  if (isInputObjectType(named))
    return objectOf(Object.values(named.getFields()).filter(isRequiredInputField), named.name, field, sane);
  const samples: Readonly<Record<string, Json>> = {
    Int: '1',
    Float: '1',
    Boolean: 'true',
    Date: '"2017-06-15"',
    DateTime: '"2026-01-31T12:00:00Z"',
    Decimal: '"1000"',
  };
  return samples[named.name] ?? '"AAPL"';
}

function objectOf(
  members: readonly GraphQLInputField[],
  owner: string,
  field: GraphQLField<unknown, unknown>,
  sane: Sane,
): Json {
  return `{${members.map(({ name, type }) => `${JSON.stringify(name)}:${saneOf(type, `${owner}.${name}`, field, sane)}`).join()}}`;
}

/** The whole argument with `value` at the place and sane values for what else is required. `base` are members of the outermost object,
 * `beside` of the innermost one. */
export function argumentWith(
  { argument, within, field }: Place,
  value: Json,
  sane: Sane,
  base: Readonly<Record<string, Json>> = {},
  beside: Readonly<Record<string, Json>> = {},
): Json {
  const fill = (
    type: GraphQLInputType,
    rest: readonly GraphQLInputField[],
    given: Readonly<Record<string, Json>>,
  ): Json => {
    const [next, ...others] = rest;
    const named = getNullableType(type);
    if (next === undefined) return value;
    if (isListType(named)) return `[${fill(named.ofType, rest, given)}]`;
    if (!isInputObjectType(named)) throw new Error(`${named.name} has no fields`);
    const members: Record<string, Json> = { ...given, ...(others.length === 0 ? beside : {}) };
    for (const one of Object.values(named.getFields()))
      if (isRequiredInputField(one) && members[one.name] === undefined)
        members[one.name] = saneOf(one.type, `${named.name}.${one.name}`, field, sane);
    members[next.name] = fill(next.type, others, {});
    return `{${Object.entries(members)
      .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
      .join()}}`;
  };
  return fill(argument.type, within, base);
}

/** What opens and closes the selections around a field of a type in a query. */
export type Way = readonly [open: string, close: string];

interface Reached {
  readonly type: GraphQLNamedType;
  readonly way: Way;
}

/** How often a type is passed: there are many ways to each, and the first ones may lead to nothing. */
const MAX_PASSES = 3;

/**
 * Ways to the fields of a type: from the root fields that need no argument, the shortest first, then from each object of `seen`, which
 * has the types of objects by their ids.
 */
export function* waysTo(
  schema: GraphQLSchema,
  wanted: GraphQLObjectType,
  seen: ReadonlyMap<string, string>,
): Generator<Way, void, void> {
  const root = schema.getQueryType();
  if (root == null || wanted === root) return yield ['', ''];
  yield* waysFrom(schema, { type: root, way: ['', ''] }, wanted);
  for (const [id, name] of seen) {
    const type = schema.getType(name);
    const way: Way = [` node(id: ${JSON.stringify(id)}) { ... on ${name} {`, '}}'];
    if (type !== undefined) yield* waysFrom(schema, { type, way }, wanted);
  }
}

function waysFrom(schema: GraphQLSchema, start: Reached, wanted: GraphQLObjectType): Way[] {
  const passes = new Map<GraphQLNamedType, number>();
  const queue = [start];
  for (const { type, way } of queue) {
    const times = passes.get(type) ?? 0;
    passes.set(type, times + 1);
    if (times < MAX_PASSES) queue.push(...stepsFrom(schema, type, way));
  }
  return queue.filter(({ type }) => type === wanted).map(({ way }) => way);
}

function stepsFrom(schema: GraphQLSchema, type: GraphQLNamedType, [open, close]: Way): Reached[] {
  const step = (to: GraphQLNamedType, text: string): Reached => ({
    type: to,
    way: [`${open} ${text} {`, `}${close}`],
  });
  if (isAbstractType(type))
    return schema.getPossibleTypes(type).map((one) => step(one, `... on ${one.name}`));
  if (!isObjectType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type);
    if (!isCompositeType(named) || field.args.some(isRequiredArgument)) return [];
    return [step(named, `${field.name}${isConnection(field) ? '(first: 2)' : ''}`)];
  });
}

/** An operation with the variable `$v` at the argument of the place. The field's value is called `probe`. */
export function documentFor(
  schema: GraphQLSchema,
  { kind, field, argument }: Place,
  [open, close]: Way,
  sane: Sane,
): string {
  const others = field.args.filter((arg) => arg !== argument && isRequiredArgument(arg));
  const given = others.map((arg) => {
    const json = saneOf(arg.type, `${field.name}.${arg.name}`, field, sane);
    // A literal of an enum has no quotes.
    return `${arg.name}: ${isEnumType(getNamedType(arg.type)) ? json.replaceAll('"', '') : json}`;
  });
  const type = getNamedType(field.type);
  // Members of a union may give one name to fields of different types.
  const selection = isAbstractType(type) ? '{ __typename }' : selectAll(schema, type, 0);
  const call = `probe: ${field.name}(${[`${argument.name}: $v`, ...given].join(', ')})`;
  return `${kind}($v: ${argument.type}) {${open} ${call} ${selection} ${close}}`;
}
