import {
  type FeedFilterArgs,
  FeedFilterInput,
  FeedStartEnum,
  toFeedFilter,
} from '../analyses/feed.graphql.ts';
import { storedFilter } from '../analyses/feed.ts';
import {
  InvalidInputError,
  InvalidTickerError,
  KeyConflictError,
  LimitExceededError,
  NotFoundError,
  SecretToldError,
} from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
import { idempotencyKey } from '../graphql/key-field.ts';
import {
  createWebhook,
  deleteWebhook,
  replayWebhook,
  rotateWebhookSecret,
  updateWebhook,
  type WithSecret,
} from './edit-webhook.ts';
import type { TargetPolicy } from './target.ts';
import { WebhookEventEnum, WebhookRef } from './webhook.graphql.ts';
import { MAX_OVERLAP_HOURS, type Webhook } from './webhook.ts';

declare module '../graphql/context.ts' {
  interface Context {
    readonly webhookPolicy: TargetPolicy;
  }
}

const SecretPayloadRef = builder.objectRef<WithSecret>('WebhookSecretPayload').implement({
  scope: 'admin',
  description: 'The webhook with its new secret.',
  fields: (t) => ({
    webhook: t.field({
      type: WebhookRef,
      description: 'The webhook after the change.',
      resolve: ({ webhook }) => webhook,
    }),
    secret: t.exposeString('secret', {
      description:
        'Secret that signs the messages: `whsec_` followed by Base64. Returned only once; store it immediately.',
    }),
  }),
});
const PayloadRef = builder.objectRef<{ readonly webhook: Webhook }>('WebhookPayload').implement({
  scope: 'admin',
  description: 'The webhook after the change.',
  fields: (t) => ({
    webhook: t.field({
      type: WebhookRef,
      description: 'The webhook in its current state.',
      resolve: ({ webhook }) => webhook,
    }),
  }),
});
const DeletedRef = builder.objectRef<{ readonly id: string }>('DeleteWebhookPayload').implement({
  scope: 'admin',
  description: 'Id of the deleted webhook.',
  fields: (t) => ({
    deletedId: t.globalID({
      description: 'Global id of the deleted webhook.',
      resolve: ({ id }) => ({ type: 'Webhook', id }),
    }),
  }),
});

const inputs = {
  create: builder.inputType('CreateWebhookInput', {
    description: 'URL, event and filter of a new webhook.',
    fields: (t) => ({
      url: t.string({
        required: true,
        description: 'URL that receives the messages: https, with a host on the public internet.',
      }),
      event: t.field({
        type: WebhookEventEnum,
        required: true,
        description: 'Event that the webhook reports.',
      }),
      filter: t.field({
        type: FeedFilterInput,
        description: 'Conditions on the results; only with ANALYSIS_STORED. Default: all results.',
      }),
      description: t.string({ description: 'Note on the webhook as free text, up to 200 characters.' }),
      from: t.field({
        type: FeedStartEnum,
        defaultValue: 'NOW',
        description: 'First event to send; default: events from now on.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  update: builder.inputType('UpdateWebhookInput', {
    description: 'Changes of a webhook. Fields that are left out do not change.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      url: t.string({
        description: 'New URL. A message that is not yet delivered is sent to this URL, too.',
      }),
      filter: t.field({
        type: FeedFilterInput,
        description: 'New filter, which replaces the complete old filter.',
      }),
      description: t.string({ description: 'New note as free text, up to 200 characters.' }),
      active: t.boolean({
        description:
          'False pauses the webhook. True resumes it at its cursor, also after the server disabled it.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  rotate: builder.inputType('RotateWebhookSecretInput', {
    description: 'The webhook that gets a new secret, and the overlap with the old one.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      overlapHours: t.int({
        defaultValue: 24,
        description: `Hours during which messages are signed with both the old and the new secret, 0 to ${MAX_OVERLAP_HOURS}.`,
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  replay: builder.inputType('ReplayWebhookInput', {
    description: 'The webhook whose events are sent again, and the first event to send.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      after: t.string({
        description:
          'Cursor after which events are sent again, from a message or from `Webhook.cursor`. Null: all stored events are sent again.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  remove: builder.inputType('DeleteWebhookInput', {
    description: 'The webhook to delete.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
};

/** As it is stored. Made once the change is known to be new. */
function storedOf(filter: FeedFilterArgs | null | undefined, context: Context) {
  return async () => storedFilter(await toFeedFilter(filter ?? {}, context));
}

const repeatable = [InvalidInputError, KeyConflictError];

builder.mutationFields((t) => ({
  createWebhook: t.field({
    scope: 'admin',
    type: SecretPayloadRef,
    description:
      'Creates a webhook and returns its secret. Retrying with the same idempotency key is rejected with SECRET_TOLD, because the secret is returned only once. Requires the scope of the data that the webhook sends.',
    errors: {
      types: [...repeatable, InvalidTickerError, LimitExceededError, NotFoundError, SecretToldError],
      union: {
        name: 'CreateWebhookResult',
        description: 'The webhook with its secret, or the error that prevented the creation.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.create,
        required: true,
        description: 'URL, event and filter of the webhook.',
      }),
    },
    resolve: (_root, { input }, context) =>
      createWebhook(
        context,
        context.access,
        { ...input, description: input.description ?? '', from: input.from ?? 'NOW' },
        storedOf(input.filter, context),
      ),
  }),
  updateWebhook: t.field({
    scope: 'admin',
    type: PayloadRef,
    description: 'Changes, pauses or resumes a webhook. The cursor of the webhook does not change.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError],
      union: {
        name: 'UpdateWebhookResult',
        description: 'The changed webhook, or the error that prevented the change.',
      },
    },
    args: {
      input: t.arg({ type: inputs.update, required: true, description: 'The webhook and its changes.' }),
    },
    resolve: async (_root, { input }, context) => ({
      webhook: await updateWebhook(
        context,
        context.access,
        { ...input, id: input.id.id },
        storedOf(input.filter, context),
      ),
    }),
  }),
  rotateWebhookSecret: t.field({
    scope: 'admin',
    type: SecretPayloadRef,
    description:
      'Creates a new secret for a webhook and returns it only once. During the overlap the old secret signs messages, too. Retries behave as for `createWebhook`.',
    errors: {
      types: [...repeatable, NotFoundError, SecretToldError],
      union: {
        name: 'RotateWebhookSecretResult',
        description: 'The webhook with its new secret, or the error that prevented the rotation.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.rotate,
        required: true,
        description: 'The webhook that gets a new secret.',
      }),
    },
    resolve: (_root, { input }, context) =>
      rotateWebhookSecret(context, context.access.workspaceId, {
        ...input,
        id: input.id.id,
        overlapHours: input.overlapHours ?? 24,
      }),
  }),
  replayWebhook: t.field({
    scope: 'admin',
    type: PayloadRef,
    description:
      'Sends the events after a cursor again, in new messages. A message that is not yet delivered is abandoned.',
    errors: {
      types: [...repeatable, NotFoundError],
      union: {
        name: 'ReplayWebhookResult',
        description: 'The webhook, or the error that prevented the replay.',
      },
    },
    args: {
      input: t.arg({
        type: inputs.replay,
        required: true,
        description: 'The webhook and the cursor after which to send events.',
      }),
    },
    resolve: async (_root, { input }, context) => ({
      webhook: await replayWebhook(context, context.access, {
        ...input,
        id: input.id.id,
        after: input.after ?? null,
      }),
    }),
  }),
  deleteWebhook: t.field({
    scope: 'admin',
    type: DeletedRef,
    description: 'Deletes a webhook and the history of its messages.',
    errors: {
      types: [...repeatable, NotFoundError],
      union: {
        name: 'DeleteWebhookResult',
        description: 'The id of the deleted webhook, or the error that prevented the deletion.',
      },
    },
    args: { input: t.arg({ type: inputs.remove, required: true, description: 'The webhook to delete.' }) },
    resolve: async (_root, { input }, context) => {
      await deleteWebhook(context, context.access.workspaceId, { ...input, id: input.id.id });
      return { id: input.id.id };
    },
  }),
}));
