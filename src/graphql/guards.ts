import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { chargeOperations, type OperationRules } from './charge-operations.ts';
import { documentLimits, jsonLimits } from './limits.ts';
import type { Origins } from './origins.ts';
import type { PersistedOperations } from './persisted.ts';

/** What stands between a request and its execution, on every transport. */
export interface Guards {
  readonly rules: OperationRules;
  readonly persisted: PersistedOperations;
  readonly origins: Origins;
}

export function guardPlugins({ rules, persisted }: Guards): Plugin[] {
  return [documentLimits, jsonLimits, findDocuments(persisted), chargeOperations(rules)];
}

/** Puts the stored document in place of its hash, before anybody looks whether there is a document. */
function findDocuments(persisted: PersistedOperations): Plugin {
  return {
    onParams({ params, request, setParams }) {
      if (typeof params !== 'object' || params === null || Array.isArray(params)) return;
      const { documentId, ...others } = params as typeof params & { readonly documentId?: unknown };
      const asked = request.method === 'GET' ? new URL(request.url).searchParams.get('documentId') : null;
      const query = persisted.textOf({ ...others, documentId }, asked);
      setParams(query === undefined ? others : { ...others, query });
    },
  };
}

/** Status and headers are HTTP's; a websocket tells the rest. */
export function withoutHttp(error: GraphQLError): GraphQLError {
  const { http, ...extensions } = error.extensions;
  if (http === undefined) return error;
  const { message, nodes, path } = error;
  return new GraphQLError(message, {
    extensions,
    ...(nodes !== undefined && { nodes }),
    ...(path !== undefined && { path }),
  });
}
