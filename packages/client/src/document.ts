import type { DocumentTree } from './print-document.ts';

/** The types of a document's result and variables, as code generators write them. There is no such property at run time. */
export interface DocumentTypeDecoration<Result, Variables> {
  __apiType?: (variables: Variables) => Result;
}

/** A document that a generator made as a text, such as `TypedDocumentString` of this package or of a project's own. */
export interface TypedText {
  toString(): string;
}

/**
 * A typed document of any generator: `TypedDocumentNode` (a tree) or `TypedDocumentString` (a text). The package looks at its structure only,
 * so it may come from another copy of the class.
 */
export type TypedDocument<Result, Variables> = DocumentTypeDecoration<Result, Variables> &
  (TypedText | DocumentTree);

/** What can be sent: a typed document, or the text of an operation. */
export type AnyDocument = string | TypedText | DocumentTree;

/** Arguments after a document: variables may be left out where the document needs none. */
export type WithVariables<Variables, Rest> =
  Record<string, never> extends Variables
    ? [variables?: Variables | undefined, rest?: Rest]
    : [variables: Variables, rest?: Rest];

/** What is sent for a document. */
export interface DocumentParams {
  readonly query: string;
  readonly extensions?: Record<string, unknown>;
}

const texts = new WeakMap<object, string>();

/** The text of a document. The code for trees is a chunk of its own, which pages with texts do not load. */
export async function textOf(document: AnyDocument): Promise<string> {
  if (typeof document === 'string') return document;
  if (!('definitions' in document)) return document.toString();
  let text = texts.get(document);
  if (text === undefined) {
    const { printDocument } = await import('./print-document.ts');
    text = printDocument(document);
    texts.set(document, text);
  }
  return text;
}

/** The text; or, for a server that has it among its persisted operations, its SHA-256 alone. Throws when a document has no hash. */
export async function paramsOf(document: AnyDocument, persisted: boolean): Promise<DocumentParams> {
  if (!persisted) return { query: await textOf(document) };
  const { __meta__ } = document as { readonly __meta__?: { readonly hash?: unknown } };
  if (typeof __meta__?.hash !== 'string')
    throw new Error('The document has no hash: generate it with persistedDocuments.');
  const sha256Hash = __meta__.hash.replace(/^sha256:/, '');
  return { query: '', extensions: { persistedQuery: { version: 1, sha256Hash } } };
}

/** A query has no effect: it may be sent again when nobody knows whether it arrived. */
export function isRepeatable(text: string): boolean {
  return !/(^|[\s,}])mutation\b/.test(text);
}
