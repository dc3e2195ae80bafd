import { createdAt, instant, nameKey } from './columns.ts';
import { check, index, pgTable, sql, text, uniqueIndex, uuid } from './drizzle.ts';

export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    nameKey: nameKey(),
    createdAt: createdAt(),
    /** Since when nothing of the workspace is claimed; null: its queue is open. */
    pausedAt: instant('paused_at'),
    pauseNote: text('pause_note'),
    /** Since when nobody is admitted and nothing starts; null: it is in use. A queue that was paused by the suspension has the same time as `paused_at`. */
    suspendedAt: instant('suspended_at'),
  },
  (t) => [
    uniqueIndex('workspaces_folded_name_key').on(t.nameKey).where(sql`name_key is not null`),
    // Nearly always empty: what every claim asks costs one look at an empty page.
    index('workspaces_paused_idx').on(t.id).where(sql`paused_at is not null`),
    index('workspaces_suspended_idx').on(t.id).where(sql`suspended_at is not null`),
    check(
      'workspaces_pause_check',
      sql`pause_note is null or (paused_at is not null and char_length(pause_note) <= 200)`,
    ),
  ],
);

/** The column of a table whose rows belong to a workspace, and go with it. */
export const workspaceId = () =>
  uuid('workspace_id')
    .notNull()
    .references(() => workspaces.id, { onDelete: 'cascade' });
