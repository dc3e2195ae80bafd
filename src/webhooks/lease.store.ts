import type { Executor } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';
import { type Failure, LONGEST_PAUSE_MS, type WebhookEvent } from './webhook.ts';

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

/** How a process shares what it sends at once among workspaces. */
export interface Slots {
  /** Webhooks to lease at most. */
  readonly free: number;
  /** Of a workspace at most, with those under way, while webhooks of other workspaces have something to send or are under way. */
  readonly quota: number;
  /** And while there are none. It leaves slots to a workspace that comes later. */
  readonly quotaAlone: number;
  /** The workspace of each webhook that this process is sending for. */
  readonly underWay: readonly string[];
}

/**
 * Of `webhooks w`: its workspace is in use, it has something to send, and nobody sends for it. A lease that ends more than 1 s later than one taken now was taken before the
 * server's clock was set back, and is no longer valid. Only a webhook with failures waits for its time, and no longer when the clock was set back after
 * its last try: that try lies ahead, or its time lies further ahead than the longest pause.
 */
const ready = `w.state = 'ACTIVE' and not exists (select from workspaces s where s.id = w.workspace_id and s.suspended_at is not null)
  and (w.failures = 0 or w.next_at not between clock_timestamp() and clock_timestamp() + interval '${LONGEST_PAUSE_MS} ms'
    or exists (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'PENDING'
      and d.last_attempt_at > greatest(clock_timestamp(), d.created_at)))
  and (w.lease_until is null or w.lease_until not between clock_timestamp() and clock_timestamp() + make_interval(secs => 1 + $2 / 1000.0))
  and (exists (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'PENDING')
    or w.position < case w.event
      when 'JOB_FINISHED' then (select position from job_end_heads h where h.workspace_id = w.workspace_id)
      else (select position from feed_heads h where h.workspace_id = w.workspace_id) end)`;

/**
 * Takes webhooks that have something to send, for a while: one process at a time sends for a webhook. When a process dies, its webhooks can be
 * leased again after the lease ends. Each lease has a new fence, and a write with an old fence changes nothing. A workspace gets its quota of the slots, so that slow receivers of
 * one do not hold up the others. The last free slot goes to a workspace that has none, so that slow receivers of a few workspaces do not, either. The locking statement asks for `ready` again: it sees what others have leased meanwhile.
 */
export async function leaseWebhooks(db: Executor, slots: Slots, leaseMs: number): Promise<Leased[]> {
  const { free, quota, quotaAlone, underWay } = slots;
  const rows = await execute<LeasedRow>(
    db,
    'leaseWebhooks',
    `with busy as materialized (
      select workspace_id, count(*) as n from unnest($5::uuid[]) as u(workspace_id) group by workspace_id
    ), waiting as materialized (
      select w.id, w.workspace_id, coalesce(b.n, 0) + row_number() over (partition by w.workspace_id order by w.next_at, w.id) as place
      from webhooks w left join busy b on b.workspace_id = w.workspace_id where ${ready}
    ), quota as materialized (
      select case when count(distinct workspace_id) > 1 then $3::int else $4::int end as most
      from (select workspace_id from waiting union all select workspace_id from busy) as u
    ), turns as materialized (
      select o.id, o.place, row_number() over (order by o.place > 1, w.next_at, w.id) as turn
      from waiting o join webhooks w on w.id = o.id where o.place <= (select most from quota)
    ), due as materialized (
      select w.id from webhooks w join turns o on o.id = w.id
      where o.turn <= $1::int - case when o.place > 1 then 1 else 0 end and ${ready}
      order by o.turn for update of w skip locked
    ), leased as (
      update webhooks w set lease_until = clock_timestamp() + make_interval(secs => $2 / 1000.0), fence = w.fence + 1
      from due where w.id = due.id returning w.*
    )
    select w.id, w.workspace_id, w.fence, w.event, w.filter, w.url, w.position, w.failures,
      array[w.secret, case when w.previous_until > clock_timestamp() then w.previous_secret end] as secrets,
      d.id as message_id, d.position as message_position, d.subject_ids, d.created_at
    from leased w left join webhook_deliveries d on d.webhook_id = w.id and d.state = 'PENDING'`,
    [free, leaseMs, quota, quotaAlone, column('uuid', underWay, (workspaceId) => workspaceId)],
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
      error_message = null, last_attempt_at = greatest(clock_timestamp(), d.created_at), delivered_at = greatest(clock_timestamp(), d.created_at)
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

/** Tries that fail in a day, at least: the pause between two is an hour at most. */
const FAILURES_PER_DAY = 12;

/**
 * Of `webhooks`: every try has failed for so many days. The number of tries is asked for, too, because the server's clock may have been set forward by
 * days since the first.
 */
const failedFor = (days: string) =>
  `(failing_since < clock_timestamp() - make_interval(days => ${days}) and failures >= ${FAILURES_PER_DAY} * ${days}::int)`;

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
        state = case when $7::text is not null or ${failedFor('$8')} then 'DISABLED' else state end,
        disabled_reason = coalesce($7, case when ${failedFor('$8')}
          then 'No message has arrived for ' || $8::int || ' days. Last: ' || $5::text end)
      where id = $1 and fence = $2 and state = 'ACTIVE' returning id, state = 'DISABLED' as disabled
    ), told as (
      update webhook_deliveries d set attempts = attempts + 1, last_status = $9, error_code = $4, error_message = $5,
        last_attempt_at = greatest(clock_timestamp(), d.created_at)
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
    `delete from webhook_deliveries where id = any(array(
      select id from webhook_deliveries where state <> 'PENDING' and created_at < statement_timestamp() - make_interval(days => $1)
      order by created_at limit $2 for update skip locked)) returning id`,
    [days, limit],
  );
  return rows.length;
}
