import { instant, oneOf } from '../db/columns.ts';
import {
  check,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  sql,
  text,
  uuid,
} from '../db/drizzle.ts';
import { eventTypes } from '../db/event-batch.ts';
import { jobs } from './job.tables.ts';

/**
 * A row is one event, with those of the same flush that come directly before it in `earlier` (`event-batch.ts`): forty steps cost one row, one
 * entry of the index and one check of the foreign key. The view `job_log` shows every event as a row.
 */
export const jobEvents = pgTable(
  'job_events',
  {
    jobId: uuid('job_id')
      .notNull()
      .references(() => jobs.id, { onDelete: 'cascade' }),
    seq: integer('seq').notNull(),
    at: instant('at').notNull().default(sql`clock_timestamp()`),
    type: text('type', { enum: eventTypes }).notNull(),
    ticker: text('ticker'),
    phase: smallint('phase'),
    /** Progress of the whole job after this event, percent. */
    progress: real('progress').notNull(),
    payload: jsonb('payload'),
    /** Events of the row: their seqs end with its own. */
    size: smallint('size').notNull().default(1),
    /** JSON, not parsed when it is stored. */
    earlier: text('earlier'),
  },
  (t) => [
    primaryKey({ name: 'job_events_pkey', columns: [t.jobId, t.seq] }),
    check('job_events_type_check', oneOf('type', eventTypes)),
    check('job_events_seq_check', sql`seq >= size`),
    check('job_events_size_check', sql`size between 1 and 64 and (size = 1) = (earlier is null)`),
  ],
);
