import { createHash } from 'node:crypto';
import type { ErrorCode } from '../error-codes.ts';
import { rejection } from './rejections.ts';

/** Documents by their SHA-256, as clients name them. */
export interface PersistedOperations {
  /** The text to run. Throws a GraphQLError when there is none, or when the text is not one of those that are allowed. */
  textOf(params: Params): string | undefined;
}

/** What a request asks for: `query`, or the hash of a document as Apollo's clients send it or as `documentId`. */
export interface Params {
  readonly query?: string | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
  readonly documentId?: unknown;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** With `only` nothing else is run: a document must be named by its hash, or be one of them word for word. */
export function createPersisted(
  documents: ReadonlyMap<string, string>,
  { only }: { readonly only: boolean },
): PersistedOperations {
  return {
    textOf(params) {
      const hash = hashOf(params);
      const query = params.query == null || params.query === '' ? null : params.query;
      if (hash === null) {
        if (query === null || !only || documents.get(sha256(query)) === query) return query ?? undefined;
        throw refusal(
          'PERSISTED_QUERY_ONLY',
          'This server runs only persisted operations: send the SHA-256 of one.',
        );
      }
      const stored = documents.get(hash);
      if (stored !== undefined) {
        if (query !== null && query !== stored) throw mismatch();
        return stored;
      }
      // The name that Apollo's clients look for: they send the whole document then.
      if (query === null || only) throw refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
      if (sha256(query) !== hash) throw mismatch();
      return query;
    },
  };
}

function hashOf({ extensions, documentId }: Params): string | null {
  const named = extensions?.persistedQuery;
  const hash =
    typeof named === 'object' && named !== null && 'sha256Hash' in named ? named.sha256Hash : documentId;
  if (hash == null) return null;
  const text = typeof hash === 'string' ? hash.replace(/^sha256:/, '').toLowerCase() : '';
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw refusal('BAD_REQUEST', 'The id of a persisted operation is its SHA-256 in hexadecimal.');
  }
  return text;
}

const mismatch = () =>
  refusal(
    'BAD_REQUEST',
    'The document of the request does not match its hash: send the SHA-256 of the document.',
  );

const refusal = (code: ErrorCode, message: string) => rejection(400, code, message);
