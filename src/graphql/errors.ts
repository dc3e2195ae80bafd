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

const UserErrorRef = builder.interfaceRef<UserError>('UserError').implement({
  scope: 'ANY',
  description: 'A refusal that the caller can act on.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code of the kind of error.' }),
    message: t.exposeString('message', { description: 'What is wrong and what to do, in one sentence.' }),
  }),
});

builder.objectType(InvalidInputError, {
  scope: 'ANY',
  name: 'InvalidInputError',
  description: 'A value of the input is out of range or does not fit the others.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ field: t.exposeString('field', { description: 'Path of the offending input field.' }) }),
});
builder.objectType(InvalidTickerError, {
  scope: 'ANY',
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
  scope: 'ANY',
  name: 'NotFoundError',
  description: 'There is no such object in this workspace.',
  interfaces: [UserErrorRef],
});
builder.objectType(IdempotencyConflictError, {
  scope: 'ANY',
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
  scope: 'ANY',
  name: 'KeyConflictError',
  description: 'The idempotency key belongs to another change, which was no submit.',
  interfaces: [UserErrorRef],
});
builder.objectType(SecretToldError, {
  scope: 'ANY',
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
  scope: 'ANY',
  name: 'LimitExceededError',
  description: 'More than the limit was asked for.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'The limit.' }) }),
});
builder.objectType(InvalidStateError, {
  scope: 'ANY',
  name: 'InvalidStateError',
  description: 'The object is in a state that forbids the operation.',
  interfaces: [UserErrorRef],
  fields: (t) => ({ state: t.exposeString('state', { description: 'The state that forbids it.' }) }),
});
builder.objectType(NameTakenError, {
  scope: 'ANY',
  name: 'NameTakenError',
  description: 'Another object has this name.',
  interfaces: [UserErrorRef],
});
