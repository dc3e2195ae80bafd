import { PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { isTransient, isUnstorable } from '../db/retry.ts';
import {
  IdempotencyConflictError,
  InvalidInputError,
  InvalidStateError,
  InvalidTickerError,
  KeyConflictError,
  LimitExceededError,
  NameTakenError,
  NotFoundError,
  SecretToldError,
  UserError,
} from '../errors.ts';
import { hideSecrets, type Logger } from '../logger.ts';
import { builder } from './builder.ts';
import { correlationId as correlationIdOf } from './request-scope.ts';

const UserErrorRef = builder.interfaceRef<UserError>('UserError').implement({
  description: 'A refusal that the caller can act on.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code of the kind of error.' }),
    message: t.exposeString('message', { description: 'What is wrong and what to do, in one sentence.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInputError',
  description: 'A value of the input is out of range or does not fit the others.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ field: t.exposeString('field', { description: 'Path of the offending input field.' }) }),
});
builder.objectType(InvalidTickerError, {
  name: 'InvalidTickerError',
  description: 'Some of the tickers cannot be tickers; nothing was stored.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    tickers: t.stringList({
      description: 'The refused tickers as they were sent, each cut to 40 characters.',
      resolve: (error) => [...error.tickers],
    }),
  }),
});
builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'There is no such object in this workspace.',
  interfaces: [UserErrorRef],
});
builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description: 'The idempotency key belongs to a different request.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    jobId: t.field({
      type: 'UUID',
      description: 'UUID of the job that the key belongs to.',
      resolve: (error) => error.jobId,
    }),
  }),
});
builder.objectType(KeyConflictError, {
  name: 'KeyConflictError',
  description: 'The idempotency key belongs to another change, which was no submit.',
  interfaces: [UserErrorRef],
});
builder.objectType(SecretToldError, {
  name: 'SecretToldError',
  description:
    'A repeat under an idempotency key: what was asked for has been done, once, but a secret is told by the first answer only.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    subjectId: t.exposeString('subjectId', {
      description: 'What has the secret: the id of a key (`keyId`), or the global id of a webhook.',
    }),
  }),
});
builder.objectType(LimitExceededError, {
  name: 'LimitExceededError',
  description: 'More than the limit was asked for.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'The limit.' }) }),
});
builder.objectType(InvalidStateError, {
  name: 'InvalidStateError',
  description: 'The object is in a state that forbids the operation.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ state: t.exposeString('state', { description: 'The state that forbids it.' }) }),
});
builder.objectType(NameTakenError, {
  name: 'NameTakenError',
  description: 'Another object has this name.',
  interfaces: [UserErrorRef],
});

/**
 * What a client sees of an error that no result type names. A refusal keeps its code and names the argument; a busy database is UNAVAILABLE and may be
 * retried; everything else is masked, and the log holds the cause under the correlation id.
 */
export function maskError(error: unknown, log: Logger): Error {
  if (isMasked(error)) return error;
  const cause = error instanceof GraphQLError ? error.originalError : error;
  const place = error instanceof GraphQLError ? placeOf(error) : {};
  if (cause == null && error instanceof GraphQLError)
    return withCode(withoutSecrets(withoutParser(withoutSuggestions(error))));
  if (cause instanceof UserError) {
    const field = cause instanceof InvalidInputError ? { field: cause.field } : {};
    const message = hideSecrets(cause.message);
    return new GraphQLError(message, { ...place, extensions: { code: cause.code, ...field } });
  }
  if (cause instanceof PothosValidationError) return refusedByPothos(cause, place);
  if (cause instanceof GraphQLError && error instanceof GraphQLError)
    return withCode(
      withoutSecrets(
        withoutSuggestions(new GraphQLError(error.message, { ...place, extensions: cause.extensions })),
      ),
    );
  if (isUnstorable(cause)) {
    const message = 'A text holds U+0000, which cannot be stored or looked for.';
    return new GraphQLError(message, { ...place, extensions: { code: 'BAD_USER_INPUT' } });
  }
  const correlationId = correlationIdOf();
  const retryable = isTransient(cause);
  log.error({ err: cause, correlationId }, retryable ? 'database unavailable' : 'unexpected error');
  const message = retryable
    ? `The database is not available at the moment; try again (correlation id ${correlationId}).`
    : `Unexpected error (correlation id ${correlationId}).`;
  const code = retryable ? 'UNAVAILABLE' : 'INTERNAL';
  // `http` is taken out again by the HTTP server; 503 also makes proxies and clients try again.
  const http = retryable ? { http: { status: 503, headers: { 'retry-after': '1' } } } : {};
  return new GraphQLError(message, { ...place, extensions: { code, correlationId, retryable, ...http } });
}

/** What an execution that many share has answered comes to an HTTP stream as its text says it: masked, and no instance of anything. */
function isMasked(error: unknown): error is Error {
  if (typeof error !== 'object' || error === null || error instanceof Error) return false;
  const { message, extensions } = error as { readonly message?: unknown; readonly extensions?: object };
  return typeof message === 'string' && typeof Object(extensions).code === 'string';
}

/** The code by which a fault goes outside, and in the audit log. */
export function codeOf(fault: unknown): string {
  if (fault instanceof UserError) return fault.code;
  if (fault instanceof GraphQLError) return String(fault.extensions.code ?? 'BAD_USER_INPUT');
  if (fault instanceof PothosValidationError || isUnstorable(fault)) return 'BAD_USER_INPUT';
  return isTransient(fault) ? 'UNAVAILABLE' : 'INTERNAL';
}

/** graphql-js gives none to what it refuses while it executes: variables of another type, an operation's name that is none. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  const extensions = { ...error.extensions, code: 'BAD_USER_INPUT' };
  return new GraphQLError(error.message, { ...placeOf(error), extensions });
}

/** Its refusals have no code: a cost over the limit, or the global id of another type than the argument's. */
function refusedByPothos({ message }: PothosValidationError, place: object): GraphQLError {
  if (message.startsWith('Query exceeds'))
    return new GraphQLError(`${message}.`, { ...place, extensions: { code: 'QUERY_TOO_COMPLEX' } });
  const text = message.replace(/^ID: .* is not of type: /s, 'The id is not one of type: ');
  return new GraphQLError(`${text}.`, { ...place, extensions: { code: 'BAD_USER_INPUT' } });
}

/** Suggestions would tell the schema to somebody who may not read it. */
export function withoutSuggestions(error: GraphQLError): GraphQLError {
  if (!error.message.includes(' Did you mean ')) return error;
  const message = error.message.slice(0, error.message.indexOf(' Did you mean '));
  return new GraphQLError(message, { ...placeOf(error), extensions: error.extensions });
}

/** graphql-js repeats values that do not fit, and a client's log would keep a key that was put in the wrong place. */
export function withoutSecrets(error: GraphQLError): GraphQLError {
  const message = hideSecrets(error.message);
  if (message === error.message) return error;
  return new GraphQLError(message, { ...placeOf(error), extensions: error.extensions });
}

/** Yoga repeats what the parser said of a body that is no JSON, words of the body included, and answers 200 to most who ask. */
function withoutParser(error: GraphQLError): GraphQLError {
  const { originalError, ...extensions } = error.extensions;
  if (originalError === undefined) return error;
  return new GraphQLError(error.message, { extensions: { ...extensions, http: { status: 400 } } });
}

function placeOf({ nodes, path }: GraphQLError) {
  return { ...(nodes !== undefined && { nodes }), ...(path !== undefined && { path }) };
}
