import { instant, oneOf } from '../db/columns.ts';
import { check, integer, pgTable, sql, text, uuid } from '../db/drizzle.ts';

const WORKER_STATES = ['ALIVE', 'DRAINING', 'STOPPED', 'LOST'] as const;

export const workers = pgTable(
  'workers',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    state: text('state', { enum: WORKER_STATES }).notNull(),
    capacity: integer('capacity').notNull(),
    /** Kinds of jobs that it claims. */
    kinds: text('kinds').array().notNull().default(sql`'{}'`),
    /** Items that ended here within the last minute, told with every heartbeat. */
    finishedPerMinute: integer('finished_per_minute').notNull().default(0),
    /** Key of the session advisory lock that the process holds while its connection lives. */
    lockKey: integer('lock_key').notNull(),
    startedAt: instant('started_at').notNull().default(sql`clock_timestamp()`),
    heartbeatAt: instant('heartbeat_at').notNull().default(sql`clock_timestamp()`),
    stoppedAt: instant('stopped_at'),
  },
  () => [
    check('workers_state_check', oneOf('state', WORKER_STATES)),
    check('workers_capacity_check', sql`capacity >= 1`),
  ],
);
