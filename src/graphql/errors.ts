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
  type UserError,
} from '../errors.ts';
import { builder } from './builder.ts';
import { globalIdOf } from './object-id.ts';

const UserErrorRef = builder.interfaceRef<UserError>('UserError').implement({
  scope: 'ANY',
  description: 'An expected error that the client can act on.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code of the error, for example NOT_FOUND.' }),
    message: t.exposeString('message', {
      description: 'What is wrong and what to do, in one or two sentences.',
    }),
  }),
});

builder.objectType(InvalidInputError, {
  scope: 'ANY',
  name: 'InvalidInputError',
  description: 'A value of the input is out of range or contradicts another value.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    field: t.exposeString('field', {
      description: 'Path of the invalid input field, for example `options.riskPct`.',
    }),
  }),
});
builder.objectType(InvalidTickerError, {
  scope: 'ANY',
  name: 'InvalidTickerError',
  description: 'Some of the texts are not valid tickers; nothing was stored.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    tickers: t.stringList({
      description: 'The rejected tickers as they were sent, each truncated to 40 characters.',
      resolve: (error) => [...error.tickers],
    }),
  }),
});
builder.objectType(NotFoundError, {
  scope: 'ANY',
  name: 'NotFoundError',
  description: 'The object does not exist in this workspace.',
  interfaces: [UserErrorRef],
});
builder.objectType(IdempotencyConflictError, {
  scope: 'ANY',
  name: 'IdempotencyConflictError',
  description: 'The idempotency key was already used for a different request.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    jobId: t.field({
      type: 'UUID',
      description: 'UUID of the job that was submitted with the key.',
      resolve: (error) => error.jobId,
    }),
    jobGlobalId: t.id({
      description: 'Global id of the job that was submitted with the key.',
      resolve: (error) => globalIdOf('Job', error.jobId),
    }),
  }),
});
builder.objectType(KeyConflictError, {
  scope: 'ANY',
  name: 'KeyConflictError',
  description: 'The idempotency key was already used for a different change that did not submit a job.',
  interfaces: [UserErrorRef],
});
builder.objectType(SecretToldError, {
  scope: 'ANY',
  name: 'SecretToldError',
  description:
    'The change was already made with this idempotency key. Its secret cannot be returned again, because secrets are returned only once.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    subjectId: t.exposeString('subjectId', {
      description: 'Object that has the secret: the id of a key (`keyId`), or the global id of a webhook.',
    }),
  }),
});
builder.objectType(LimitExceededError, {
  scope: 'ANY',
  name: 'LimitExceededError',
  description: 'The request exceeds a limit.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'Limit that the request exceeds.' }) }),
});
builder.objectType(InvalidStateError, {
  scope: 'ANY',
  name: 'InvalidStateError',
  description: 'The state of the object does not permit the operation.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    state: t.exposeString('state', { description: 'State that does not permit the operation.' }),
  }),
});
builder.objectType(NameTakenError, {
  scope: 'ANY',
  name: 'NameTakenError',
  description: 'Another object already has this name.',
  interfaces: [UserErrorRef],
  fields: (t) => ({
    watchlistId: t.id({
      nullable: true,
      description:
        'Global id of the watchlist that has the name; null when another request stored it at the same moment.',
      resolve: ({ takenBy }) => (takenBy === null ? null : globalIdOf('Watchlist', takenBy)),
    }),
  }),
});
