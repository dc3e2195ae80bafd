import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Admitted } from '../access/admission.ts';
import type { Context } from './context.ts';
import type { ScopeGuard } from './require-scopes.ts';
import type { SharedExecutions } from './share-executions.ts';

/** Queries and mutations over every transport: what the access has no scope for is not begun. */
export function guardOperations(guard: ScopeGuard): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const { access } = args.contextValue as unknown as Context;
      const refusal = guard.refuse(args.document, args.operationName, access);
      if (refusal !== null) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

/** Subscriptions over every transport, likewise. */
export function guardExecutions(executions: SharedExecutions, guard: ScopeGuard): SharedExecutions {
  return {
    ...executions,
    async subscribe(args, outlet) {
      const refusal = guard.refuse(args.document, args.operationName, args.contextValue.access);
      return refusal === null ? executions.subscribe(args, outlet) : { errors: [refusal] };
    },
  };
}

const ENDED: ExecutionResult = {
  errors: [
    new GraphQLError('The credential that this subscription was begun with is no longer valid.', {
      extensions: { code: 'UNAUTHENTICATED' },
    }),
  ],
};

type Stream = AsyncGenerator<ExecutionResult, void, void>;

/** A stream of an HTTP answer ends with the access it was begun with; its last message says so. */
export function endWithAccess(
  answer: ExecutionResult | Stream,
  { onEnd }: Admitted,
): ExecutionResult | Stream {
  if (!(Symbol.asyncIterator in answer)) return answer;
  let state: 'OPEN' | 'REVOKED' | 'OVER' = 'OPEN';
  const stopListening = onEnd(() => {
    if (state === 'OPEN') state = 'REVOKED';
    void answer.return();
  });
  const finish = () => {
    state = 'OVER';
    stopListening();
  };
  const stream: Stream = {
    async next() {
      // Ends at once when the access ends: its `return` settles what waits here.
      const step = state === 'OPEN' ? await answer.next() : null;
      // It may have ended meanwhile.
      if ((state as string) === 'REVOKED') {
        finish();
        return { done: false, value: ENDED };
      }
      if (step === null || step.done === true) {
        finish();
        return { done: true, value: undefined };
      }
      return step;
    },
    return() {
      finish();
      return answer.return();
    },
    throw(error) {
      finish();
      return answer.throw(error);
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await stream.return();
    },
  };
  return stream;
}
