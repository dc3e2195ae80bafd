import { bytes, instant } from '../db/columns.ts';
import {
  boolean,
  check,
  date,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
} from '../db/drizzle.ts';

/** Bars from sources on the internet: a row per series, all its bars in one value (docs/decisions has the measurement). */
export const candleSeries = pgTable(
  'candle_series',
  {
    source: text('source').notNull(),
    ticker: text('ticker').notNull(),
    interval: text('interval').notNull(),
    adjustment: text('adjustment').notNull(),
    currency: text('currency'),
    /** `InstrumentKind`, and decimals of prices, as the source says; null: it does not say. */
    kind: text('kind'),
    decimals: smallint('decimals'),
    bars: integer('bars').notNull(),
    firstDay: date('first_day', { mode: 'string' }).notNull(),
    lastDay: date('last_day', { mode: 'string' }).notNull(),
    /** The source has nothing before the first day. */
    complete: boolean('complete').notNull(),
    /** Until when no newer session can have closed. */
    freshUntil: instant('fresh_until').notNull(),
    /** What the source told about the bars, as codes and messages; null: nothing. */
    warnings: jsonb('warnings'),
    loadedAt: instant('loaded_at').notNull().default(sql`clock_timestamp()`),
    /** Grows with every change, so that a slower writer does not undo a faster one. */
    revision: integer('revision').notNull().default(1),
    /** Open, high, low, close and volume as doubles, then day numbers: 44 bytes a bar. */
    body: bytes('body').notNull(),
  },
  (t) => [
    primaryKey({ name: 'candle_series_pkey', columns: [t.source, t.ticker, t.interval, t.adjustment] }),
    check(
      'candle_series_bars_check',
      sql`bars >= 1 and octet_length(body) = 44 * bars and first_day <= last_day`,
    ),
  ],
);
