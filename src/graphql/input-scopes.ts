import {
  type DocumentNode,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  typeFromAST,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type Alternatives, neededBy } from './scopes.ts';

/** What the global ids in the arguments of an operation need: those in its text always, those in variables when they are given. */
export interface InputScopes {
  readonly always: readonly Alternatives[];
  withVariables(variables: Readonly<Record<string, unknown>>): readonly Alternatives[];
}

/**
 * Finds the ids in the arguments of an operation. An id of an object selects it like a field that returns it: `ranking(filter: { watchlistId })` shows
 * what is in the watchlist.
 */
export function findInputScopes(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): InputScopes {
  const always: Alternatives[] = [];
  /** Variables in the place of an id. */
  const ids = new Map<string, Alternatives[]>();

  function readLiteral(type: GraphQLInputType, node: ValueNode, own: readonly Alternatives[]): void {
    if (node.kind === Kind.NULL) return;
    if (node.kind === Kind.VARIABLE) {
      if (own.length > 0) ids.set(node.name.value, [...(ids.get(node.name.value) ?? []), ...own]);
      return;
    }
    const present = getNullableType(type);
    if (node.kind === Kind.LIST) {
      const item = isListType(present) ? present.ofType : present;
      for (const value of node.values) readLiteral(item, value, own);
      return;
    }
    always.push(...own);
    const named = getNamedType(present);
    if (node.kind !== Kind.OBJECT || !isInputObjectType(named)) return;
    for (const { name, value } of node.fields) {
      const field = named.getFields()[name.value];
      if (field !== undefined) readLiteral(field.type, value, neededBy(field));
    }
  }

  const info = new TypeInfo(schema);
  const Argument = ({ value }: { readonly value: ValueNode }) => {
    const argument = info.getArgument();
    if (argument != null) readLiteral(argument.type, value, neededBy(argument));
  };
  const OperationDefinition = (node: OperationDefinitionNode) => (node === operation ? undefined : false);
  visit(document, visitWithTypeInfo(info, { OperationDefinition, Argument }));

  const inputs: (readonly [name: string, type: GraphQLInputType])[] = [];
  for (const { variable, type: node, defaultValue } of operation.variableDefinitions ?? []) {
    const type = typeFromAST(schema, node as Parameters<typeof typeFromAST>[1]) as
      | GraphQLInputType
      | undefined;
    if (type === undefined) continue;
    if (defaultValue !== undefined) readLiteral(type, defaultValue, ids.get(variable.name.value) ?? []);
    if (hasIds(getNamedType(type), new Set())) inputs.push([variable.name.value, type]);
  }

  return {
    always,
    withVariables(variables) {
      if (ids.size === 0 && inputs.length === 0) return [];
      const found: Alternatives[] = [];
      for (const [name, needed] of ids) if (variables[name] != null) found.push(...needed);
      for (const [name, type] of inputs) readValue(type, variables[name], [], found);
      return found;
    },
  };
}

/** Of the value of a variable, before it is checked: what does not fit its type has no ids. */
function readValue(
  type: GraphQLInputType,
  value: unknown,
  own: readonly Alternatives[],
  found: Alternatives[],
): void {
  if (value == null) return;
  const present = getNullableType(type);
  if (Array.isArray(value)) {
    const item = isListType(present) ? present.ofType : present;
    for (const one of value) readValue(item, one, own, found);
    return;
  }
  found.push(...own);
  const named = getNamedType(present);
  if (!isInputObjectType(named)) return;
  for (const field of Object.values(named.getFields()))
    readValue(field.type, Object(value)[field.name], neededBy(field), found);
}

/** Whether an input of the type may hold an id that needs a scope. */
function hasIds(type: GraphQLNamedType, passed: Set<GraphQLNamedType>): boolean {
  if (!isInputObjectType(type) || passed.has(type)) return false;
  passed.add(type);
  return Object.values(type.getFields()).some(
    (field) => neededBy(field).length > 0 || hasIds(getNamedType(field.type), passed),
  );
}
