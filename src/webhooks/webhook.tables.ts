import { createdAt, instant, oneOf } from '../db/columns.ts';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  smallint,
  sql,
  text,
  uniqueIndex,
  uuid,
} from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';
import { DELIVERY_STATES, WEBHOOK_EVENTS, WEBHOOK_STATES } from './webhook.ts';

/** Who is told of what, and how far: `position` is the last of its log that a delivery holds or that its filter left out. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    url: text('url').notNull(),
    description: text('description').notNull(),
    event: text('event', { enum: WEBHOOK_EVENTS }).notNull(),
    filter: jsonb('filter').notNull(),
    state: text('state', { enum: WEBHOOK_STATES }).notNull(),
    disabledReason: text('disabled_reason'),
    /** Readable, not hashed: every message is signed with it. */
    secret: text('secret').notNull(),
    previousSecret: text('previous_secret'),
    previousUntil: instant('previous_until'),
    position: bigint('position', { mode: 'number' }).notNull(),
    /** Grows with every lease and with every change that a sender under way must not overwrite. */
    fence: bigint('fence', { mode: 'number' }).notNull().default(0),
    leaseUntil: instant('lease_until'),
    nextAt: instant('next_at').notNull().default(sql`clock_timestamp()`),
    failures: integer('failures').notNull().default(0),
    failingSince: instant('failing_since'),
    /** The member who gave `url`, by token or by a key of the membership. Null: nobody who is a member, or before the column. */
    memberIssuer: text('member_issuer'),
    memberSubject: text('member_subject'),
    createdAt: createdAt(),
  },
  (t) => [
    index('webhooks_workspace_idx').on(t.workspaceId, t.id),
    check('webhooks_event_check', oneOf('event', WEBHOOK_EVENTS)),
    check('webhooks_state_check', oneOf('state', WEBHOOK_STATES)),
    check('webhooks_position_check', sql`position >= 0`),
    check('webhooks_reason_check', sql`(state = 'DISABLED') = (disabled_reason is not null)`),
    check('webhooks_previous_check', sql`(previous_secret is null) = (previous_until is null)`),
    check('webhooks_member_check', sql`(member_issuer is null) = (member_subject is null)`),
    check('webhooks_failing_check', sql`(failures = 0) = (failing_since is null)`),
  ],
);

/** A message: which part of the log it holds, fixed before it is sent first, so that a repeat is the same under the same id. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** The message's `webhook-id`. */
    id: uuid('id').primaryKey(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    workspaceId: uuid('workspace_id').notNull(),
    state: text('state', { enum: DELIVERY_STATES }).notNull().default('PENDING'),
    /** Position of the last event that it holds. */
    position: bigint('position', { mode: 'number' }).notNull(),
    subjectIds: uuid('subject_ids').array().notNull(),
    attempts: integer('attempts').notNull().default(0),
    lastStatus: smallint('last_status'),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    createdAt: createdAt(),
    lastAttemptAt: instant('last_attempt_at'),
    deliveredAt: instant('delivered_at'),
  },
  (t) => [
    // One message under way per webhook: the next is made when this one has arrived.
    uniqueIndex('webhook_deliveries_pending_key').on(t.webhookId).where(sql`state = 'PENDING'`),
    index('webhook_deliveries_webhook_idx').on(t.webhookId, t.id),
    index('webhook_deliveries_created_idx').on(t.createdAt),
    check('webhook_deliveries_state_check', oneOf('state', DELIVERY_STATES)),
    check('webhook_deliveries_ids_check', sql`cardinality(subject_ids) between 1 and 100`),
    check('webhook_deliveries_delivered_check', sql`(state = 'DELIVERED') = (delivered_at is not null)`),
    check('webhook_deliveries_error_check', sql`(error_code is null) = (error_message is null)`),
  ],
);
