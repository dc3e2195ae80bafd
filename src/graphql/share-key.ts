import type { OperationFacts, Variables } from './document-facts.ts';

/** What a share is about, without the cursor: subscribers with equal keys get the same payloads. */
export function shareKeyOf(
  operation: OperationFacts,
  variables: Variables,
  options: {
    /** Argument of the subscription's field that holds the cursor. */
    readonly cursorArgument: string | null;
    /** Differs where accesses differ in anything. */
    readonly access: string;
    readonly source: string;
  },
): string {
  const { cursorArgument, access, source } = options;
  const cursor = cursorArgument === null ? null : operation.cursorVariable(cursorArgument);
  const others = Object.keys(variables)
    .filter((name) => name !== cursor)
    .sort()
    .map((name) => [name, variables[name]]);
  return JSON.stringify([source, access, operation.name, others, operation.facts.text]);
}
