import { type Exchange, type ExecutionResult, subscriptionExchange } from '@urql/core';
import type { Client } from './connect.ts';
import { runOperation } from './link.ts';

/**
 * The last exchange of an urql client: sends queries and mutations, and follows subscriptions through lost connections. `jobEvents` and
 * `analysisStored` go on after the last cursor, every message once and in order.
 */
export function createUrqlExchange(client: Client): Exchange {
  return subscriptionExchange({
    enableAllOperations: true,
    forwardSubscription: ({ query = '', variables = {}, operationName }, { kind }) => ({
      subscribe(observer) {
        const operation = {
          document: query,
          variables: variables as Readonly<Record<string, unknown>>,
          operationName,
          isSubscription: kind === 'subscription',
        };
        const unsubscribe = runOperation(client, operation, {
          next: (response) => observer.next(response as ExecutionResult),
          error: (error) => observer.error(error),
          complete: () => observer.complete(),
        });
        return { unsubscribe };
      },
    }),
  });
}
