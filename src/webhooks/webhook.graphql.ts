import { VerdictEnum } from '../analyses/analysis.graphql.ts';
import { restoredFilter } from '../analyses/feed.ts';
import { StrategyIdEnum } from '../catalog/catalog.graphql.ts';
import { NotFoundError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { objectId } from '../graphql/object-id.ts';
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
  description: 'Event that a webhook reports.',
  values: {
    JOB_FINISHED: { description: 'A job has finished: COMPLETED, FAILED or CANCELLED.' },
    ANALYSIS_STORED: { description: 'A result of an analysis was stored.' },
  } satisfies Record<(typeof WEBHOOK_EVENTS)[number], object>,
});
const WebhookStateEnum = builder.enumType('WebhookState', {
  description: 'Whether a webhook sends messages. While it does not, its cursor stays and no event is lost.',
  values: {
    ACTIVE: { description: 'The webhook sends messages to its receiver.' },
    PAUSED: { description: 'The owner paused the webhook.' },
    DISABLED: {
      description:
        'The server disabled the webhook because deliveries failed for too long or the receiver rejected further messages. An operator can disable it with the removal of the member who gave the address. See `disabledReason`.',
    },
  } satisfies Record<(typeof WEBHOOK_STATES)[number], object>,
});
const DeliveryStateEnum = builder.enumType('WebhookDeliveryState', {
  description: 'State of the delivery of a message.',
  values: {
    PENDING: { description: 'The message is not delivered yet; the server retries until it is.' },
    DELIVERED: { description: 'The receiver responded with a status of 200 to 299.' },
    SUPERSEDED: { description: 'The server abandoned the message because a replay started.' },
  } satisfies Record<(typeof DELIVERY_STATES)[number], object>,
});

const FailureRef = builder
  .objectRef<{ readonly code: string; readonly message: string }>('WebhookFailure')
  .implement({
    scope: 'admin',
    description: 'Reason why a message was not delivered.',
    fields: (t) => ({
      code: t.exposeString('code', {
        description:
          'Code of the failure: GONE, STATUS, REDIRECT, TIMEOUT, UNKNOWN_HOST, BLOCKED_ADDRESS or CONNECTION. After GONE the message is not sent again.',
      }),
      message: t.exposeString('message', { description: 'What is wrong, in one sentence.' }),
    }),
  });

const FilterRef = builder.objectRef<Webhook>('WebhookFilter').implement({
  scope: 'admin',
  description:
    'Conditions on the results that a webhook reports. A condition that is null or empty matches all results.',
  fields: (t) => ({
    tickers: t.stringList({
      description: 'Only results of these tickers; empty for all tickers.',
      resolve: ({ filter }) => [...(restoredFilter(filter).tickers ?? [])],
    }),
    watchlist: t.field({
      type: WatchlistRef,
      nullable: true,
      description:
        'Only results of tickers that are in this watchlist when the message is created; null for no such condition.',
      resolve: ({ filter }) => restoredFilter(filter).watchlistId,
    }),
    strategy: t.field({
      type: StrategyIdEnum,
      nullable: true,
      description: 'Only results of this strategy; null for all strategies.',
      resolve: ({ filter }) => restoredFilter(filter).strategy as StrategyId | undefined,
    }),
    verdicts: t.field({
      type: [VerdictEnum],
      description: 'Only results with one of these verdicts; empty for all verdicts.',
      resolve: ({ filter }) => restoredFilter(filter).verdicts ?? [],
    }),
    minScore: t.float({
      nullable: true,
      description: 'Only results with this score or a higher one, -1 to 1; null for all scores.',
      resolve: ({ filter }) => restoredFilter(filter).minScore,
    }),
  }),
});

const DeliveryRef = builder.objectRef<Delivery>('WebhookDelivery').implement({
  scope: 'admin',
  description: 'A message with the state of its delivery. Kept for 30 days after its creation.',
  fields: (t) => ({
    id: t.field(objectId('WebhookDelivery', ({ id }: Delivery) => [id])),
    messageId: t.field({
      type: 'UUID',
      description: 'UUID of the message, sent as the header `webhook-id`; equal in all attempts.',
      resolve: ({ id }) => id,
    }),
    state: t.expose('state', {
      type: DeliveryStateEnum,
      description: 'State of the delivery of the message.',
    }),
    size: t.int({
      description: 'Number of events in the message.',
      resolve: ({ subjectIds }) => subjectIds.length,
    }),
    attempts: t.exposeInt('attempts', { description: 'Number of attempts whose outcome was recorded.' }),
    lastStatus: t.exposeInt('lastStatus', {
      nullable: true,
      description: 'HTTP status of the receiver’s last response; null when there was no response.',
    }),
    lastError: t.field({
      type: FailureRef,
      nullable: true,
      description: 'Reason why the last attempt failed; null before the first failure and after delivery.',
      resolve: ({ errorCode, errorMessage }) =>
        errorCode === null ? null : { code: errorCode, message: errorMessage ?? '' },
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the message was created.',
    }),
    lastAttemptAt: t.expose('lastAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time of the last attempt; null before the first attempt.',
    }),
    deliveredAt: t.expose('deliveredAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Time at which the message was delivered; null before.',
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
  description: 'A URL to which the server sends signed HTTP messages about events.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'URL that receives the messages.' }),
    description: t.exposeString('description', { description: 'Note of the owner as free text.' }),
    event: t.expose('event', { type: WebhookEventEnum, description: 'Event that the webhook reports.' }),
    filter: t.field({
      type: FilterRef,
      nullable: true,
      description: 'Conditions on the results to report; null for JOB_FINISHED.',
      resolve: (webhook) => (webhook.event === 'ANALYSIS_STORED' ? webhook : null),
    }),
    state: t.expose('state', { type: WebhookStateEnum, description: 'Whether the webhook sends messages.' }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Reason why the webhook was disabled; null unless it is disabled.',
    }),
    cursor: t.string({
      description:
        'Opaque cursor after the last event that a message contains; `replayWebhook` accepts it as `after`.',
      resolve: ({ event, position }) => encodeCursor(event, position),
    }),
    failures: t.exposeInt('failures', {
      description: 'Number of failed attempts since the last delivered message.',
    }),
    failingSince: t.expose('failingSince', {
      type: 'DateTime',
      nullable: true,
      description:
        'Time of the first failed attempt since the last delivered message; null when there is none.',
    }),
    nextAttemptAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Earliest time of the next attempt after a failure; null otherwise.',
      resolve: ({ failures, nextAt, state }) => (failures > 0 && state === 'ACTIVE' ? nextAt : null),
    }),
    previousSecretUntil: t.expose('previousUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'Time until which the previous secret signs messages, too; null when there is no previous secret.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'Time at which the webhook was created.',
    }),
    deliveries: t.connection(
      {
        type: DeliveryRef,
        description: 'Messages of the webhook, newest first.',
        args: {
          states: t.arg({ type: [DeliveryStateEnum], description: 'Only messages in one of these states.' }),
        },
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
            description: 'Number of messages on all pages; counted only when this field is selected.',
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
