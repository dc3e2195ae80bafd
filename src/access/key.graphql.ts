import {
  InvalidInputError,
  InvalidStateError,
  KeyConflictError,
  LimitExceededError,
  NotFoundError,
  SecretToldError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import { resolveNewestFirst } from '../graphql/pages.ts';
import { LimitsRef } from '../quotas/quota.graphql.ts';
import { type Access, SCOPES, type Scope } from './access.ts';
import { createKey, type IssuedKey, MAX_OVERLAP_HOURS, revokeKey, rotateKey } from './issue-keys.ts';
import { findWorkspace, listKeys } from './key.store.ts';
import type { ApiKey } from './key.ts';

const what: Readonly<Record<Scope, string>> = {
  'jobs:write': 'Submit, cancel and retry jobs and change watchlists. Holds jobs:read.',
  'jobs:read': 'Read and follow jobs, their items, the queue, and watchlists.',
  'results:read': 'Read and follow analyses, rankings, backtests and candles, and export them.',
  'candles:write': 'Import bars of the workspace, and replace and remove them.',
  admin: 'Manage keys and webhooks, and pause the queue.',
};

const ScopeEnum = builder.enumType('ApiScope', {
  description: 'What a key may do.',
  values: Object.fromEntries(
    SCOPES.map((scope) => [
      scope.replace(':', '_').toUpperCase(),
      { value: scope, description: what[scope] },
    ]),
  ) as Record<string, { value: Scope; description: string }>,
});

const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  scope: 'admin',
  description: 'A key of the workspace, without its secret, which is stored nowhere.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { description: 'The part of the key between `tt_live_` and the secret.' }),
    name: t.exposeString('name', { description: 'What it is for.' }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What it may do.',
      resolve: ({ scopes }) => [...scopes],
    }),
    rateClass: t.exposeString('rateClass', { description: 'Which limits of requests hold for it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'Who made it: the id of a key, the subject of a token, or the command line.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'From when on it does not work any more.',
    }),
    member: t.exposeString('memberSubject', {
      nullable: true,
      description:
        'Subject of the member whose token made the key, directly or through other keys: the key ends with that membership and never has more scopes. Null: it depends on no member.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was revoked.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was used last, to the minute.',
    }),
  }),
});

const ViewerRef = builder.objectRef<Access>('Viewer').implement({
  scope: 'ANY',
  description: 'Who asks.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', { nullable: true, description: 'Id of the API key; null with a token.' }),
    subject: t.exposeString('subject', { description: 'Name of the key, or subject of the token.' }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What may be done.',
      resolve: ({ scopes }) => [...scopes],
    }),
    workspaceId: t.expose('workspaceId', { type: 'UUID', description: 'UUID of the workspace.' }),
    limits: t.field({
      type: LimitsRef,
      description: 'How much the workspace may store.',
      resolve: (_access, _args, { quotas }) => quotas,
    }),
    workspaceName: t.string({
      description: 'Name of the workspace.',
      resolve: async ({ workspaceId }, _args, { db }) => (await findWorkspace(db, workspaceId))?.name ?? '',
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    scope: 'ANY',
    type: ViewerRef,
    description: 'Who asks.',
    resolve: (_root, _args, { access }) => access,
  }),
  apiKeys: t.connection(
    {
      scope: 'admin',
      type: ApiKeyRef,
      description: 'Keys of the workspace, the newest first, revoked ones too.',
      resolve: (_root, args, { db, access }) =>
        resolveNewestFirst(args, (page) => listKeys(db, access.workspaceId, page)),
    },
    { description: 'A page of keys.' },
    { description: 'A key in a page.' },
  ),
}));

const IssuedRef = builder.objectRef<IssuedKey>('IssuedApiKey').implement({
  scope: 'admin',
  description: 'A new key.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      description: 'The key as it is listed.',
      resolve: (issued) => issued.apiKey,
    }),
    secret: t.exposeString('secret', { description: 'The whole key. It is told this once: keep it now.' }),
  }),
});

const KeyPayloadRef = builder.objectRef<{ readonly apiKey: ApiKey }>('ApiKeyPayload').implement({
  scope: 'admin',
  description: 'A key that was changed.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      description: 'The key as it is now.',
      resolve: ({ apiKey }) => apiKey,
    }),
  }),
});

const CreateInput = builder.inputType('CreateApiKeyInput', {
  description: 'A new key of the workspace.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is for, 1 to 100 characters.' }),
    scopes: t.field({
      type: [ScopeEnum],
      required: true,
      description: 'What it may do: at least one scope, and none that the credential which makes it lacks.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description:
        'When it ends: not later than the credential that makes it. Null: with that credential’s end, or never when that has none.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const RevokeInput = builder.inputType('RevokeApiKeyInput', {
  description: 'A key to be revoked.',
  fields: (t) => ({
    keyId: t.string({ required: true, description: 'Id of the key.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const RotateInput = builder.inputType('RotateApiKeyInput', {
  description: 'A key to be replaced.',
  fields: (t) => ({
    keyId: t.string({ required: true, description: 'Id of the old key.' }),
    overlapHours: t.int({
      required: true,
      defaultValue: 24,
      description: `For how long the old key goes on working, 0 to ${MAX_OVERLAP_HOURS} hours.`,
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const repeatable = [InvalidInputError, KeyConflictError];

builder.mutationFields((t) => ({
  createApiKey: t.field({
    scope: 'admin',
    type: IssuedRef,
    description:
      'Makes a key. A repeat under its idempotency key makes none and is refused with SECRET_TOLD: the secret is told once.',
    errors: {
      types: [...repeatable, LimitExceededError, SecretToldError],
      union: { name: 'CreateApiKeyResult', description: 'The key, or why not.' },
    },
    args: { input: t.arg({ type: CreateInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, context) =>
      createKey(context, {
        ...input,
        workspaceId: context.access.workspaceId,
        expiresAt: input.expiresAt ?? null,
        maker: context.access,
      }),
  }),
  revokeApiKey: t.field({
    scope: 'admin',
    type: KeyPayloadRef,
    description: 'Ends a key for good. What is open with it, subscriptions too, is cut off within 2 s.',
    errors: {
      types: [...repeatable, NotFoundError],
      union: { name: 'RevokeApiKeyResult', description: 'The key, or why not.' },
    },
    args: { input: t.arg({ type: RevokeInput, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      apiKey: await revokeKey(context, context.access.workspaceId, input),
    }),
  }),
  rotateApiKey: t.field({
    scope: 'admin',
    type: IssuedRef,
    description:
      'Makes a key with the same name, scopes and expiry, and lets the old one end after an overlap. A key that has more scopes, or lives longer, than the credential that rotates it is rejected. Repeats as `createApiKey`.',
    errors: {
      types: [...repeatable, InvalidStateError, LimitExceededError, NotFoundError, SecretToldError],
      union: { name: 'RotateApiKeyResult', description: 'The new key, or why not.' },
    },
    args: { input: t.arg({ type: RotateInput, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, context) =>
      rotateKey(context, context.access.workspaceId, { ...input, maker: context.access }),
  }),
}));
