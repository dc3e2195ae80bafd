import { PothosValidationError } from '@pothos/core';
import { GraphQLError } from 'graphql';
import { isTransient, isUnstorable } from '../db/retry.ts';
import { ForbiddenError, InvalidInputError, ItemError, UserError } from '../errors.ts';
import { hideSecrets, type Logger } from '../logger.ts';

/**
 * What a client sees of an error that no result type names. A refusal keeps its code and names the argument; a busy database is UNAVAILABLE and may be
 * retried; everything else is masked, and the log holds the cause under the correlation id.
 */
export function maskError(error: unknown, log: Logger, requestId?: string): GraphQLError {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  const place = error instanceof GraphQLError ? placeOf(error) : {};
  if (cause == null && error instanceof GraphQLError)
    return withCode(withoutSecrets(withoutParser(withoutSuggestions(error))));
  if (cause instanceof UserError) {
    const field = cause instanceof InvalidInputError ? { field: cause.field } : {};
    const message = hideSecrets(cause.message);
    const http = cause instanceof ForbiddenError ? { http: { status: 403 } } : {};
    return new GraphQLError(message, { ...place, extensions: { code: cause.code, ...field, ...http } });
  }
  if (cause instanceof PothosValidationError) return refusedByPothos(cause, place);
  if (cause instanceof GraphQLError && error instanceof GraphQLError)
    return withCode(
      withoutSecrets(
        withoutSuggestions(new GraphQLError(error.message, { ...place, extensions: cause.extensions })),
      ),
    );
  if (isUnstorable(cause)) {
    const message = 'A text contains the character U+0000, which cannot be stored or searched: remove it.';
    return new GraphQLError(message, { ...place, extensions: { code: 'BAD_USER_INPUT' } });
  }
  if (cause instanceof ItemError && cause.transient) {
    log.warn({ err: cause }, 'a source of candles is unavailable');
    const { message } = cause;
    return new GraphQLError(message, { ...place, extensions: { ...unavailable, retryable: true } });
  }
  const correlationId = requestId ?? crypto.randomUUID();
  const retryable = isTransient(cause);
  log.error({ err: cause, correlationId }, retryable ? 'database unavailable' : 'unexpected error');
  const message = retryable
    ? `The database is not available at the moment; try again (correlation id ${correlationId}).`
    : `Unexpected error (correlation id ${correlationId}).`;
  const extensions = { ...(retryable ? unavailable : { code: 'INTERNAL' }), correlationId, retryable };
  return new GraphQLError(message, { ...place, extensions });
}

/** `http` is taken out again by the HTTP server; 503 also makes proxies and clients try again. */
const unavailable = { code: 'UNAVAILABLE', http: { status: 503, headers: { 'retry-after': '1' } } };

/** The code by which a fault goes outside, and in the audit log. */
export function codeOf(fault: unknown): string {
  if (fault instanceof UserError) return fault.code;
  if (fault instanceof GraphQLError) return String(fault.extensions.code ?? 'BAD_USER_INPUT');
  if (fault instanceof PothosValidationError || isUnstorable(fault)) return 'BAD_USER_INPUT';
  if (fault instanceof ItemError && fault.transient) return 'UNAVAILABLE';
  return isTransient(fault) ? 'UNAVAILABLE' : 'INTERNAL';
}

/** graphql-js gives none to what it refuses while it executes: variables of another type, an operation's name that is none. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  const extensions = { ...error.extensions, code: 'BAD_USER_INPUT' };
  return new GraphQLError(error.message, { ...placeOf(error), extensions });
}

/** Its refusals have no code: the global id of another type than the argument's. */
function refusedByPothos({ message }: PothosValidationError, place: object): GraphQLError {
  const text = message.replace(/^ID: .* is not of type: /s, 'The id is not one of type: ');
  return new GraphQLError(`${text}.`, { ...place, extensions: { code: 'BAD_USER_INPUT' } });
}

/** Suggestions would tell the schema to somebody who may not read it. */
function withoutSuggestions(error: GraphQLError): GraphQLError {
  if (!error.message.includes(' Did you mean ')) return error;
  const message = error.message.slice(0, error.message.indexOf(' Did you mean '));
  return new GraphQLError(message, { ...placeOf(error), extensions: error.extensions });
}

/** graphql-js repeats values that do not fit, and a client's log would keep a key that was put in the wrong place. */
function withoutSecrets(error: GraphQLError): GraphQLError {
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
