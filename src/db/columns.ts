import { customType, type SQL, sql, timestamp } from './drizzle.ts';

/** Millisecond precision: a JavaScript date holds no more, and a cursor that is rounded loses rows. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
/** The wall clock, not the transaction's start: a transaction that waits for a lock must not date its work before what it waited for. */
export const createdAt = () => instant('created_at').notNull().default(sql`clock_timestamp()`);
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
export const oneOf = (column: string, values: readonly string[]): SQL =>
  sql.raw(`${column} in (${values.map((value) => `'${value}'`).join(', ')})`);

export const jobStates = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'] as const;
export const origins = ['TICKERS', 'WATCHLIST', 'UNIVERSE', 'SCHEDULE', 'BACKTEST'] as const;
export const eventTypes = [
  'JOB_QUEUED',
  'JOB_STARTED',
  'ITEMS_STARTED',
  'ITEM_PROGRESSED',
  'ITEM_COMPLETED',
  'ITEM_FAILED',
  'ITEM_RETRYING',
  'ITEM_RETURNED',
  'JOB_COMPLETED',
  'JOB_FAILED',
  'JOB_CANCELLED',
] as const;
export const verdicts = ['STRONG_BUY', 'BUY', 'HOLD', 'SELL', 'STRONG_SELL'] as const;
export const workerStates = ['ALIVE', 'DRAINING', 'STOPPED', 'LOST'] as const;
export const exitReasons = ['STOP', 'TARGET', 'TIME', 'END_OF_DATA'] as const;
export const webhookEvents = ['JOB_FINISHED', 'ANALYSIS_STORED'] as const;
export const webhookStates = ['ACTIVE', 'PAUSED', 'DISABLED'] as const;
export const deliveryStates = ['PENDING', 'DELIVERED', 'SUPERSEDED'] as const;
