import {
  type DocumentNode,
  defaultFieldResolver,
  type ExecutionResult,
  execute,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeNameMetaFieldDef,
} from 'graphql';
import { collectFields } from './collect-fields.ts';

/** Executes an operation for one root value; the answer is that of graphql-js. */
export type PreparedExecution = (
  rootValue: unknown,
  contextValue: unknown,
) => ExecutionResult | Promise<ExecutionResult>;

interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * Prepares an operation that is executed again and again, as a subscription is for every event: variables, arguments and fields are worked out
 * once, and an execution only calls the resolvers and serialises what they answer.
 *
 * It does so while all is simple: resolvers that answer at once and without an error. At the first surprise graphql-js executes the operation,
 * and from then on always, so its rules for errors, nulls and promises are written down in one place. Resolvers of that one execution are
 * called twice.
 */
export function prepareExecution(operation: Operation): PreparedExecution {
  let simple: SimpleExecution | null | undefined;
  return (rootValue, contextValue) => {
    try {
      if (simple === undefined) simple = planOperation(operation);
      if (simple !== null) return { data: simple({ rootValue, contextValue }) };
    } catch {
      // Whatever it was, graphql-js meets it again and says it.
      simple = null;
    }
    return execute({ ...operation, rootValue, contextValue });
  };
}

/** What belongs to one execution. */
interface Run {
  readonly rootValue: unknown;
  readonly contextValue: unknown;
}

type Path = GraphQLResolveInfo['path'];
type SimpleExecution = (run: Run) => Record<string, unknown>;
type ExecuteFields = (source: unknown, run: Run, path: Path | undefined) => Record<string, unknown>;
/** Makes of what a resolver answered what the client gets. */
type Complete = (value: unknown, run: Run, info: GraphQLResolveInfo, path: Path) => unknown;

function surprise(): never {
  throw new Error('not simple');
}

function planOperation(options: Operation): SimpleExecution {
  const { schema, document, operationName, variableValues = {} } = options;
  const operation = getOperationAST(document, operationName);
  const root = operation == null ? null : schema.getRootType(operation.operation);
  const { coerced } = getVariableValues(schema, operation?.variableDefinitions ?? [], { ...variableValues });
  if (operation == null || root == null || coerced === undefined) return surprise();
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments[node.name.value] = node;
  const planFields = createPlanner({ schema, fragments, operation, variableValues: coerced });
  const executeRoot = planFields(root, [operation.selectionSet]);
  return (run) => executeRoot(run.rootValue, run, undefined);
}

/** Plans the fields of an object, and of all that lies in it. */
function createPlanner(constant: {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  readonly variableValues: Record<string, unknown>;
}): (type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]) => ExecuteFields {
  const { schema, fragments, operation, variableValues } = constant;

  function planFields(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): ExecuteFields {
    const typename = type.name;
    const fields = [...collectFields(constant, type, selectionSets)].flatMap(([key, fieldNodes]) => {
      const field = planField(type, fieldNodes);
      return field === null ? [] : [{ key, ...field }];
    });
    return (source, run, prev) => {
      const data: Record<string, unknown> = Object.create(null);
      for (const { key, fieldName, fieldNodes, returnType, resolve, args, complete } of fields) {
        const path: Path = { prev, key, typename };
        const info: GraphQLResolveInfo = {
          fieldName,
          fieldNodes,
          returnType,
          parentType: type,
          path,
          schema,
          fragments,
          rootValue: run.rootValue,
          operation,
          variableValues,
        };
        data[key] = complete(resolve(source, { ...args }, run.contextValue, info), run, info, path);
      }
      return data;
    };
  }

  /** Null of a field that the type does not have: it is left out. */
  function planField(type: GraphQLObjectType, fieldNodes: readonly FieldNode[]) {
    const [node = surprise()] = fieldNodes;
    const { value: fieldName } = node.name;
    // The schema is for queries to ask about.
    if (fieldName === '__schema' || fieldName === '__type') return surprise();
    const field =
      fieldName === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : type.getFields()[fieldName];
    if (field === undefined) return null;
    const { type: returnType, resolve = defaultFieldResolver } = field;
    const args = getArgumentValues(field, node, variableValues);
    return { fieldName, fieldNodes, returnType, resolve, args, complete: planValue(returnType, fieldNodes) };
  }

  function planValue(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isNonNullType(type)) {
      const complete = planValue(type.ofType, nodes);
      return (value, run, info, path) => complete(value, run, info, path) ?? surprise();
    }
    const complete = planNullable(type, nodes);
    return (value, run, info, path) => {
      if (value == null) return null;
      if (value instanceof Error || isPromise(value)) return surprise();
      return complete(value, run, info, path);
    };
  }

  function planNullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete {
    if (isLeafType(type)) return (value) => type.serialize(value) ?? surprise();
    if (isListType(type)) return planList(planValue(type.ofType, nodes));
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isAbstractType(type)) return planAbstract(type, selectionSets);
    return isObjectType(type) ? planObject(type, selectionSets) : surprise();
  }

  function planObject(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Complete {
    const executeFields = planFields(type, selectionSets);
    return (value, run, info, path) => {
      const is = type.isTypeOf == null || type.isTypeOf(value, run.contextValue, info);
      if (isPromise(is) || is !== true) return surprise();
      return executeFields(value, run, path);
    };
  }

  function planAbstract(type: GraphQLAbstractType, selectionSets: readonly SelectionSetNode[]): Complete {
    const plans = new Map<unknown, Complete>();
    function planFor(name: unknown): Complete {
      const runtimeType = typeof name === 'string' ? schema.getType(name) : null;
      if (isPromise(name) || !isObjectType(runtimeType) || !schema.isSubType(type, runtimeType))
        return surprise();
      const plan = planObject(runtimeType, selectionSets);
      plans.set(name, plan);
      return plan;
    }
    const { resolveType } = type;
    return (value, run, info, path) => {
      const name = resolveType?.(value, run.contextValue, info, type);
      const plan = plans.get(name) ?? planFor(name);
      return plan(value, run, info, path);
    };
  }

  return planFields;
}

function planList(complete: Complete): Complete {
  return (values, run, info, path) => {
    if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) return surprise();
    const list = values as Iterable<unknown>;
    return Array.from(list, (value, key) =>
      complete(value, run, info, { prev: path, key, typename: undefined }),
    );
  };
}

/** One that is given up must not end the process by its rejection. */
function isPromise(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('then' in value)) return false;
  void Promise.resolve(value).catch(() => undefined);
  return true;
}
