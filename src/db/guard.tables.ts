import { createdAt } from './columns.ts';
import { doublePrecision, index, jsonb, pgTable, primaryKey, text, timestamp, uuid } from './drizzle.ts';
import { workspaces } from './tables.ts';

/** What a mutation under an idempotency key answered first: a repeat answers it again. Kept for some days (`RETENTION_KEY_DAYS`). */
export const mutationAnswers = pgTable(
  'mutation_answers',
  {
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    operation: text('operation').notNull(),
    /** SHA-256 of operation and input, to tell a repeat from a reuse of the key. */
    requestHash: text('request_hash').notNull(),
    /** The facts of the answer; null for a submit, whose job holds the key. */
    answer: jsonb('answer'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ name: 'mutation_answers_pkey', columns: [t.workspaceId, t.key] }),
    index('mutation_answers_created_idx').on(t.createdAt),
  ],
);

/**
 * A bucket of points per key (`rates/`): what is spent of it, as of when, and what the last node to ask was given. Unlogged (0017): no
 * disk is waited for, and after a crash of the server all buckets are full.
 */
export const rateLimits = pgTable('rate_limits', {
  key: text('key').primaryKey(),
  used: doublePrecision('used').notNull(),
  granted: doublePrecision('granted').notNull(),
  at: timestamp('at', { withTimezone: true, mode: 'date' }).notNull(),
});
