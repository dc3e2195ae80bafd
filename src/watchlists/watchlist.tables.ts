import { createdAt, nameKey } from '../db/columns.ts';
import { bigint, boolean, check, pgTable, sql, text, uniqueIndex, uuid } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

export const watchlists = pgTable(
  'watchlists',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    name: text('name').notNull(),
    nameKey: nameKey(),
    isDefault: boolean('is_default').notNull().default(false),
    /** Grows with every change of the list, its items or their status: what a subscriber compares. */
    revision: bigint('revision', { mode: 'number' }).notNull().default(1),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('watchlists_folded_name_key').on(t.workspaceId, t.nameKey).where(sql`name_key is not null`),
    uniqueIndex('watchlists_one_default_key').on(t.workspaceId).where(sql`is_default`),
    check('watchlists_name_check', sql`name = btrim(name) and char_length(name) between 1 and 50`),
  ],
);
