import type { Action, Refusal, Target } from '../action.ts';
import type { Executor, Tx } from '../db/client.ts';
import { and, eq, inArray, ne, type SQL, sql } from '../db/drizzle.ts';
import { type IdPage, pageOf } from '../db/newest-first.ts';
import { column, execute } from '../db/statement.ts';
import { madeWithin, newTimeId } from '../db/time-id.ts';
import { auditEntries } from './entry.tables.ts';
import type { AuditEntry, AuditFilter } from './entry.ts';

const columns = {
  id: auditEntries.id,
  workspaceId: auditEntries.workspaceId,
  keyId: auditEntries.keyId,
  subject: auditEntries.subject,
  action: auditEntries.action,
  targetType: auditEntries.targetType,
  targetIds: auditEntries.targetIds,
  outcome: auditEntries.outcome,
  correlationId: auditEntries.correlationId,
  address: auditEntries.address,
  times: auditEntries.times,
  createdAt: auditEntries.createdAt,
  lastAt: auditEntries.lastAt,
};

/** In the transaction of the change: both are there, or neither. */
export async function insertEntry(db: Executor, action: Action, target: Target): Promise<void> {
  await execute(
    db,
    'insertAuditEntry',
    `insert into audit_entries (workspace_id, id, key_id, subject, action, target_type, target_ids, outcome, correlation_id, address)
     values ($1, ${newTimeId}, $2, $3, $4, $5, $6, 'OK', $7, $8)`,
    [
      action.workspaceId,
      action.keyId,
      action.subject,
      action.name,
      target.type,
      column('text', target.ids, (id) => id),
      action.correlationId,
      action.address,
    ],
  );
}

/** Adds refusals to those of the same hour, key, action and code. They are sorted, so that nodes take the rows in one order. */
export async function countRefusals(
  db: Executor,
  refusals: readonly (Refusal & { readonly times: number })[],
): Promise<void> {
  await execute(
    db,
    'countRefusals',
    `insert into audit_entries as a (workspace_id, id, key_id, subject, action, target_type, target_ids, outcome, correlation_id, address, times, last_at, refused_hour)
     select r.workspace_id, ${newTimeId}, r.key_id, r.subject, r.action, r.target_type,
       case when r.target_id is null then '{}' else array[r.target_id] end, r.outcome, r.correlation_id, r.address, r.times,
       case when r.times > 1 then clock_timestamp() end, floor(extract(epoch from clock_timestamp()) / 3600)::int
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[])
       as r(workspace_id, key_id, subject, action, target_type, target_id, outcome, correlation_id, address, times)
     order by r.workspace_id, r.action, r.outcome, r.subject, r.key_id
     on conflict (workspace_id, refused_hour, action, outcome, subject, coalesce(key_id, '')) where refused_hour is not null
     do update set times = least(a.times::bigint + excluded.times, 2147483647)::int, last_at = greatest(clock_timestamp(), a.created_at, a.last_at), target_type = excluded.target_type,
       target_ids = excluded.target_ids, correlation_id = excluded.correlation_id, address = excluded.address`,
    [
      column('uuid', refusals, (refusal) => refusal.workspaceId),
      column('text', refusals, (refusal) => refusal.keyId),
      column('text', refusals, (refusal) => refusal.subject),
      column('text', refusals, (refusal) => refusal.name),
      column('text', refusals, ({ target }) => (target?.ids[0] === undefined ? null : target.type)),
      column('text', refusals, ({ target }) => target?.ids[0] ?? null),
      column('text', refusals, (refusal) => refusal.code),
      column('text', refusals, (refusal) => refusal.correlationId),
      column('text', refusals, (refusal) => refusal.address),
      column('int4', refusals, (refusal) => refusal.times),
    ],
  );
}

function conditionOf(workspaceId: string, filter: AuditFilter): SQL | undefined {
  return and(
    sql`/* listAuditEntries */ true`,
    eq(auditEntries.workspaceId, workspaceId),
    filter.actions === undefined ? undefined : inArray(auditEntries.action, [...filter.actions]),
    filter.keyId === undefined ? undefined : eq(auditEntries.keyId, filter.keyId),
    filter.targetId === undefined
      ? undefined
      : // Apart, so that a kept plan does not read the index of the whole workspace beside that of the targets.
        sql`${auditEntries.id} = any(array(select t.id from audit_entries t where t.target_ids @> array[${filter.targetId}::text]))`,
    filter.refused === undefined
      ? undefined
      : filter.refused
        ? ne(auditEntries.outcome, 'OK')
        : eq(auditEntries.outcome, 'OK'),
    madeWithin(auditEntries, { from: filter.from, to: filter.to }),
  );
}

/** Newest first. */
export async function listEntries(
  db: Executor,
  workspaceId: string,
  filter: AuditFilter,
  page: IdPage,
): Promise<AuditEntry[]> {
  return pageOf(
    db.select(columns).from(auditEntries),
    auditEntries.id,
    conditionOf(workspaceId, filter),
    page,
  );
}

/** Removes up to `limit` entries that are so old. */
export async function deleteOldEntries(tx: Tx, days: number, limit: number): Promise<number> {
  const { rowCount } = await tx.execute(sql`/* deleteOldEntries */
    delete from audit_entries where ctid = any(array(
      select ctid from audit_entries
      where created_at < statement_timestamp() - make_interval(days => ${days}) limit ${limit} for update skip locked))`);
  return rowCount ?? 0;
}
