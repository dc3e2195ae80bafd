import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
} from 'graphql';
import { type BoundPlan, planOperation } from './plan-operation.ts';

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
 * once, and an execution only calls the resolvers and serialises what they answer. What a plan does not judge is executed by graphql-js, from then
 * on always.
 */
export function prepareExecution(operation: Operation): PreparedExecution {
  let plan: BoundPlan | null | undefined;
  return (rootValue, contextValue) => {
    if (plan === undefined) plan = bindPlan(operation);
    const answer = plan === null ? null : plan(rootValue, contextValue);
    const finish = (result: Awaited<typeof answer>) => {
      if (result !== null) return result;
      plan = null;
      return execute({ ...operation, rootValue, contextValue });
    };
    return answer instanceof Promise ? answer.then(finish) : finish(answer);
  };
}

function bindPlan(operation: Operation): BoundPlan | null {
  const { schema, document, operationName, variableValues } = operation;
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  const { coerced } = getVariableValues(schema, definitions, { ...variableValues });
  return coerced === undefined ? null : (planOperation(operation, coerced)?.bind(coerced) ?? null);
}
