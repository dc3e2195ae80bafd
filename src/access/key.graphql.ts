import { type Access, SCOPES, type Scope } from '../access.ts';
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
import { objectId } from '../graphql/object-id.ts';
import { resolveNewestFirst } from '../graphql/pages.ts';
import { LimitsRef } from '../quotas/quota.graphql.ts';
import { createKey, type IssuedKey, MAX_OVERLAP_HOURS, revokeKey, rotateKey } from './issue-keys.ts';
import { findWorkspace, listKeys } from './key.store.ts';
import type { ApiKey } from './key.ts';

const what: Readonly<Record<Scope, string>> = {
  'jobs:write': 'Submit, cancel and retry jobs, and change watchlists. Includes jobs:read.',
  'jobs:read': 'Read jobs, items, the queue and watchlists, and subscribe to their changes.',
  'results:read': 'Read and export analyses, rankings, backtests and candles, and subscribe to new results.',
  'candles:write': 'Import, replace and remove bars of the workspace.',
  admin: 'Manage API keys and webhooks, pause the queue, and read the audit log.',
};

const ScopeEnum = builder.enumType('ApiScope', {
  description: 'Permission of an API key or token.',
  values: Object.fromEntries(
    SCOPES.map((scope) => [
      scope.replace(':', '_').toUpperCase(),
      { value: scope, description: what[scope] },
    ]),
  ) as Record<string, { value: Scope; description: string }>,
});

const ApiKeyRef = builder.objectRef<ApiKey>('ApiKey').implement({
  scope: 'admin',
  description: 'An API key of the workspace without its secret. The server does not store the secret.',
  fields: (t) => ({
    id: t.field(objectId('ApiKey', ({ keyId }: ApiKey) => [keyId])),
    keyId: t.exposeString('keyId', {
      description: 'Public part of the key: the text between `tt_live_` and the secret.',
    }),
    name: t.exposeString('name', { description: 'Name of the key, which says what the key is used for.' }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'Scopes of the key: what its requests may read and change.',
      resolve: ({ scopes }) => [...scopes],
    }),
    rateClass: t.exposeString('rateClass', {
      description: 'Rate limit class of the key, for example `standard`.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Time at which the key was created.' }),
    createdBy: t.exposeString('createdBy', {
      description: 'Creator of the key: the id of another key, the subject of a token, or the command line.',
    }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time from which the key is no longer valid; null when the key never expires.',
    }),
    member: t.exposeString('memberSubject', {
      nullable: true,
      description:
        'Subject of the member whose token created the key, directly or through other keys. The key ends with the membership and never has more scopes than the member. Null when the key depends on no member.',
    }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the key was revoked; null when the key is not revoked.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the last request with the key, to the minute; null when the key was never used.',
    }),
  }),
});

const ViewerRef = builder.objectRef<Access>('Viewer').implement({
  scope: 'ANY',
  description: 'The authenticated client and its workspace.',
  fields: (t) => ({
    keyId: t.exposeString('keyId', {
      nullable: true,
      description: 'Id of the API key; null when the client uses a token.',
    }),
    subject: t.exposeString('subject', { description: 'Name of the API key, or subject of the token.' }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'Scopes that the API key or token has.',
      resolve: ({ scopes }) => [...scopes],
    }),
    workspaceId: t.expose('workspaceId', {
      type: 'UUID',
      description: 'UUID of the workspace of the client.',
    }),
    limits: t.field({
      type: LimitsRef,
      description: 'Storage limits of the workspace.',
      resolve: (_access, _args, { quotas }) => quotas,
    }),
    workspaceName: t.string({
      description: 'Name of the workspace of the client.',
      resolve: async ({ workspaceId }, _args, { db }) => (await findWorkspace(db, workspaceId))?.name ?? '',
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    scope: 'ANY',
    type: ViewerRef,
    description: 'The authenticated client, its scopes and its workspace.',
    resolve: (_root, _args, { access }) => access,
  }),
  apiKeys: t.connection(
    {
      scope: 'admin',
      type: ApiKeyRef,
      description: 'API keys of the workspace, newest first, including revoked keys.',
      resolve: (_root, args, { db, access }) =>
        resolveNewestFirst(args, (page) => listKeys(db, access.workspaceId, page)),
    },
    { description: 'A page of API keys.' },
    { description: 'An API key with its cursor.' },
  ),
}));

const IssuedRef = builder.objectRef<IssuedKey>('IssuedApiKey').implement({
  scope: 'admin',
  description: 'A new API key with its secret.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      description: 'The new key without its secret.',
      resolve: (issued) => issued.apiKey,
    }),
    secret: t.exposeString('secret', {
      description:
        'The complete key, which the client sends with requests. Returned only once; store it immediately.',
    }),
  }),
});

const KeyPayloadRef = builder.objectRef<{ readonly apiKey: ApiKey }>('ApiKeyPayload').implement({
  scope: 'admin',
  description: 'The API key after the change.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      description: 'The key in its current state.',
      resolve: ({ apiKey }) => apiKey,
    }),
  }),
});

const CreateInput = builder.inputType('CreateApiKeyInput', {
  description: 'Name, scopes and expiry of the new API key.',
  fields: (t) => ({
    name: t.string({
      required: true,
      description: 'Name of the key, which says what the key is used for; 1 to 100 characters.',
    }),
    scopes: t.field({
      type: [ScopeEnum],
      required: true,
      description: 'Scopes of the key, at least one. The creating credential must have each of these scopes.',
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description:
        'Time at which the key expires, not later than the creating credential. Null: the key expires together with the creating credential, or never if that has no expiry.',
    }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const RevokeInput = builder.inputType('RevokeApiKeyInput', {
  description: 'The API key to revoke.',
  fields: (t) => ({
    keyId: t.string({ required: true, description: 'Id (`keyId`) of the key to revoke.' }),
    idempotencyKey: t.string(idempotencyKey),
  }),
});

const RotateInput = builder.inputType('RotateApiKeyInput', {
  description: 'The API key to replace with a new one.',
  fields: (t) => ({
    keyId: t.string({ required: true, description: 'Id (`keyId`) of the key to replace.' }),
    overlapHours: t.int({
      required: true,
      defaultValue: 24,
      description: `Hours during which the old key remains valid, 0 to ${MAX_OVERLAP_HOURS}.`,
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
      'Creates an API key and returns its secret. Retrying with the same idempotency key creates no second key and is rejected with SECRET_TOLD, because the secret is returned only once.',
    errors: {
      types: [...repeatable, LimitExceededError, SecretToldError],
      union: {
        name: 'CreateApiKeyResult',
        description: 'The new key with its secret, or the error that prevented the creation.',
      },
    },
    args: {
      input: t.arg({
        type: CreateInput,
        required: true,
        description: 'Name, scopes and expiry of the new key.',
      }),
    },
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
    description:
      'Revokes an API key permanently. Open connections and subscriptions of the key are closed within 2 s.',
    errors: {
      types: [...repeatable, NotFoundError],
      union: {
        name: 'RevokeApiKeyResult',
        description: 'The revoked key, or the error that prevented the change.',
      },
    },
    args: { input: t.arg({ type: RevokeInput, required: true, description: 'The API key to revoke.' }) },
    resolve: async (_root, { input }, context) => ({
      apiKey: await revokeKey(context, context.access.workspaceId, input),
    }),
  }),
  rotateApiKey: t.field({
    scope: 'admin',
    type: IssuedRef,
    description:
      'Creates a key with the same name, scopes and expiry. The old key expires after `overlapHours`. A key with more scopes or a later expiry than the calling credential is rejected. Retries behave as for `createApiKey`.',
    errors: {
      types: [...repeatable, InvalidStateError, LimitExceededError, NotFoundError, SecretToldError],
      union: {
        name: 'RotateApiKeyResult',
        description: 'The new key with its secret, or the error that prevented the rotation.',
      },
    },
    args: {
      input: t.arg({
        type: RotateInput,
        required: true,
        description: 'The API key to replace, and how long the old one remains valid.',
      }),
    },
    resolve: (_root, { input }, context) =>
      rotateKey(context, context.access.workspaceId, { ...input, maker: context.access }),
  }),
}));
