import type { ExecutableOperation, Variables } from './operation.ts';

/** What a share is about, without the cursor: subscribers with equal keys get the same payloads. */
export function shareKeyOf(
  operation: ExecutableOperation,
  variables: Variables,
  options: {
    /** Argument of the subscription's field that holds the cursor. */
    readonly cursorArgument: string | null;
    /** Differs where callers may read different things. */
    readonly session: string;
    readonly source: string;
  },
): string {
  const { cursorArgument, session, source } = options;
  const cursor = cursorArgument === null ? null : operation.cursorVariable(cursorArgument);
  const others = Object.keys(variables)
    .filter((name) => name !== cursor)
    .sort()
    .map((name) => [name, variables[name]]);
  return JSON.stringify([source, session, operation.name, others, operation.facts.text]);
}
