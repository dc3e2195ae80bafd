/** Whether the same request can succeed when it is sent again: unchanged at once or later, or only after a change. */
export type Retry = 'no' | 'yes' | 'after a pause';

/** One row of docs/errors.md, which `npm run reference` writes. */
export interface CodeText {
  readonly happened: string;
  readonly action: string;
  readonly retry: Retry;
}

/**
 * Every code of the API: `code` of the error types, `extensions.code` of GraphQL errors, and `error.code` of exports and imports. A drift
 * test compares the record with the codes in the source.
 */
export const errorCodes = {
  INVALID_INPUT: {
    happened: 'A value of the input is out of range or contradicts another value. Nothing was stored.',
    action: 'Correct the value that `field` names.',
    retry: 'no',
  },
  INVALID_TICKER: {
    happened: 'Some of the tickers are not well-formed. Nothing was stored.',
    action: 'Correct or remove the tickers that `tickers` lists.',
    retry: 'no',
  },
  NOT_FOUND: {
    happened: 'The workspace has no object with this id, or the server has no page at this URL.',
    action: 'Check the id, the workspace of the key, and the URL.',
    retry: 'no',
  },
  IDEMPOTENCY_CONFLICT: {
    happened: 'The idempotency key was already used for a request with another input.',
    action: 'Use a new key, or send the input of the first request again.',
    retry: 'no',
  },
  SECRET_TOLD: {
    happened:
      'The change was already made with this idempotency key, and only the first response contained the secret.',
    action:
      'If the secret is lost, rotate the secret of `subjectId` with `overlapHours: 0` and a new idempotency key.',
    retry: 'no',
  },
  LIMIT_EXCEEDED: {
    happened: 'The request exceeds a limit or a quota ([limits.md](limits.md)). Nothing was stored.',
    action:
      'With `retryable: true` or HTTP status 429, send the request again after a pause. Otherwise ask for less, or remove objects.',
    retry: 'after a pause',
  },
  INVALID_STATE: {
    happened: 'The state of the object does not permit the operation, for example because it has changed.',
    action: 'Read the object again. `state` contains its state.',
    retry: 'no',
  },
  NAME_TAKEN: {
    happened: 'Another object of this kind has the same name, ignoring case.',
    action: 'Choose another name.',
    retry: 'no',
  },
  UNAUTHENTICATED: {
    happened: 'The request has no API key or token, or the credential is unknown, expired or revoked.',
    action: 'Send a valid credential in the header `Authorization: Bearer …`.',
    retry: 'no',
  },
  FORBIDDEN: {
    happened: 'The credential lacks a scope, or the server does not permit the operation to this client.',
    action: 'Use a credential with the scope that the message names.',
    retry: 'no',
  },
  TOO_MANY_TRIES: {
    happened: 'Too many invalid credentials came from this address.',
    action: 'Wait for the seconds of `Retry-After`, then send a valid credential.',
    retry: 'after a pause',
  },
  RATE_LIMITED: {
    happened: 'The workspace has used the points of its rate limit.',
    action: 'Wait for the seconds of `retryAfter` or `Retry-After`, then send the request again.',
    retry: 'after a pause',
  },
  QUERY_TOO_COMPLEX: {
    happened: 'The document exceeds a limit of size, depth or cost. The server did not run it.',
    action: 'Ask for fewer fields or smaller pages. `cost` and `limit` are present for the limit of cost.',
    retry: 'no',
  },
  GRAPHQL_PARSE_FAILED: {
    happened: 'The document is not valid GraphQL syntax.',
    action: 'Correct the document at the line and column of `locations`.',
    retry: 'no',
  },
  GRAPHQL_VALIDATION_FAILED: {
    happened: 'The document does not fit the schema, for example because a field does not exist.',
    action: 'Correct the document. `schema.graphql` contains the schema.',
    retry: 'no',
  },
  BAD_USER_INPUT: {
    happened:
      'A variable or an argument does not fit its type, or contains a character that cannot be stored.',
    action: 'Correct the value that the message names.',
    retry: 'no',
  },
  BAD_REQUEST: {
    happened:
      'The request is not a valid request of its kind: body, method, content type or headers are wrong.',
    action: 'Correct the program that sends the request.',
    retry: 'no',
  },
  NOT_ACCEPTABLE: {
    happened: 'The server cannot send a response of a type that the header `Accept` permits.',
    action: 'Accept `application/json`, `application/graphql-response+json` or `text/event-stream`.',
    retry: 'no',
  },
  REQUEST_ENTITY_TOO_LARGE: {
    happened: 'The body of the request exceeds its limit.',
    action: 'Send a smaller body, for example with fewer tickers.',
    retry: 'no',
  },
  OPERATION_RESOLUTION_FAILURE: {
    happened:
      'The document has no operation with this name, or has several operations and the request names none.',
    action: 'Send `operationName` with the name of an operation of the document.',
    retry: 'no',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    happened: 'The server has no persisted operation with this hash.',
    action: 'Send the document together with its hash, or add the operation to `PERSISTED_OPERATIONS`.',
    retry: 'no',
  },
  PERSISTED_QUERY_ONLY: {
    happened: 'The server runs only persisted operations (`PERSISTED_ONLY=on`).',
    action: 'Send the SHA-256 of a persisted operation.',
    retry: 'no',
  },
  TIMEOUT: {
    happened: 'The operation, or the next message of a subscription, took longer than its time limit.',
    action: 'Ask for fewer fields or smaller pages. Repeat a mutation only with its idempotency key.',
    retry: 'after a pause',
  },
  UNAVAILABLE: {
    happened: 'The database or a source of candles does not respond at the moment.',
    action: 'Send the request again with growing pauses. Repeat a mutation with its idempotency key.',
    retry: 'after a pause',
  },
  CLIENT_GONE: {
    happened:
      'The client closed the connection, and the server aborted the query. Only logs and metrics show it.',
    action: 'Nothing.',
    retry: 'yes',
  },
  INTERNAL: {
    happened: 'The server has a defect. The response contains a correlation id and no details.',
    action:
      'Send the request again once. Then report the correlation id to the operator, whose log has the cause.',
    retry: 'yes',
  },
} as const satisfies Record<string, CodeText>;

export type ErrorCode = keyof typeof errorCodes;
