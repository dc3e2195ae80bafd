import { collectFields } from '@graphql-tools/utils';
import {
  type DocumentNode,
  defaultFieldResolver,
  type ExecutionResult,
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
import {
  absorb,
  begin,
  isPromise,
  leaf,
  type Path,
  type Place,
  type Position,
  put,
  type Run,
  surprise,
  type Value,
} from './run-plan.ts';

/** An operation whose fields, and the order of all steps, are worked out. */
export interface OperationPlan {
  /** Makes an execution for these variables, already coerced; arguments are worked out once for all its runs. */
  bind(variableValues: Record<string, unknown>): BoundPlan;
}

/** Answers what graphql-js answers, or null when it is to execute the operation; resolvers may have been called by then. */
export type BoundPlan = (
  rootValue: unknown,
  contextValue: unknown,
  signal?: AbortSignal | undefined,
) => ExecutionResult | null | Promise<ExecutionResult | null>;

interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
}

/** Calls the resolvers of an object’s fields; what they promise arrives later. `outer`: the nearest place around them that may be null. */
type ExecuteFields = (run: Run, source: unknown, path: Path | undefined, outer: Place | null) => Value;

interface Completion extends Position {
  /** Something in it asks for the `info` of its field. */
  readonly needsInfo: boolean;
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
    const planFields = createPlanner({ schema, fragments, operation, variableValues });
    const execute = planFields(root, [operation.selectionSet]);
    return {
      bind(bound) {
        const args: (Record<string, unknown> | undefined)[] = [];
        return (rootValue, contextValue, signal) =>
          begin({ rootValue, contextValue, variableValues: bound, args, signal }, (run) =>
            execute(run, rootValue, undefined, null),
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

/** Plans the fields of an object, and of all that lies in it. */
function createPlanner(constant: {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  readonly variableValues: Record<string, unknown>;
}): (type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]) => ExecuteFields {
  const { schema, fragments, operation, variableValues } = constant;
  let slots = 0;

  function planFields(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): ExecuteFields {
    const selections = selectionSets.flatMap((one) => one.selections);
    const selectionSet = { kind: Kind.SELECTION_SET, selections } as const;
    const collected = collectFields(schema, fragments, variableValues, type, selectionSet);
    const fields = [...collected.fields].flatMap(([key, nodes]) => {
      const field = planField(type, key, nodes);
      return field === null ? [] : [field];
    });
    // A name that objects have by themselves must not be set on one that has a prototype.
    const bare = fields.some(({ key }) => key === '__proto__');
    return (run, source, prev, outer) => {
      const data: Value = bare ? Object.create(null) : {};
      run.count(fields.length);
      for (const field of fields) field.execute(run, source, data, prev, outer);
      return data;
    };
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
    const { name: typename } = parentType;
    const position = planPosition(returnType, fieldNodes, `${typename}.${fieldName}`);
    const needsInfo = position.needsInfo || takes(4, resolve);
    const argsOf = planArguments(field, node);

    function infoAt(run: Run, path: Path): GraphQLResolveInfo {
      const about = { fieldName, fieldNodes, returnType, parentType, path, schema, fragments, operation };
      return { ...run.constant, ...about };
    }

    function execute(run: Run, source: unknown, data: Value, prev: Path | undefined, outer: Place | null) {
      // Paths of scalars are made when something asks for them, or an error tells of them.
      let path: Path | undefined;
      try {
        path = needsInfo ? { prev, key, typename } : undefined;
        const info = path === undefined ? undefined : infoAt(run, path);
        const value = resolve(source, argsOf(run), run.contextValue, info as GraphQLResolveInfo);
        if (position.serialize !== null && !isPromise(value)) data[key] = leaf(position, value);
        else {
          path ??= { prev, key, typename };
          put(run, value, { position, sink: data, key, path, info, outer });
        }
      } catch (error) {
        absorb(run, error, position, data, key, path ?? { prev, key, typename });
      }
    }
    return { key, execute };
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

  function planPosition(type: GraphQLOutputType, nodes: readonly FieldNode[], name: string): Completion {
    const isSure = isNonNullType(type);
    return { name, nodes, isSure, ...planPresent(isSure ? type.ofType : type, nodes, name) };
  }

  function planPresent(
    type: GraphQLOutputType,
    nodes: readonly FieldNode[],
    name: string,
  ): Pick<Completion, 'serialize' | 'complete' | 'needsInfo'> {
    if (isLeafType(type))
      return { serialize: (value) => type.serialize(value), complete: surprise, needsInfo: false };
    if (isListType(type)) {
      const items = planPosition(type.ofType, nodes, name);
      return { serialize: null, complete: completeListOf(items), needsInfo: items.needsInfo };
    }
    const selectionSets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
    if (isAbstractType(type))
      return { serialize: null, complete: planAbstract(type, selectionSets), needsInfo: true };
    if (!isObjectType(type)) return surprise();
    const needsInfo = type.isTypeOf != null && takes(3, type.isTypeOf);
    return { serialize: null, complete: planObject(type, selectionSets), needsInfo };
  }

  function planObject(
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
  ): Position['complete'] {
    const execute = planFields(type, selectionSets);
    const { isTypeOf } = type;
    return (run, value, place) => {
      const { sink, key, path, info } = place;
      if (isTypeOf != null && isTypeOf(value, run.contextValue, info as GraphQLResolveInfo) !== true)
        surprise();
      sink[key] = execute(run, value, path, nearestOf(place));
    };
  }

  function planAbstract(
    type: GraphQLAbstractType,
    selectionSets: readonly SelectionSetNode[],
  ): Position['complete'] {
    const plans = new Map<unknown, Position['complete']>();
    function planFor(name: unknown): Position['complete'] {
      const runtimeType = typeof name === 'string' ? schema.getType(name) : null;
      if (!isObjectType(runtimeType) || !schema.isSubType(type, runtimeType)) return surprise();
      const complete = planObject(runtimeType, selectionSets);
      plans.set(name, complete);
      return complete;
    }
    const { resolveType } = type;
    return (run, value, place) => {
      const completeAs = (name: unknown) => (plans.get(name) ?? planFor(name))(run, value, place);
      const name = resolveType?.(value, run.contextValue, place.info as GraphQLResolveInfo, type);
      if (!isPromise(name)) return completeAs(name);
      place.sink[place.key] = undefined;
      run.defer(name, place, completeAs);
    };
  }

  return planFields;
}

/** Where an error of what lies in this place ends that finds no nearer one. */
function nearestOf(place: Place): Place | null {
  return place.position.isSure ? place.outer : place;
}

function completeListOf(position: Position): Position['complete'] {
  return (run, values, place) => {
    if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) return surprise();
    const { path: prev, info } = place;
    const outer = nearestOf(place);
    const list = [] as unknown as Value & unknown[];
    place.sink[place.key] = list;
    const entries = (values as Iterable<unknown>)[Symbol.iterator]();
    const deferred = run.deferred();
    let key = 0;
    function fill(): void {
      for (let step = entries.next(); step.done !== true; step = entries.next()) {
        const { value } = step;
        let path: Path | undefined;
        try {
          if (position.serialize !== null && !isPromise(value)) list[key] = leaf(position, value);
          else {
            path = { prev, key, typename: undefined };
            put(run, value, { position, sink: list, key, path, info, outer });
          }
        } catch (error) {
          absorb(run, error, position, list, key, path ?? { prev, key, typename: undefined });
        }
        key += 1;
        // Entries that wait for something are read together: in several turns they would be read in several statements.
        if (position.serialize === null && run.deferred() === deferred && run.pause(place, fill)) return;
      }
      // The scalars of a list take a fraction of the time of a field.
      if (position.serialize !== null) run.count(key / 8);
    }
    fill();
  };
}
