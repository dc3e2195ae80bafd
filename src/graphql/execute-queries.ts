import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  visit,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type OperationPlan, planOperation } from './plan-operation.ts';
import { selectedFieldsOf } from './selected-fields.ts';

interface Operation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variableValues?: Readonly<Record<string, unknown>> | null | undefined;
  readonly rootValue?: unknown;
  readonly contextValue?: unknown;
  /** Aborted: no further field is begun. */
  readonly signal?: AbortSignal | undefined;
}

/** Plans of one operation of a document: it has one for every outcome of its conditions. */
interface Planned {
  /** Variables that `@skip` and `@include` ask for. */
  readonly conditions: readonly string[];
  readonly plans: Map<string, OperationPlan | null>;
  uses: number;
}

/** So many conditions have at most 16 outcomes; a document with more is executed by graphql-js. */
const MAX_CONDITIONS = 4;

/** A document that is sent once needs no plan, and leaves none in memory. */
const PLANNED_AT_USE = 2;

/**
 * Executes queries by a plan that is made once per document, at its second use. Answers null when the ordinary executor is to execute the
 * operation: it comes for the first time, changes something, asks about the schema, cannot be executed, or was aborted.
 */
export function createQueryExecutor(
  plannedAtUse = PLANNED_AT_USE,
): (operation: Operation) => ExecutionResult | null | Promise<ExecutionResult | null> {
  const known = new WeakMap<DocumentNode, Map<string, Planned>>();

  function plannedOf({ document, operationName }: Operation): Planned {
    const ofDocument = known.get(document) ?? new Map<string, Planned>();
    known.set(document, ofDocument);
    const name = operationName ?? '';
    const planned = ofDocument.get(name) ?? { conditions: conditionsOf(document), plans: new Map(), uses: 0 };
    ofDocument.set(name, planned);
    planned.uses += 1;
    return planned;
  }

  return (operation) => {
    const { schema, document, operationName, variableValues, rootValue, contextValue, signal } = operation;
    const node = getOperationAST(document, operationName);
    if (node?.operation !== OperationTypeNode.QUERY) return null;
    const { conditions, plans, uses } = plannedOf(operation);
    if (uses < plannedAtUse || conditions.length > MAX_CONDITIONS) return null;
    const { coerced } = getVariableValues(schema, node.variableDefinitions ?? [], { ...variableValues });
    if (coerced === undefined) return null;
    const outcome = conditions.map((name) => String(coerced[name])).join();
    let plan = plans.get(outcome);
    if (plan === undefined) {
      plan = planOperation(operation, coerced);
      plans.set(outcome, plan);
    }
    return plan?.bind(coerced)(rootValue, contextValue, signal) ?? null;
  };
}

function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(node) {
      for (const { value } of node.arguments ?? [])
        if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names].sort();
}

/** Behind whatever may refuse an operation. Resolvers are told what its document selects. */
export function executeQueries(): Plugin {
  const executeByPlan = createQueryExecutor();
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: Operation) => {
        Object.assign(args.contextValue as object, {
          selected: selectedFieldsOf(args.schema, args.document),
        });
        return (await executeByPlan(args)) ?? executeFn(args as never);
      });
    },
  };
}
