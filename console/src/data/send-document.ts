import type { Client } from 'thetool-client';
import type { TypedDocumentString } from '../generated/graphql.ts';

/** Sends a document of the console. `request` takes variables as optional where a document needs none, which a generic function cannot know. */
export function sendDocument<Result, Variables>(
  client: Client,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const request = client.request as (...given: readonly unknown[]) => Promise<Result>;
  return request(document, variables, { signal });
}
