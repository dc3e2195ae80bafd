import { VerdictEnum } from '../analyses/analysis.graphql.ts';
import { restoredFilter } from '../analyses/feed.ts';
import { StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { NotFoundError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { countOf, resolveNewestFirst } from '../graphql/pages.ts';
import type { StrategyId } from '../quant/strategies/index.ts';
import { WatchlistRef } from '../watchlists/watchlist.graphql.ts';
import { countDeliveries, listDeliveries, listWebhooks, listWebhooksByIds } from './webhook.store.ts';
import {
  type DELIVERY_STATES,
  type Delivery,
  encodeCursor,
  type WEBHOOK_EVENTS,
  type WEBHOOK_STATES,
  type Webhook,
} from './webhook.ts';

export const WebhookEventEnum = builder.enumType('WebhookEvent', {
  description: 'What a webhook tells.',
  values: {
    JOB_FINISHED: { description: 'A job has ended: COMPLETED, FAILED or CANCELLED.' },
    ANALYSIS_STORED: { description: 'A result was stored.' },
  } satisfies Record<(typeof WEBHOOK_EVENTS)[number], object>,
});
const WebhookStateEnum = builder.enumType('WebhookState', {
  description: 'Whether messages are sent. Nothing is lost while they are not: the cursor stands.',
  values: {
    ACTIVE: { description: 'Messages are sent.' },
    PAUSED: { description: 'Its owner has paused it.' },
    DISABLED: { description: 'It failed for too long or its receiver wants no more; see `disabledReason`.' },
  } satisfies Record<(typeof WEBHOOK_STATES)[number], object>,
});
const DeliveryStateEnum = builder.enumType('WebhookDeliveryState', {
  description: 'What became of a message.',
  values: {
    PENDING: { description: 'Not arrived yet; tried until it does.' },
    DELIVERED: { description: 'The receiver has answered with a status of 200 to 299.' },
    SUPERSEDED: { description: 'Given up because a replay began.' },
  } satisfies Record<(typeof DELIVERY_STATES)[number], object>,
});

const FailureRef = builder
  .objectRef<{ readonly code: string; readonly message: string }>('WebhookFailure')
  .implement({
    scope: 'admin',
    description: 'Why a message did not arrive.',
    fields: (t) => ({
      code: t.exposeString('code', {
        description:
          'GONE, STATUS, REDIRECT, TIMEOUT, UNKNOWN_HOST, BLOCKED_ADDRESS, CONNECTION; GONE is not tried again.',
      }),
      message: t.exposeString('message', { description: 'What is wrong, in one sentence.' }),
    }),
  });

const FilterRef = builder.objectRef<Webhook>('WebhookFilter').implement({
  scope: 'admin',
  description: 'Which results a webhook tells; what is null or empty lets all pass.',
  fields: (t) => ({
    tickers: t.stringList({
      description: 'Of one of these tickers.',
      resolve: ({ filter }) => [...(restoredFilter(filter).tickers ?? [])],
    }),
    watchlist: t.field({
      type: WatchlistRef,
      nullable: true,
      description: 'Of a ticker that is in this list when the message is made.',
      resolve: ({ filter }) => restoredFilter(filter).watchlistId,
    }),
    strategy: t.field({
      type: StrategyIdEnum,
      nullable: true,
      description: 'By this strategy.',
      resolve: ({ filter }) => restoredFilter(filter).strategy as StrategyId | undefined,
    }),
    verdicts: t.field({
      type: [VerdictEnum],
      description: 'With one of these verdicts.',
      resolve: ({ filter }) => restoredFilter(filter).verdicts ?? [],
    }),
    minScore: t.float({
      nullable: true,
      description: 'With this score or a higher one, -1 to 1.',
      resolve: ({ filter }) => restoredFilter(filter).minScore,
    }),
  }),
});

const DeliveryRef = builder.objectRef<Delivery>('WebhookDelivery').implement({
  scope: 'admin',
  description: 'A message, with what became of it. Kept for 30 days after it was made.',
  fields: (t) => ({
    messageId: t.field({
      type: 'UUID',
      description: 'Its `webhook-id`: the same whenever it is sent.',
      resolve: ({ id }) => id,
    }),
    state: t.expose('state', { type: DeliveryStateEnum, description: 'What became of it.' }),
    size: t.int({ description: 'Events in it.', resolve: ({ subjectIds }) => subjectIds.length }),
    attempts: t.exposeInt('attempts', { description: 'How often it was sent and the outcome was noted.' }),
    lastStatus: t.exposeInt('lastStatus', {
      nullable: true,
      description: 'HTTP status of the last answer; null: there was none.',
    }),
    lastError: t.field({
      type: FailureRef,
      nullable: true,
      description: 'Why the last attempt failed; null once it has arrived.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    lastAttemptAt: t.expose('lastAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last tried.',
    }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it had arrived.',
    }),
  }),
});

export const WebhookRef = builder.loadableNodeRef('Webhook', {
  id: { resolve: (webhook: Webhook) => webhook.id },
  load: async (ids: string[], { db, access }): Promise<(Webhook | Error)[]> => {
    const rows = await listWebhooksByIds(db, access.workspaceId, ids);
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? new NotFoundError(`There is no webhook ${id}.`));
  },
});

builder.objectType(WebhookRef, {
  scope: 'admin',
  description: 'An address that is told of what happens, by signed HTTP messages.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'Where messages go.' }),
    description: t.exposeString('description', { description: 'A note of its owner.' }),
    event: t.expose('event', { type: WebhookEventEnum, description: 'What it tells.' }),
    filter: t.field({
      type: FilterRef,
      nullable: true,
      description: 'Which results it tells; null for ended jobs.',
      resolve: (webhook) => (webhook.event === 'ANALYSIS_STORED' ? webhook : null),
    }),
    state: t.expose('state', { type: WebhookStateEnum, description: 'Whether messages are sent.' }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why it was disabled; null unless it was.',
    }),
    cursor: t.string({
      description: 'Behind the last event that a message holds. Opaque; `replayWebhook` takes it.',
      resolve: ({ event, position }) => encodeCursor(event, position),
    }),
    failures: t.exposeInt('failures', { description: 'Failed attempts since the last message arrived.' }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description: 'First failed attempt since the last message arrived.',
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'After a failure: nothing is sent before; null otherwise.',
      resolve: ({ failures, nextAt, state }) => (failures > 0 && state === 'ACTIVE' ? nextAt : null),
    }),
    previousSecretUntil: t.expose('previousUntil', {
      type: 'DateTime',
      nullable: true,
      description: 'Until then the secret before the newest one signs too.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    deliveries: t.connection(
      {
        type: DeliveryRef,
        description: 'Its messages, newest first.',
        args: { states: t.arg({ type: [DeliveryStateEnum], description: 'Only in one of these states.' }) },
        complexity: (args) => ({ field: 1, multiplier: args.first ?? args.last ?? 20 }),
        resolve: (webhook, { states, ...args }, { db }) =>
          resolveNewestFirst(
            args,
            (page) => listDeliveries(db, webhook, states ?? undefined, page),
            () => countDeliveries(db, webhook, states ?? undefined),
          ),
      },
      {
        description: 'A page of messages.',
        fields: (c) => ({
          totalCount: c.int({
            description: 'How many there are over all pages; counted only when selected.',
            resolve: countOf,
          }),
        }),
      },
      { description: 'A message with its cursor.' },
    ),
  }),
});

builder.queryFields((t) => ({
  webhooks: t.field({
    scope: 'admin',
    type: [WebhookRef],
    description: 'All webhooks of the workspace; at most 20.',
    complexity: { field: 1, multiplier: 20 },
    resolve: (_root, _args, { db, access }) => listWebhooks(db, access.workspaceId),
  }),
}));
