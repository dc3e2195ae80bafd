import type { Client } from './connect.ts';
import type { AnyDocument } from './document.ts';
import { follow } from './follow.ts';
import type { GraphQLResponse } from './request.ts';

/** An operation of another GraphQL client. */
export interface LinkedOperation {
  readonly document: AnyDocument;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName?: string | undefined;
  readonly isSubscription: boolean;
}

/** Where another client takes responses. */
export interface Sink {
  next(response: GraphQLResponse): void;
  error(error: Error): void;
  complete(): void;
}

/**
 * Runs an operation for another client: queries and mutations over HTTP, subscriptions as `follow` does. Returns a function that ends it, after
 * which the sink is not called.
 */
export function runOperation(client: Client, operation: LinkedOperation, sink: Sink): () => void {
  const leaving = new AbortController();
  const { signal } = leaving;
  const run = async () => {
    try {
      for await (const response of responsesOf(client, operation, signal)) {
        if (signal.aborted) return;
        sink.next(response);
      }
    } catch (error) {
      if (!signal.aborted) sink.error(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (!signal.aborted) sink.complete();
  };
  void run();
  return () => leaving.abort();
}

async function* responsesOf(
  client: Client,
  { document, variables, operationName, isSubscription }: LinkedOperation,
  signal: AbortSignal,
): AsyncGenerator<GraphQLResponse, void, void> {
  if (isSubscription) {
    // A text or a tree, with types that the other client knows.
    for await (const data of follow<unknown>(client, document as string, {
      variables,
      newestOnly: false,
      signal,
    }))
      yield { data };
  } else {
    yield await client.execute(document, variables, { operationName, signal });
  }
}
