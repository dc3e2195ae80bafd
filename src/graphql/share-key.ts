import { type DocumentNode, getOperationAST, Kind, print, visit } from 'graphql';

/** What a share is about, without the cursor: subscribers with equal keys get the same payloads. */
export function shareKeyOf(options: {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Argument of the subscription's field that holds the cursor. */
  readonly cursorArgument: string | null;
  /** Differs where accesses differ in anything. */
  readonly access: string;
  readonly source: string;
}): string {
  const { document, operationName, variables, cursorArgument, access, source } = options;
  const cursor = cursorArgument === null ? null : cursorVariable(document, operationName, cursorArgument);
  const others = Object.keys(variables)
    .filter((name) => name !== cursor)
    .sort()
    .map((name) => [name, variables[name]]);
  return JSON.stringify([source, access, operationName, others, textOf(document)]);
}

function textOf(document: DocumentNode): string {
  return document.loc?.source.body ?? print(document);
}

const known = new WeakMap<DocumentNode, Map<string, string | null>>();

/** The variable that holds the cursor, when it is used for nothing else. */
function cursorVariable(document: DocumentNode, operationName: string | null, argument: string) {
  const answers = known.get(document) ?? new Map<string, string | null>();
  known.set(document, answers);
  const question = `${argument} ${operationName ?? ''}`;
  const answer = answers.get(question);
  if (answer !== undefined) return answer;
  const found = findCursorVariable(document, operationName, argument);
  answers.set(question, found);
  return found;
}

function findCursorVariable(document: DocumentNode, operationName: string | null, argument: string) {
  const field = getOperationAST(document, operationName)?.selectionSet.selections[0];
  if (field?.kind !== Kind.FIELD) return null;
  const value = field.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind !== Kind.VARIABLE) return null;
  const name = value.name.value;
  let uses = 0;
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      if (node.name.value === name) uses += 1;
    },
  });
  return uses === 1 ? name : null;
}
