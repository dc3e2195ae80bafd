import { bytes, instant } from '../db/columns.ts';
import { check, date, integer, jsonb, pgTable, primaryKey, sql, text } from '../db/drizzle.ts';
import { workspaceId } from '../db/workspace.tables.ts';

/** Bars that workspaces have imported: a row per series, as in `candle_series`, but each of one workspace and with missing cells. */
export const ownSeries = pgTable(
  'own_series',
  {
    workspaceId: workspaceId(),
    ticker: text('ticker').notNull(),
    bars: integer('bars').notNull(),
    firstDay: date('first_day', { mode: 'string' }).notNull(),
    lastDay: date('last_day', { mode: 'string' }).notNull(),
    adjustment: text('adjustment').notNull(),
    currency: text('currency'),
    /** What the reader of the file reported, as codes and messages; null: nothing. */
    warnings: jsonb('warnings'),
    updatedAt: instant('updated_at').notNull().default(sql`clock_timestamp()`),
    revision: integer('revision').notNull().default(1),
    body: bytes('body').notNull(),
  },
  (t) => [
    primaryKey({ name: 'own_series_pkey', columns: [t.workspaceId, t.ticker] }),
    check(
      'own_series_bars_check',
      sql`bars >= 1 and octet_length(body) = 44 * bars and first_day <= last_day`,
    ),
  ],
);
