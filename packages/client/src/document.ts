/** The types of a document's result and variables, as code generators write them. There is no such property at run time. */
export interface DocumentTypeDecoration<Result, Variables> {
  __apiType?: (variables: Variables) => Result;
}

/** A generated document that is a text: of this package, or of a project's own `TypedDocumentString` class. */
export interface TypedText<Result, Variables> extends DocumentTypeDecoration<Result, Variables> {
  toString(): string;
  readonly __meta__?: Record<string, unknown> | undefined;
}

/** What is sent for a document. */
export interface DocumentParams {
  readonly query: string;
  readonly extensions?: Record<string, unknown>;
}

/** The text; or, for a server that has it among its persisted operations, its SHA-256 alone. */
export function paramsOf<Result, Variables>(
  document: TypedText<Result, Variables>,
  persisted: boolean,
): DocumentParams {
  if (!persisted) return { query: document.toString() };
  const hash: unknown = document.__meta__?.hash;
  if (typeof hash !== 'string')
    throw new Error('The document has no hash: generate it with persistedDocuments.');
  const sha256Hash = hash.replace(/^sha256:/, '');
  return { query: '', extensions: { persistedQuery: { version: 1, sha256Hash } } };
}
