import type { TypedDocumentString } from './generated/graphql.ts';

/** What is sent for a document. */
export interface DocumentParams {
  readonly query: string;
  readonly extensions?: Record<string, unknown>;
}

/** The text; or, for a server that has it among its persisted operations, its SHA-256 alone. */
export function paramsOf<Result, Variables>(
  document: TypedDocumentString<Result, Variables>,
  persisted: boolean,
): DocumentParams {
  if (!persisted) return { query: document.toString() };
  const hash: unknown = document.__meta__?.hash;
  if (typeof hash !== 'string')
    throw new Error('The document has no hash: generate it with persistedDocuments.');
  const sha256Hash = hash.replace(/^sha256:/, '');
  return { query: '', extensions: { persistedQuery: { version: 1, sha256Hash } } };
}
