import {
  type GraphQLResponse,
  Network,
  Observable,
  type RequestParameters,
  type Variables,
} from 'relay-runtime';
import type { Client } from './connect.ts';
import { runOperation } from './link.ts';

/**
 * The network of a Relay environment: sends queries and mutations, and follows subscriptions through lost connections. `jobEvents` and
 * `analysisStored` go on after the last cursor, every message once and in order. Relay's compiler has to keep the texts of documents.
 */
export function createRelayNetwork(client: Client): ReturnType<typeof Network.create> {
  const run = (request: RequestParameters, variables: Variables) =>
    Observable.create<GraphQLResponse>((sink) => {
      if (request.text === null) {
        sink.error(
          new TypeError(`The document ${request.name} has no text: compile it without persisted queries.`),
        );
        return;
      }
      const operation = {
        document: request.text,
        variables,
        operationName: request.name,
        isSubscription: request.operationKind === 'subscription',
      };
      return runOperation(client, operation, {
        next: (response) => sink.next(response as GraphQLResponse),
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      });
    });
  return Network.create(run, run);
}
