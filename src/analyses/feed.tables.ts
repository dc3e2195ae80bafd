import { instant } from '../db/columns.ts';
import { bigint, check, pgTable, primaryKey, sql, uuid } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

/** How many results a workspace has in its feed. Not a column of `workspaces`: foreign keys lock those rows all the time. */
export const feedHeads = pgTable(
  'feed_heads',
  {
    workspaceId: workspaceId().primaryKey(),
    position: bigint('position', { mode: 'number' }).notNull(),
  },
  () => [check('feed_heads_position_check', sql`position >= 1`)],
);

/**
 * Results in the order of their commits: a row per flush, not per result (16 bytes each). The row's ids have the positions up to
 * `lastPosition`. No foreign key to the results: retention may remove them, and whoever reads behind is told of a gap.
 */
export const feedEntries = pgTable(
  'feed_entries',
  {
    workspaceId: workspaceId(),
    lastPosition: bigint('last_position', { mode: 'number' }).notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    analysisIds: uuid('analysis_ids').array().notNull(),
  },
  (t) => [
    primaryKey({ name: 'feed_entries_pkey', columns: [t.workspaceId, t.lastPosition] }),
    check(
      'feed_entries_ids_check',
      sql`cardinality(analysis_ids) between 1 and 100 and cardinality(analysis_ids) <= last_position`,
    ),
  ],
);
