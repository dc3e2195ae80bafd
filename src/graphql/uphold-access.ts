import { type DocumentNode, type ExecutionResult, GraphQLError, getOperationAST, Kind } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Admitted } from '../access/admission.ts';
import { actionOf } from './audit-mutations.ts';
import type { Context } from './context.ts';
import type { ScopeGuard } from './require-scopes.ts';
import type { SharedExecutions } from './share-executions.ts';

/** Queries and mutations over every transport: what the access has no scope for is not begun. */
export function guardOperations(guard: ScopeGuard): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const refusal = refuse(guard, { ...args, contextValue: args.contextValue as unknown as Context });
      if (refusal !== null) setResultAndStopExecution({ errors: [refusal] });
    },
  };
}

/** Subscriptions over every transport, likewise. */
export function guardExecutions(executions: SharedExecutions, guard: ScopeGuard): SharedExecutions {
  return {
    ...executions,
    async subscribe(args, outlet) {
      const refusal = refuse(guard, args);
      return refusal === null ? executions.subscribe(args, outlet) : { errors: [refusal] };
    },
  };
}

/** What is refused is noted as an attempt at every root field that the operation names. */
function refuse(
  guard: ScopeGuard,
  asked: {
    readonly document: DocumentNode;
    readonly operationName?: string | null | undefined;
    readonly contextValue: Context;
  },
): GraphQLError | null {
  const { document, operationName, contextValue: context } = asked;
  const refusal = guard.refuse(document, operationName, context.access);
  if (refusal === null) return null;
  const selections = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  const names = selections.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []));
  for (const name of new Set(names))
    context.noteRefusal({ ...actionOf(context, name), code: 'FORBIDDEN', target: null });
  return refusal;
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
