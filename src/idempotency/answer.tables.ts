import { createdAt } from '../db/columns.ts';
import { index, jsonb, pgTable, primaryKey, text } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

/** What a mutation under an idempotency key answered first: a repeat answers it again. Kept for some days (`RETENTION_KEY_DAYS`). */
export const mutationAnswers = pgTable(
  'mutation_answers',
  {
    workspaceId: workspaceId(),
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
