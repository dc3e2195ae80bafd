import { SCOPES } from '../access.ts';
import { createdAt, literals } from '../db/columns.ts';
import { check, pgTable, sql, text, uniqueIndex, uuid } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

/** Who may come in with a token of an issuer, and into which workspace. A change of scopes is a new row: `id` stands for rights that never change. */
export const workspaceMembers = pgTable(
  'workspace_members',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    issuer: text('issuer').notNull(),
    subject: text('subject').notNull(),
    scopes: text('scopes').array().notNull(),
    createdAt: createdAt(),
    createdBy: text('created_by').notNull(),
  },
  (t) => [
    uniqueIndex('workspace_members_subject_key').on(t.workspaceId, t.issuer, t.subject),
    check('workspace_members_issuer_check', sql`char_length(issuer) between 1 and 255`),
    check('workspace_members_subject_check', sql`char_length(subject) between 1 and 255`),
    check(
      'workspace_members_scopes_check',
      sql`cardinality(scopes) >= 1 and scopes <@ array[${literals(SCOPES)}]`,
    ),
  ],
);
