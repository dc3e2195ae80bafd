import { complexityFromQuery } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type OperationTypeNode,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { createKept, type Kept } from '../execution/kept.ts';
import type { ExecutableOperation, Variables } from '../execution/operation.ts';
import { type OperationPlan, planOperation } from '../execution/plan-operation.ts';
import { findInputScopes } from './input-scopes.ts';
import { type Alternatives, neededToSelect } from './scopes.ts';
import { type Shape, shapeOf } from './shape.ts';

/** The fields that a document selects, by the name of the type that they are selected of: an object type, or an interface of it. */
export type SelectedFields = ReadonlyMap<string, ReadonlySet<string>>;

/** What is known of a parsed document. Each fact is worked out once, when it is first asked for, and is as old as the document. */
export interface DocumentFacts {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly text: string;
  readonly shape: Shape;
  /** Of all operations and fragments, whatever is skipped: a store may leave out what no field selects. */
  readonly selected: SelectedFields;
  /** The operation that a request names; null without a name: the only one. Null: there is no such operation. */
  operation(name: string | null): OperationFacts | null;
}

/** What is known of one operation of a document. */
export interface OperationFacts extends ExecutableOperation {
  /** Of the document that the operation is in. */
  readonly facts: DocumentFacts;
  readonly kind: `${OperationTypeNode}`;
  /** Names of the fields of the root type that the operation itself selects. */
  readonly rootFields: readonly string[];
  /** Scopes that the caller needs. Fragments that the operation does not use count, too: no client sends such. */
  readonly needed: readonly Alternatives[];
  /** `needed`, and what the ids in these variables need. */
  neededFor(variables: Variables): readonly Alternatives[];
  /**
   * Points that the operation costs, 1 or more. Null: it cannot run with these variables; its execution says why. Throws the fault of an argument, such as
   * an id that is none, that a cost depends on: the rest of the operation must not run unpaid.
   */
  costFor(variables: Variables): number | null;
}

/** Execution plans of all documents. */
export type KeptPlans = Kept<OperationPlan | null>;

/** Fields of all plans that a process keeps. A field takes about 0.8 KB: 40 MB. */
const KEPT_FIELDS = 50_000;

export const createKeptPlans = (keptFields = KEPT_FIELDS): KeptPlans => createKept(keptFields);

let documents = 0;

/** `plans`: where the execution plans of the document are kept, with those of others. */
export function factsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  plans: KeptPlans = createKeptPlans(),
): DocumentFacts {
  documents += 1;
  const keptOf = { plans, prefix: `${documents} `, costs: new Map<string, number>() };
  const operations = new Map<string | null, OperationFacts>();
  const [text, shape, selected] = [
    lazy(() => document.loc?.source.body ?? print(document)),
    lazy(() => shapeOf(document)),
    lazy(() => findSelected(schema, document)),
  ];
  const facts: DocumentFacts = {
    schema,
    document,
    get text() {
      return text();
    },
    get shape() {
      return shape();
    },
    get selected() {
      return selected();
    },
    operation(name) {
      const known = operations.get(name);
      if (known !== undefined) return known;
      const node = getOperationAST(document, name);
      if (node == null) return null;
      const found = operationOf(facts, node, name, keptOf);
      operations.set(name, found);
      return found;
    },
  };
  return facts;
}

function lazy<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

interface KeptOfDocument {
  readonly plans: KeptPlans;
  /** Of the keys of its plans. */
  readonly prefix: string;
  readonly costs: Map<string, number>;
}

function operationOf(
  facts: DocumentFacts,
  node: OperationDefinitionNode,
  name: string | null,
  keptOf: KeptOfDocument,
): OperationFacts {
  const inputs = lazy(() => findInputScopes(facts.schema, facts.document, node));
  const needed = lazy(() => [...findNeeded(facts, node), ...inputs().always]);
  const cursors = new Map<string, string | null>();
  const rootFields = lazy(() => [...findRootFields(facts.document, node)]);
  return {
    facts,
    name,
    kind: node.operation,
    get rootFields() {
      return rootFields();
    },
    get needed() {
      return needed();
    },
    neededFor(variables) {
      const ofVariables = inputs().withVariables(variables);
      return ofVariables.length === 0 ? needed() : [...needed(), ...ofVariables];
    },
    costFor: createCosts(facts, node, keptOf.costs),
    planFor: createPlans(facts, node, name, keptOf),
    cursorVariable(argument) {
      const known = cursors.get(argument) ?? findCursorVariable(facts.document, node, argument);
      cursors.set(argument, known);
      return known;
    },
  };
}

/** Names of the root fields that an operation selects, also within fragments. A document that is not validated may have fragments in a circle. */
function findRootFields(document: DocumentNode, operation: OperationDefinitionNode): Set<string> {
  const found = new Set<string>();
  const passed = new Set<string>();
  const open = [operation.selectionSet];
  for (let set = open.pop(); set !== undefined; set = open.pop()) {
    for (const one of set.selections) {
      if (one.kind === Kind.FIELD) found.add(one.name.value);
      else if (one.kind === Kind.INLINE_FRAGMENT) open.push(one.selectionSet);
      else if (!passed.has(one.name.value)) {
        passed.add(one.name.value);
        for (const node of document.definitions)
          if (node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === one.name.value)
            open.push(node.selectionSet);
      }
    }
  }
  return found;
}

function findSelected(schema: GraphQLSchema, document: DocumentNode): SelectedFields {
  const found = new Map<string, Set<string>>();
  const info = new TypeInfo(schema);
  const Field = ({ name }: { readonly name: { readonly value: string } }) => {
    const type = info.getParentType()?.name ?? '';
    const fields = found.get(type) ?? new Set();
    found.set(type, fields.add(name.value));
  };
  visit(document, visitWithTypeInfo(info, { Field }));
  return found;
}

function findNeeded({ schema, document }: DocumentFacts, operation: OperationDefinitionNode) {
  const found = new Set<Alternatives>();
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      OperationDefinition: (node) => (node === operation ? undefined : false),
      Field() {
        const [parent, field] = [info.getParentType(), info.getFieldDef()];
        if (parent != null && field != null) for (const one of neededToSelect(parent, field)) found.add(one);
      },
    }),
  );
  return [...found];
}

/** So many costs of a document are kept, by operation and variables. */
const KNOWN_COSTS = 32;
const MAX_KEY_LENGTH = 500;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What an operation costs depends on numbers, conditions, lengths of lists and days: a cursor, an id or a name has no part in it. */
const withoutText = (_key: string, value: unknown) =>
  typeof value === 'string' && !DAY.test(value) ? '' : value;

function createCosts(
  { schema, document, shape }: DocumentFacts,
  node: OperationDefinitionNode,
  known: Map<string, number>,
): OperationFacts['costFor'] {
  const start = `${node.name?.value ?? ''} `;
  // The cost of another operation of the document is not this one's.
  const definitions = document.definitions.filter(
    (one) => one.kind !== Kind.OPERATION_DEFINITION || one === node,
  );
  const alone = { ...document, definitions };

  function compute(variables: Variables): number | null {
    try {
      const { complexity } = complexityFromQuery(alone, { schema, ctx: {}, variables: { ...variables } });
      // What is asked about the schema costs a point a field.
      return Math.max(1, Math.ceil(complexity) + shape.introspectionBreadth);
    } catch (error) {
      const { errors } = getVariableValues(schema, node.variableDefinitions ?? [], variables);
      if (errors === undefined) throw error;
      return null;
    }
  }

  return (variables) => {
    const key = start + JSON.stringify(variables, withoutText);
    const cost = known.get(key) ?? compute(variables);
    if (cost === null || key.length > MAX_KEY_LENGTH) return cost;
    if (known.size >= KNOWN_COSTS) known.clear();
    known.set(key, cost);
    return cost;
  };
}

/** So many conditions have at most 16 outcomes; a document with more is executed by graphql-js. */
const MAX_CONDITIONS = 4;

/** A document that is sent once needs no plan, and leaves none in memory. */
const PLANNED_AT_USE = 2;

/** An operation has one plan for every outcome of its conditions, the variables of `@skip` and `@include`. */
function createPlans(
  { schema, document, shape }: DocumentFacts,
  node: OperationDefinitionNode,
  operationName: string | null,
  { plans, prefix }: KeptOfDocument,
): OperationFacts['planFor'] {
  const conditions = lazy(() => findConditions(document));
  const start = `${prefix}${operationName ?? ''} `;
  let uses = 0;
  return (variables, atOnce = false) => {
    uses += 1;
    if ((!atOnce && uses < PLANNED_AT_USE) || conditions().length > MAX_CONDITIONS) return null;
    const { coerced } = getVariableValues(schema, node.variableDefinitions ?? [], variables);
    if (coerced === undefined) return null;
    const outcome = conditions()
      .map((one) => String(coerced[one]))
      .join();
    const key = start + outcome;
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = planOperation({ schema, document, operationName }, coerced);
      plans.set(key, plan, 1 + shape.breadth);
    }
    return plan?.bind(coerced) ?? null;
  };
}

function findConditions(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      for (const { value } of node.arguments ?? [])
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}

function findCursorVariable(document: DocumentNode, node: OperationDefinitionNode, argument: string) {
  const [field] = node.selectionSet.selections;
  if (field?.kind !== Kind.FIELD) return null;
  const value = field.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (one) => {
      if (one.name.value === name) uses += 1;
    },
  });
  return uses === 1 ? name : null;
}
