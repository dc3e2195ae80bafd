import type { Executor } from '../db/client.ts';
import { execute } from '../db/statement.ts';
import type { Failure, WebhookEvent } from './webhook.ts';

/** A webhook that this process may send for, until its lease ends. */
export interface Leased {
  readonly id: string;
  readonly workspaceId: string;
  readonly fence: number;
  readonly event: WebhookEvent;
  readonly filter: unknown;
  readonly url: string;
  /** Newest first; a secret that was replaced signs too for a while. */
  readonly secrets: readonly string[];
  readonly position: number;
  readonly failures: number;
  /** The message under way, if there is one. */
  readonly pending: Message | null;
}

/** What a message holds; fixed when it is made. */
export interface Message {
  readonly id: string;
  readonly position: number;
  readonly subjectIds: readonly string[];
  readonly createdAt: Date;
}

interface LeasedRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly fence: string;
  readonly event: WebhookEvent;
  readonly filter: unknown;
  readonly url: string;
  readonly secrets: (string | null)[];
  readonly position: string;
  readonly failures: number;
  readonly message_id: string | null;
  readonly message_position: string;
  readonly subject_ids: string[];
  readonly created_at: string;
}

/**
 * Takes webhooks that have something to send, for a while: one process at a time sends for a webhook, and what a process holds that died is
 * free again when the lease ends. The fence tells a late writer from the holder.
 */
export async function leaseWebhooks(db: Executor, limit: number, leaseMs: number): Promise<Leased[]> {
  const rows = await execute<LeasedRow>(
    db,
    'leaseWebhooks',
    `with due as materialized (
      select w.id from webhooks w
      where w.state = 'ACTIVE' and w.next_at <= clock_timestamp()
        and (w.lease_until is null or w.lease_until <= clock_timestamp())
        and (exists (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'PENDING')
          or w.position < case w.event
            when 'JOB_FINISHED' then (select position from job_end_heads h where h.workspace_id = w.workspace_id)
            else (select position from feed_heads h where h.workspace_id = w.workspace_id) end)
      order by w.next_at, w.id limit $1 for update of w skip locked
    ), leased as (
      update webhooks w set lease_until = clock_timestamp() + make_interval(secs => $2 / 1000.0), fence = w.fence + 1
      from due where w.id = due.id returning w.*
    )
    select w.id, w.workspace_id, w.fence, w.event, w.filter, w.url, w.position, w.failures,
      array[w.secret, case when w.previous_until > clock_timestamp() then w.previous_secret end] as secrets,
      d.id as message_id, d.position as message_position, d.subject_ids, d.created_at
    from leased w left join webhook_deliveries d on d.webhook_id = w.id and d.state = 'PENDING'`,
    [limit, leaseMs],
  );
  return rows.map((row) => ({
    id: row.id,
    workspaceId: row.workspace_id,
    fence: Number(row.fence),
    event: row.event,
    filter: row.filter,
    url: row.url,
    secrets: row.secrets.filter((secret) => secret !== null),
    position: Number(row.position),
    failures: row.failures,
    pending:
      row.message_id === null
        ? null
        : {
            id: row.message_id,
            position: Number(row.message_position),
            subjectIds: row.subject_ids,
            createdAt: new Date(row.created_at),
          },
  }));
}

type Holder = Pick<Leased, 'id' | 'fence'>;

/** Makes the next message, moves the cursor behind what it holds and renews the lease, in one statement. Null: the lease is another's by now. */
export async function openMessage(
  db: Executor,
  { id, fence }: Holder,
  leaseMs: number,
  message: Omit<Message, 'createdAt'>,
): Promise<Message | null> {
  const [row] = await execute<{ created_at: string }>(
    db,
    'openMessage',
    `with held as (
      update webhooks set position = $3, lease_until = clock_timestamp() + make_interval(secs => $6 / 1000.0)
      where id = $1 and fence = $2 and state = 'ACTIVE' returning id, workspace_id
    )
    insert into webhook_deliveries (id, webhook_id, workspace_id, position, subject_ids)
    select $4, id, workspace_id, $3, $5::uuid[] from held returning created_at`,
    [id, fence, message.position, message.id, message.subjectIds, leaseMs],
  );
  return row === undefined ? null : { ...message, createdAt: new Date(row.created_at) };
}

/** Moves the cursor over events that the filter leaves out, and renews the lease. False: it is another's by now. */
export async function skipEvents(
  db: Executor,
  { id, fence }: Holder,
  leaseMs: number,
  to: number,
): Promise<boolean> {
  const rows = await execute(
    db,
    'skipEvents',
    `update webhooks set position = $3, lease_until = clock_timestamp() + make_interval(secs => $4 / 1000.0)
     where id = $1 and fence = $2 and state = 'ACTIVE' returning id`,
    [id, fence, to, leaseMs],
  );
  return rows.length === 1;
}

/** Gives the webhook back without having tried: nothing was left to send, or the process stops. */
export async function releaseWebhook(db: Executor, { id, fence }: Holder): Promise<void> {
  await execute(db, 'releaseWebhook', 'update webhooks set lease_until = null where id = $1 and fence = $2', [
    id,
    fence,
  ]);
}

/** The message has arrived. False: the lease is another's by now, who sends it again under the same id. */
export async function recordArrival(
  db: Executor,
  { id, fence }: Holder,
  messageId: string,
  status: number,
): Promise<boolean> {
  const rows = await execute(
    db,
    'recordArrival',
    `with held as (
      update webhooks set lease_until = null, failures = 0, failing_since = null, next_at = clock_timestamp()
      where id = $1 and fence = $2 returning id
    )
    update webhook_deliveries d set state = 'DELIVERED', attempts = attempts + 1, last_status = $4, error_code = null,
      error_message = null, last_attempt_at = clock_timestamp(), delivered_at = clock_timestamp()
    from held where d.id = $3 and d.webhook_id = held.id and d.state = 'PENDING' returning d.id`,
    [id, fence, messageId, status],
  );
  return rows.length === 1;
}

export interface Setback {
  /** Null: there was no message yet. */
  readonly messageId: string | null;
  readonly failure: Failure;
  readonly delayMs: number;
  /** Why it ends at once; null: it is tried again unless it has failed for too long. */
  readonly disable: string | null;
  readonly disableAfterDays: number;
}

/** The message did not arrive: later again, or never. Answers whether the webhook is disabled now; null: the lease is another's. */
export async function recordSetback(
  db: Executor,
  { id, fence }: Holder,
  { messageId, failure, delayMs, disable, disableAfterDays }: Setback,
): Promise<boolean | null> {
  const [row] = await execute<{ disabled: boolean }>(
    db,
    'recordSetback',
    `with held as (
      update webhooks set lease_until = null, failures = failures + 1,
        failing_since = coalesce(failing_since, clock_timestamp()),
        next_at = clock_timestamp() + make_interval(secs => $6 / 1000.0),
        state = case when $7::text is not null or failing_since < clock_timestamp() - make_interval(days => $8) then 'DISABLED' else state end,
        disabled_reason = coalesce($7, case when failing_since < clock_timestamp() - make_interval(days => $8)
          then 'No message has arrived for ' || $8::int || ' days. Last: ' || $5::text end)
      where id = $1 and fence = $2 and state = 'ACTIVE' returning id, state = 'DISABLED' as disabled
    ), told as (
      update webhook_deliveries d set attempts = attempts + 1, last_status = $9, error_code = $4, error_message = $5,
        last_attempt_at = clock_timestamp()
      from held where d.id = $3 and d.webhook_id = held.id and d.state = 'PENDING'
    )
    select disabled from held`,
    [id, fence, messageId, failure.code, failure.message, delayMs, disable, disableAfterDays, failure.status],
  );
  return row?.disabled ?? null;
}

/** Removes messages that arrived, or were given up, so long ago: at most `limit`. */
export async function deleteOldMessages(db: Executor, days: number, limit: number): Promise<number> {
  const rows = await execute(
    db,
    'deleteOldMessages',
    `delete from webhook_deliveries where id in (
      select id from webhook_deliveries where state <> 'PENDING' and created_at < clock_timestamp() - make_interval(days => $1)
      order by created_at limit $2 for update skip locked) returning id`,
    [days, limit],
  );
  return rows.length;
}
