import { bigint, check, pgTable, primaryKey, sql, uuid } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

/** How many jobs of a workspace have ended: the head of the log below, as `feed_heads` is that of results. */
export const jobEndHeads = pgTable(
  'job_end_heads',
  {
    workspaceId: workspaceId().primaryKey(),
    position: bigint('position', { mode: 'number' }).notNull(),
  },
  () => [check('job_end_heads_position_check', sql`position >= 1`)],
);

/** Jobs in the order of the commits that ended them. No foreign key to the job: retention may remove it. */
export const jobEnds = pgTable(
  'job_ends',
  {
    workspaceId: workspaceId(),
    position: bigint('position', { mode: 'number' }).notNull(),
    jobId: uuid('job_id').notNull(),
  },
  (t) => [primaryKey({ name: 'job_ends_pkey', columns: [t.workspaceId, t.position] })],
);
