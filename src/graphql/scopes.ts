import {
  type GraphQLArgument,
  GraphQLError,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import type { Scope } from '../access.ts';

/** What a root field or a type needs: a scope, or one of several. ANY: nothing but a valid credential. */
export type Requirement = 'ANY' | Scope | readonly Scope[];

/** Scopes of which a caller needs one. */
export type Alternatives = readonly Scope[];

type Element = { readonly extensions: object } | null | undefined;

const declared = (element: Element) =>
  (element?.extensions as { readonly scope?: Requirement } | undefined)?.scope;

/** What an object needs that is of this type, however it is reached; a field that declares a requirement likewise. */
export function neededBy(element: Element): Alternatives[] {
  const requirement = declared(element) ?? 'ANY';
  if (requirement === 'ANY') return [];
  return [typeof requirement === 'string' ? [requirement] : requirement];
}

/**
 * What selecting a field needs: what the field declares, the type that it is selected of, and the type that it returns. Without the last one
 * `recentScores { __typename }` would show how many results there are.
 */
export function neededToSelect(
  parent: GraphQLNamedType,
  field: Pick<GraphQLField<unknown, unknown>, 'extensions' | 'type'>,
): Alternatives[] {
  return [field, parent, getNamedType(field.type)].flatMap(neededBy);
}

/** What the caller lacks, as text, such as `jobs:read or admin`; empty: nothing. */
export function missingOf(needed: Iterable<Alternatives>, scopes: ReadonlySet<Scope>): string[] {
  const missing = [...needed].filter((alternatives) => !alternatives.some((scope) => scopes.has(scope)));
  return [...new Set(missing.map((alternatives) => alternatives.join(' or ')))].sort();
}

export function forbidden(missing: readonly string[]): GraphQLError {
  return new GraphQLError(`This operation needs the scope ${missing.join(' and ')}.`, {
    extensions: { code: 'FORBIDDEN', http: { status: 403 } },
  });
}

/**
 * Gives connections and edges the requirement of their entries. Throws when a root field, an object type or an interface declares none: such a
 * schema is not built.
 */
export function completeScopes(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter((type) => !type.name.startsWith('__') && !roots.some((root) => root === type));
  for (const type of types) {
    const { edges, pageInfo, node, cursor } = type.getFields();
    const entry = edges !== undefined && pageInfo !== undefined ? entryOf(edges.type) : null;
    const listed = entry ?? (node !== undefined && cursor !== undefined ? getNamedType(node.type) : null);
    const scope = declared(type) ?? declared(listed);
    type.extensions = { ...type.extensions, scope };
  }
  const fields = roots.flatMap((root) =>
    Object.values(root?.getFields() ?? {}).map((field) => ({
      name: `${root?.name}.${field.name}`,
      extensions: field.extensions,
    })),
  );
  const without = [...fields, ...types].filter((element) => declared(element) === undefined);
  if (without.length > 0)
    throw new Error(`These declare no scope: ${without.map(({ name }) => name).join(', ')}.`);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields())) requireForIds(schema, field);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const { args } of Object.values(type.getFields()))
      for (const one of args) requireForIds(schema, one);
  }
  return schema;
}

/** An argument or input field that holds the global id of one type (`for`) needs what objects of that type need. */
function requireForIds(schema: GraphQLSchema, input: GraphQLArgument | GraphQLInputField): void {
  const { relayGlobalIDFor: types } = input.extensions as {
    readonly relayGlobalIDFor?: readonly { readonly typename: string }[] | null;
  };
  const [only, ...others] = types ?? [];
  if (only === undefined || others.length > 0) return;
  const scope = declared(input) ?? declared(schema.getType(only.typename));
  input.extensions = { ...input.extensions, scope };
}

/** The type of the entries of a connection. */
function entryOf(edges: GraphQLField<unknown, unknown>['type']): GraphQLNamedType | null {
  const edge = getNamedType(edges);
  const node = isObjectType(edge) ? edge.getFields().node : undefined;
  return node === undefined ? null : getNamedType(node.type);
}
