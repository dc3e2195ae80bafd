import { type ExecutionResult, execute } from 'graphql';
import type { ExecutableOperation, Variables } from './operation.ts';
import type { BoundPlan } from './plan-operation.ts';

/** Executes an operation for one root value; the result is that of graphql-js. */
export type PreparedExecution = (
  rootValue: unknown,
  contextValue: unknown,
) => ExecutionResult | Promise<ExecutionResult>;

/**
 * Prepares an operation that is executed again and again, as a subscription is for every event: variables, arguments and fields are worked out
 * once, and an execution only calls the resolvers and serialises what they return. What a plan does not judge is executed by graphql-js, from then
 * on always.
 */
export function prepareExecution(operation: ExecutableOperation, variables: Variables): PreparedExecution {
  const { schema, document } = operation.facts;
  let plan: BoundPlan | null | undefined;
  return (rootValue, contextValue) => {
    if (plan === undefined) plan = operation.planFor(variables, true);
    const answer = plan === null ? null : plan(rootValue, contextValue);
    const finish = (result: Awaited<typeof answer>) => {
      if (result !== null) return result;
      plan = null;
      const args = { schema, document, operationName: operation.name, variableValues: variables };
      return execute({ ...args, rootValue, contextValue });
    };
    return answer instanceof Promise ? answer.then(finish) : finish(answer);
  };
}
