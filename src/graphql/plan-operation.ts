import {
  type DocumentNode,
  defaultFieldResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql';
import { collectFields } from './collect-fields.ts';
import {
  begin,
  type Complete,
  isPromise,
  type Path,
  type Run,
  receive,
  surprise,
  type Value,
} from './run-plan.ts';

/** An operation whose fields, and the order of all steps, are worked out. What an execution gives is the data of the answer. */
export interface OperationPlan {
  /** Makes an execution for these variables, already coerced; arguments are worked out once for all its runs. */
  bind(variableValues: Record<string, unknown>): BoundPlan;
}

/** Answers the data, or null when something is not simple: graphql-js executes the operation then. */
export type BoundPlan = (
  rootValue: unknown,
  contextValue: unknown,
  signal?: AbortSignal | undefined,
) => Value | null | Promise<Value | null>;

interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
}

/** Calls the resolvers of an object’s fields; what they promise arrives later. */
type ExecuteFields = (run: Run, source: unknown, path: Path | undefined) => Value;

interface Fields {
  readonly execute: ExecuteFields;
  readonly needsPath: boolean;
}

interface Completion {
  readonly complete: Complete;
  /** Something in it asks for the `info` of its field … */
  readonly needsInfo: boolean;
  /** … or for that of a field within. */
  readonly needsPath: boolean;
}

/**
 * Plans an operation. `variableValues` decide which fields are skipped and included, and nothing else. Null: it asks about the schema, or is
 * not one that can be executed.
 */
export function planOperation(
  { schema, document, operationName }: Operation,
  variableValues: Record<string, unknown>,
): OperationPlan | null {
  const operation = getOperationAST(document, operationName);
  const root = operation == null ? null : schema.getRootType(operation.operation);
  if (operation == null || root == null) return null;
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  try {
    const planner = createPlanner({ schema, fragments, operation, variableValues });
    const { execute } = planner.planFields(root, [operation.selectionSet]);
    return {
      bind(bound) {
        const args: (Record<string, unknown> | undefined)[] = [];
        return (rootValue, contextValue, signal) =>
          begin({ rootValue, contextValue, variableValues: bound, args, signal }, (run) =>
            execute(run, rootValue, undefined),
          );
      },
    };
  } catch {
    return null;
  }
}

const NO_ARGUMENTS: Readonly<Record<string, unknown>> = Object.freeze({});

/** Functions that name fewer parameters do not look at the last one; none at all may mean that they take whatever comes. */
const takes = (count: number, work: { readonly length: number }) => work.length === 0 || work.length >= count;

function hasVariables({ arguments: given = [] }: FieldNode): boolean {
  let found = false;
  const Variable = () => {
    found = true;
  };
  for (const argument of given) visit(argument, { Variable });
  return found;
}

function createPlanner(constant: {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  readonly variableValues: Record<string, unknown>;
}): { planFields(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Fields } {
  const { schema, fragments, operation } = constant;
  let slots = 0;

  function planFields(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Fields {
    const fields = [...collectFields(constant, type, selectionSets)].flatMap(([key, nodes]) => {
      const field = planField(type, key, nodes);
      return field === null ? [] : [field];
    });
    // A name that objects have by themselves must not be set on one that has a prototype.
    const bare = fields.some(({ key }) => key === '__proto__');
    const execute: ExecuteFields = (run, source, prev) => {
      const data: Value = bare ? Object.create(null) : {};
      for (const field of fields) field.execute(run, source, data, prev);
      return data;
    };
    return { execute, needsPath: fields.some(({ needsPath }) => needsPath) };
  }

  /** Null of a field that the type does not have: it is left out. */
  function planField(parentType: GraphQLObjectType, key: string, fieldNodes: readonly FieldNode[]) {
    const [node = surprise()] = fieldNodes;
    const { value: fieldName } = node.name;
    // The schema is for queries to ask about.
    if (fieldName === '__schema' || fieldName === '__type') return surprise();
    const field =
      fieldName === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : parentType.getFields()[fieldName];
    if (field === undefined) return null;
    const resolve = (field.resolve ?? defaultFieldResolver) as GraphQLFieldResolver<unknown, unknown>;
    const { type: returnType } = field;
    const { complete, ...within } = planValue(returnType, fieldNodes);
    const needsInfo = within.needsInfo || takes(4, resolve);
    const needsPath = within.needsPath || needsInfo;
    const argsOf = planArguments(field, node);
    const { name: typename } = parentType;
    const execute = (run: Run, source: unknown, data: Value, prev: Path | undefined) => {
      const path = needsPath ? { prev, key, typename } : undefined;
      const info =
        path === undefined || !needsInfo
          ? undefined
          : {
              ...run.constant,
              fieldName,
              fieldNodes,
              returnType,
              parentType,
              path,
              schema,
              fragments,
              operation,
            };
      const value = resolve(source, argsOf(run), run.contextValue, info as GraphQLResolveInfo);
      receive(complete, run, value, data, key, info, path);
    };
    return { key, execute, needsPath };
  }

  /** The same for every run unless variables are among them; a resolver gets a copy. */
  function planArguments(field: Parameters<typeof getArgumentValues>[0], node: FieldNode) {
    if (field.args.length === 0) return () => NO_ARGUMENTS;
    if (!hasVariables(node)) {
      const args = getArgumentValues(field, node, {});
      return () => ({ ...args });
    }
    const slot = slots;
    slots += 1;
    return (run: Run) => {
      run.args[slot] ??= getArgumentValues(field, node, run.constant.variableValues);
      return { ...run.args[slot] };
    };
  }

  function planValue(type: GraphQLOutputType, nodes: readonly FieldNode[]): Completion {
    const isSure = isNonNullType(type);
    const { complete, ...needs } = planPresent(isSure ? type.ofType : type, nodes);
    return {
      ...needs,
      complete(run, value, sink, key, info, path) {
        if (value == null) sink[key] = isSure ? surprise() : null;
        else if (value instanceof Error) surprise();
        else complete(run, value, sink, key, info, path);
      },
    };
  }

  function planPresent(type: GraphQLOutputType, nodes: readonly FieldNode[]): Completion {
    if (isLeafType(type)) {
      const complete: Complete = (_run, value, sink, key) => {
        sink[key] = type.serialize(value) ?? surprise();
      };
      return { complete, needsInfo: false, needsPath: false };
    }
    if (isListType(type)) return planList(planValue(type.ofType, nodes));
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isAbstractType(type)) return planAbstract(type, selectionSets);
    return isObjectType(type) ? planObject(type, selectionSets) : surprise();
  }

  function planObject(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Completion {
    const { execute, needsPath } = planFields(type, selectionSets);
    const { isTypeOf } = type;
    const complete: Complete = (run, value, sink, key, info, path) => {
      if (isTypeOf != null && isTypeOf(value, run.contextValue, info as GraphQLResolveInfo) !== true)
        surprise();
      sink[key] = execute(run, value, path);
    };
    return { complete, needsInfo: isTypeOf != null && takes(3, isTypeOf), needsPath };
  }

  function planAbstract(type: GraphQLAbstractType, selectionSets: readonly SelectionSetNode[]): Completion {
    const plans = new Map<unknown, Complete>();
    function planFor(name: unknown): Complete {
      const runtimeType = typeof name === 'string' ? schema.getType(name) : null;
      if (!isObjectType(runtimeType) || !schema.isSubType(type, runtimeType)) return surprise();
      const { complete } = planObject(runtimeType, selectionSets);
      plans.set(name, complete);
      return complete;
    }
    const { resolveType } = type;
    const complete: Complete = (run, value, sink, key, info, path) => {
      const completeAs = (name: unknown) =>
        (plans.get(name) ?? planFor(name))(run, value, sink, key, info, path);
      const name = resolveType?.(value, run.contextValue, info as GraphQLResolveInfo, type);
      if (!isPromise(name)) return completeAs(name);
      sink[key] = undefined;
      run.defer(name, completeAs);
    };
    return { complete, needsInfo: true, needsPath: true };
  }

  return { planFields };
}

function planList({ complete, ...needs }: Completion): Completion {
  return {
    ...needs,
    complete(run, values, sink, key, info, path) {
      if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) return surprise();
      const list: unknown[] = [];
      sink[key] = list;
      let index = 0;
      for (const value of values as Iterable<unknown>) {
        const itemPath = needs.needsPath ? { prev: path, key: index, typename: undefined } : undefined;
        receive(complete, run, value, list as unknown as Value, index, info, itemPath);
        index += 1;
      }
    },
  };
}
