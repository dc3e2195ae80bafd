import { ApolloLink, Observable } from '@apollo/client';
import type { Client } from './connect.ts';
import { runOperation } from './link.ts';

/**
 * The last link of an Apollo Client 4: sends queries and mutations, and follows subscriptions through lost connections. `jobEvents` and
 * `analysisStored` go on after the last cursor, every message once and in order.
 */
export function createApolloLink(client: Client): ApolloLink {
  return new ApolloLink(
    ({ query, variables, operationName, operationType }) =>
      new Observable<ApolloLink.Result>((observer) => {
        const isSubscription = operationType === 'subscription';
        const operation = { document: query, variables, operationName, isSubscription };
        return runOperation(client, operation, {
          next: (response) => observer.next(response as ApolloLink.Result),
          error: (error) => observer.error(error),
          complete: () => observer.complete(),
        });
      }),
  );
}
