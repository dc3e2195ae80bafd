import { createdAt, instant } from '../db/columns.ts';
import { check, index, integer, pgTable, primaryKey, sql, text, uniqueIndex, uuid } from '../db/drizzle.ts';

/**
 * Who did what. Changes are written in the transaction that makes them; refused attempts are counted, a row per hour, key, action and reason.
 * No foreign key: what happened stays when its workspace is gone, and a submit pays no look at it.
 */
export const auditEntries = pgTable(
  'audit_entries',
  {
    workspaceId: uuid('workspace_id').notNull(),
    id: uuid('id').notNull(),
    /** Null: not by an API key. */
    keyId: text('key_id'),
    subject: text('subject').notNull(),
    /** Name of the mutation or root field, `export.<name>`, `keys.<command>`, `members.<command>` or `authenticate`. */
    action: text('action').notNull(),
    targetType: text('target_type'),
    targetIds: text('target_ids').array().notNull(),
    /** OK, or the code of the refusal. */
    outcome: text('outcome').notNull(),
    /** Of the request; of several refusals, that of the last. */
    correlationId: text('correlation_id'),
    address: text('address'),
    times: integer('times').notNull().default(1),
    createdAt: createdAt(),
    /** Of several refusals, when the last was. */
    lastAt: instant('last_at'),
    /** Hours since 1970, for refusals: what is counted together. */
    refusedHour: integer('refused_hour'),
  },
  (t) => [
    primaryKey({ name: 'audit_entries_pkey', columns: [t.workspaceId, t.id] }),
    index('audit_entries_key_idx').on(t.workspaceId, t.keyId, t.id),
    index('audit_entries_refusals_idx').on(t.workspaceId, t.id).where(sql`outcome <> 'OK'`),
    index('audit_entries_targets_idx').using('gin', t.targetIds),
    // Rows lie in the order of their times: 1 kB of index for a million of them, and nothing to do when one is added.
    index('audit_entries_created_idx').using('brin', t.createdAt),
    uniqueIndex('audit_entries_refused_key')
      .on(t.workspaceId, t.refusedHour, t.action, t.outcome, t.subject, sql`coalesce(key_id, '')`)
      .where(sql`refused_hour is not null`),
    check('audit_entries_outcome_check', sql`(outcome = 'OK') = (refused_hour is null)`),
    check('audit_entries_target_check', sql`(target_type is null) = (cardinality(target_ids) = 0)`),
    check('audit_entries_times_check', sql`times >= 1 and (outcome <> 'OK' or times = 1)`),
  ],
);
