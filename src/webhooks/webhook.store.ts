import type { KeyBounds } from '../access/key.ts';
import type { Member } from '../access/member.ts';
import { feedHeads } from '../analyses/feed.tables.ts';
import type { Executor, Tx } from '../db/client.ts';
import { and, eq, ne, sql } from '../db/drizzle.ts';
import { type IdPage, pageOf } from '../db/newest-first.ts';
import { jobEndHeads } from '../jobs/end.tables.ts';
import { webhookDeliveries, webhooks } from './webhook.tables.ts';
import type { Delivery, DeliveryState, Webhook, WebhookEvent } from './webhook.ts';

const webhookColumns = {
  id: webhooks.id,
  workspaceId: webhooks.workspaceId,
  url: webhooks.url,
  description: webhooks.description,
  event: webhooks.event,
  filter: webhooks.filter,
  state: webhooks.state,
  disabledReason: webhooks.disabledReason,
  previousUntil:
    sql<Date | null>`case when ${webhooks.previousUntil} > clock_timestamp() then ${webhooks.previousUntil} end`.mapWith(
      webhooks.previousUntil,
    ),
  position: webhooks.position,
  nextAt: webhooks.nextAt,
  failures: webhooks.failures,
  failingSince: webhooks.failingSince,
  createdAt: webhooks.createdAt,
};

const { id, webhookId, workspaceId, state, position, subjectIds, attempts, lastStatus } = webhookDeliveries;
const { errorCode, errorMessage, createdAt, lastAttemptAt, deliveredAt } = webhookDeliveries;
const deliveryColumns = {
  ...{ id, webhookId, workspaceId, state, position, subjectIds, attempts, lastStatus },
  ...{ errorCode, errorMessage, createdAt, lastAttemptAt, deliveredAt },
};

/** One change at a time per workspace, so that the limit of webhooks holds. */
export async function lockWebhooks(tx: Tx, workspace: string): Promise<void> {
  await tx.execute(
    sql`/* lockWebhooks */ select pg_advisory_xact_lock(hashtextextended(${`webhooks ${workspace}`}, 0))`,
  );
}

export async function countWebhooks(db: Executor, workspace: string): Promise<number> {
  return db.$count(webhooks, eq(webhooks.workspaceId, workspace));
}

/** The newest position of the log that holds such events; 0 before the first. */
export async function findHead(db: Executor, workspace: string, event: WebhookEvent): Promise<number> {
  const heads = event === 'JOB_FINISHED' ? jobEndHeads : feedHeads;
  const [row] = await db
    .select({ position: heads.position })
    .from(heads)
    .where(eq(heads.workspaceId, workspace));
  return row?.position ?? 0;
}

export async function insertWebhook(
  tx: Tx,
  {
    member,
    ...row
  }: Pick<Webhook, 'id' | 'workspaceId' | 'url' | 'description' | 'event' | 'filter' | 'position'> & {
    readonly secret: string;
    readonly member: KeyBounds['member'];
  },
): Promise<Webhook> {
  const [inserted] = await tx
    .insert(webhooks)
    .values({ ...row, ...columnsOf(member), state: 'ACTIVE' })
    .returning(webhookColumns);
  if (inserted === undefined) throw new Error('insert returned no row');
  return inserted;
}

export async function findWebhook(db: Executor, workspace: string, hook: string): Promise<Webhook | null> {
  const [row] = await db.select(webhookColumns).from(webhooks).where(ofWorkspace(workspace, hook));
  return row ?? null;
}

export async function listWebhooks(db: Executor, workspace: string): Promise<Webhook[]> {
  return db
    .select(webhookColumns)
    .from(webhooks)
    .where(eq(webhooks.workspaceId, workspace))
    .orderBy(webhooks.id);
}

export async function listWebhooksByIds(
  db: Executor,
  workspace: string,
  ids: readonly string[],
): Promise<Webhook[]> {
  const among = sql`${webhooks.id} = any(${sql.param(ids)}::uuid[])`;
  return db
    .select(webhookColumns)
    .from(webhooks)
    .where(and(eq(webhooks.workspaceId, workspace), among));
}

/** Whoever sends with the webhook as it was may not write about it any more: its fence is old. */
const fenced = { fence: sql`${webhooks.fence} + 1`, leaseUntil: null };

export async function changeWebhook(
  tx: Tx,
  workspace: string,
  hook: string,
  {
    member,
    ...change
  }: Partial<Pick<Webhook, 'url' | 'description' | 'filter'>> & {
    readonly state?: 'ACTIVE' | 'PAUSED';
    /** Who gives another `url`. */
    readonly member?: KeyBounds['member'];
  },
): Promise<Webhook | null> {
  const state =
    change.state === undefined
      ? {}
      : {
          disabledReason: null,
          ...(change.state === 'ACTIVE' && {
            failures: 0,
            failingSince: null,
            nextAt: sql`clock_timestamp()`,
          }),
        };
  const [row] = await tx
    .update(webhooks)
    .set({ ...change, ...(member !== undefined && columnsOf(member)), ...state, ...fenced })
    .where(ofWorkspace(workspace, hook))
    .returning(webhookColumns);
  return row ?? null;
}

const columnsOf = (member: KeyBounds['member']) => ({
  memberIssuer: member?.issuer ?? null,
  memberSubject: member?.subject ?? null,
});

type Named = Pick<Member, 'workspaceId' | 'issuer' | 'subject'>;

/** Those whose address the member gave and that are not disabled. */
const ofMember = ({ workspaceId, issuer, subject }: Named) =>
  and(
    eq(webhooks.workspaceId, workspaceId),
    eq(webhooks.memberIssuer, issuer),
    eq(webhooks.memberSubject, subject),
    ne(webhooks.state, 'DISABLED'),
  );

export async function listWebhooksOfMember(db: Executor, who: Named): Promise<Webhook[]> {
  return db
    .select(webhookColumns)
    .from(webhooks)
    .where(and(sql`/* listWebhooksOfMember */ true`, ofMember(who)))
    .orderBy(webhooks.id);
}

export async function disableWebhooksOfMember(tx: Tx, who: Named, reason: string): Promise<Webhook[]> {
  return tx
    .update(webhooks)
    .set({ state: 'DISABLED', disabledReason: reason, ...fenced })
    .where(and(sql`/* disableWebhooksOfMember */ true`, ofMember(who)))
    .returning(webhookColumns);
}

/** The old secret signs beside the new one for a while; one that was still doing so stops. */
export async function rotateSecret(
  tx: Tx,
  workspace: string,
  hook: string,
  secret: string,
  overlapHours: number,
): Promise<Webhook | null> {
  const keeps = overlapHours > 0;
  const [row] = await tx
    .update(webhooks)
    .set({
      secret,
      previousSecret: keeps ? sql`${webhooks.secret}` : null,
      previousUntil: keeps ? sql`clock_timestamp() + make_interval(hours => ${overlapHours})` : null,
    })
    .where(ofWorkspace(workspace, hook))
    .returning(webhookColumns);
  return row ?? null;
}

/** Begins again behind a position. The message under way is given up: what it holds is sent again, or was asked to be left out. */
export async function moveWebhook(
  tx: Tx,
  workspace: string,
  hook: string,
  to: number,
): Promise<Webhook | null> {
  const [row] = await tx
    .update(webhooks)
    .set({ position: to, nextAt: sql`clock_timestamp()`, failures: 0, failingSince: null, ...fenced })
    .where(ofWorkspace(workspace, hook))
    .returning(webhookColumns);
  return row ?? null;
}

export async function supersedePending(tx: Tx, workspace: string, hook: string): Promise<void> {
  await tx
    .update(webhookDeliveries)
    .set({ state: 'SUPERSEDED' })
    .where(deliveriesOf(workspace, hook, ['PENDING']));
}

export async function deleteWebhook(tx: Tx, workspace: string, hook: string): Promise<boolean> {
  const rows = await tx.delete(webhooks).where(ofWorkspace(workspace, hook)).returning({ id: webhooks.id });
  return rows.length === 1;
}

function deliveriesOf(workspace: string, hook: string, states: readonly DeliveryState[] | undefined) {
  return and(
    eq(webhookDeliveries.workspaceId, workspace),
    eq(webhookDeliveries.webhookId, hook),
    states === undefined ? undefined : sql`${webhookDeliveries.state} = any(${sql.param(states)}::text[])`,
  );
}

/** Newest first. */
export async function listDeliveries(
  db: Executor,
  hook: Pick<Webhook, 'id' | 'workspaceId'>,
  states: readonly DeliveryState[] | undefined,
  page: IdPage,
): Promise<Delivery[]> {
  const query = db.select(deliveryColumns).from(webhookDeliveries);
  return pageOf(query, webhookDeliveries.id, deliveriesOf(hook.workspaceId, hook.id, states), page);
}

export async function countDeliveries(
  db: Executor,
  hook: Pick<Webhook, 'id' | 'workspaceId'>,
  states: readonly DeliveryState[] | undefined,
): Promise<number> {
  return db.$count(webhookDeliveries, deliveriesOf(hook.workspaceId, hook.id, states));
}

function ofWorkspace(workspace: string, hook: string) {
  return and(eq(webhooks.workspaceId, workspace), eq(webhooks.id, hook));
}
