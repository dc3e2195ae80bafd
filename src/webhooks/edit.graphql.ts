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
  description: 'The webhook and its new secret.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The webhook.', resolve: ({ webhook }) => webhook }),
    secret: t.exposeString('secret', {
      description: 'Signs its messages, `whsec_` and Base64. Shown now and never again.',
    }),
  }),
});
const PayloadRef = builder.objectRef<{ readonly webhook: Webhook }>('WebhookPayload').implement({
  scope: 'admin',
  description: 'The webhook after the change.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The webhook.', resolve: ({ webhook }) => webhook }),
  }),
});
const DeletedRef = builder.objectRef<{ readonly id: string }>('DeleteWebhookPayload').implement({
  scope: 'admin',
  description: 'The webhook is gone.',
  fields: (t) => ({
    deletedId: t.globalID({
      description: 'Global id that it had.',
      resolve: ({ id }) => ({ type: 'Webhook', id }),
    }),
  }),
});

const inputs = {
  create: builder.inputType('CreateWebhookInput', {
    description: 'A new webhook.',
    fields: (t) => ({
      url: t.string({ required: true, description: 'Where messages go: https, of the public internet.' }),
      event: t.field({ type: WebhookEventEnum, required: true, description: 'What it tells.' }),
      filter: t.field({ type: FeedFilterInput, description: 'With ANALYSIS_STORED: only these results.' }),
      description: t.string({ description: 'A note, up to 200 characters.' }),
      from: t.field({ type: FeedStartEnum, defaultValue: 'NOW', description: 'Where to begin.' }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  update: builder.inputType('UpdateWebhookInput', {
    description: 'What to change; what is left out stays.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      url: t.string({ description: 'A new address. A message under way goes there, too.' }),
      filter: t.field({ type: FeedFilterInput, description: 'A new filter, in place of the whole old one.' }),
      description: t.string({ description: 'A new note.' }),
      active: t.boolean({
        description: 'False pauses it; true makes it go on where it stood, also after it was disabled.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  rotate: builder.inputType('RotateWebhookSecretInput', {
    description: 'Which webhook gets a new secret.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      overlapHours: t.int({
        defaultValue: 24,
        description: `So long the old secret signs beside the new one, 0 to ${MAX_OVERLAP_HOURS}.`,
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  replay: builder.inputType('ReplayWebhookInput', {
    description: 'From where to send again.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
      after: t.string({
        description:
          'Cursor of the last event to leave out, as a message or `Webhook.cursor` has it; none: all.',
      }),
      idempotencyKey: t.string(idempotencyKey),
    }),
  }),
  remove: builder.inputType('DeleteWebhookInput', {
    description: 'Which webhook to delete.',
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
      'Creates a webhook and tells its secret, once: a repeat under its idempotency key is refused with SECRET_TOLD. Needs the scope of the data that it sends.',
    errors: {
      types: [...repeatable, InvalidTickerError, LimitExceededError, NotFoundError, SecretToldError],
      union: { name: 'CreateWebhookResult', description: 'The webhook, or why not.' },
    },
    args: { input: t.arg({ type: inputs.create, required: true, description: 'Input.' }) },
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
    description: 'Changes, pauses or takes up a webhook. Its cursor stays.',
    errors: {
      types: [...repeatable, InvalidTickerError, NotFoundError],
      union: { name: 'UpdateWebhookResult', description: 'The webhook, or why not.' },
    },
    args: { input: t.arg({ type: inputs.update, required: true, description: 'Input.' }) },
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
      'Makes a new secret and tells it, once. The old one signs beside it for a while. Repeats as `createWebhook`.',
    errors: {
      types: [...repeatable, NotFoundError, SecretToldError],
      union: { name: 'RotateWebhookSecretResult', description: 'The new secret, or why not.' },
    },
    args: { input: t.arg({ type: inputs.rotate, required: true, description: 'Input.' }) },
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
    description: 'Sends again what follows a cursor, in new messages. A message under way is given up.',
    errors: {
      types: [...repeatable, NotFoundError],
      union: { name: 'ReplayWebhookResult', description: 'The webhook, or why not.' },
    },
    args: { input: t.arg({ type: inputs.replay, required: true, description: 'Input.' }) },
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
    description: 'Deletes a webhook and the record of its messages.',
    errors: {
      types: [...repeatable, NotFoundError],
      union: { name: 'DeleteWebhookResult', description: 'Its id, or why not.' },
    },
    args: { input: t.arg({ type: inputs.remove, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => {
      await deleteWebhook(context, context.access.workspaceId, { ...input, id: input.id.id });
      return { id: input.id.id };
    },
  }),
}));
