import { doublePrecision, pgTable, text, timestamp } from '../db/drizzle.ts';

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
