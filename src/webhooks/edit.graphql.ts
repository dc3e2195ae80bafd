import {
  type FeedFilterArgs,
  FeedFilterInput,
  FeedStartEnum,
  toFeedFilter,
} from '../analyses/feed.graphql.ts';
import { storedFilter } from '../analyses/feed.ts';
import { InvalidInputError, InvalidTickerError, LimitExceededError, NotFoundError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import type { Context } from '../graphql/context.ts';
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
  description: 'The webhook and its new secret.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The webhook.', resolve: ({ webhook }) => webhook }),
    secret: t.exposeString('secret', {
      description: 'Signs its messages, `whsec_` and Base64. Shown now and never again.',
    }),
  }),
});
const PayloadRef = builder.objectRef<{ readonly webhook: Webhook }>('WebhookPayload').implement({
  description: 'The webhook after the change.',
  fields: (t) => ({
    webhook: t.field({ type: WebhookRef, description: 'The webhook.', resolve: ({ webhook }) => webhook }),
  }),
});
const DeletedRef = builder.objectRef<{ readonly id: string }>('DeleteWebhookPayload').implement({
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
    }),
  }),
  remove: builder.inputType('DeleteWebhookInput', {
    description: 'Which webhook to delete.',
    fields: (t) => ({
      id: t.globalID({ required: true, for: WebhookRef, description: 'Global id of the webhook.' }),
    }),
  }),
};

async function toStored(filter: FeedFilterArgs | null | undefined, context: Context): Promise<object> {
  return storedFilter(await toFeedFilter(filter ?? {}, context));
}

builder.mutationFields((t) => ({
  createWebhook: t.field({
    type: SecretPayloadRef,
    description: 'Creates a webhook and tells its secret, once.',
    errors: {
      types: [InvalidInputError, InvalidTickerError, LimitExceededError, NotFoundError],
      union: { name: 'CreateWebhookResult', description: 'The webhook, or why not.' },
    },
    args: { input: t.arg({ type: inputs.create, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => {
      const { url, event, description, from, filter } = input;
      if (filter != null && event !== 'ANALYSIS_STORED')
        throw new InvalidInputError('filter', 'Only webhooks of ANALYSIS_STORED have a filter.');
      return createWebhook(context, context.access.workspaceId, {
        url,
        event,
        description: description ?? '',
        from: from ?? 'NOW',
        filter: await toStored(filter, context),
      });
    },
  }),
  updateWebhook: t.field({
    type: PayloadRef,
    description: 'Changes, pauses or takes up a webhook. Its cursor stays.',
    errors: {
      types: [InvalidInputError, InvalidTickerError, NotFoundError],
      union: { name: 'UpdateWebhookResult', description: 'The webhook, or why not.' },
    },
    args: { input: t.arg({ type: inputs.update, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      webhook: await updateWebhook(context, context.access.workspaceId, input.id.id, {
        url: input.url ?? undefined,
        description: input.description ?? undefined,
        active: input.active ?? undefined,
        filter: input.filter == null ? undefined : await toStored(input.filter, context),
      }),
    }),
  }),
  rotateWebhookSecret: t.field({
    type: SecretPayloadRef,
    description: 'Makes a new secret and tells it, once. The old one signs beside it for a while.',
    errors: {
      types: [InvalidInputError, NotFoundError],
      union: { name: 'RotateWebhookSecretResult', description: 'The new secret, or why not.' },
    },
    args: { input: t.arg({ type: inputs.rotate, required: true, description: 'Input.' }) },
    resolve: (_root, { input }, context) =>
      rotateWebhookSecret(context, context.access.workspaceId, input.id.id, input.overlapHours ?? 24),
  }),
  replayWebhook: t.field({
    type: PayloadRef,
    description: 'Sends again what follows a cursor, in new messages. A message under way is given up.',
    errors: {
      types: [InvalidInputError, NotFoundError],
      union: { name: 'ReplayWebhookResult', description: 'The webhook, or why not.' },
    },
    args: { input: t.arg({ type: inputs.replay, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => ({
      webhook: await replayWebhook(context, context.access.workspaceId, input.id.id, input.after ?? null),
    }),
  }),
  deleteWebhook: t.field({
    type: DeletedRef,
    description: 'Deletes a webhook and the record of its messages.',
    errors: {
      types: [NotFoundError],
      union: { name: 'DeleteWebhookResult', description: 'Its id, or why not.' },
    },
    args: { input: t.arg({ type: inputs.remove, required: true, description: 'Input.' }) },
    resolve: async (_root, { input }, context) => {
      await deleteWebhook(context, context.access.workspaceId, input.id.id);
      return { id: input.id.id };
    },
  }),
}));
