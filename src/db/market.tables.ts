import { bytes, instant } from './columns.ts';
import {
  boolean,
  check,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  sql,
  text,
  uuid,
} from './drizzle.ts';
import { workspaces } from './tables.ts';

export const instruments = pgTable(
  'instruments',
  {
    ticker: text('ticker').primaryKey(),
    symbol: text('symbol').notNull(),
    name: text('name').notNull(),
    /** The name as `foldName` makes it, which searches look at. Null: an earlier version stored the row, and no start has filled it yet (`fill-search-keys.ts`). */
    nameKey: text('name_key'),
    exchange: text('exchange').notNull(),
    timeZone: text('time_zone').notNull(),
    currency: text('currency').notNull(),
    /** Null: the list does not say. */
    tick: numeric('tick', { precision: 18, scale: 8 }),
    /** Units of which a position is a multiple; null: the list does not say. */
    lot: numeric('lot', { precision: 18, scale: 8 }),
    /** Whether parts of a unit are traded; null: the list does not say. */
    fractional: boolean('fractional'),
    sector: text('sector'),
    industry: text('industry'),
    active: boolean('active').notNull().default(true),
    /** The source that alone knows the ticker, such as CSV for the name of a file. Null: the instrument is in the list of the operator. */
    source: text('source'),
  },
  (t) => [index('instruments_symbol_idx').on(t.symbol)],
);

/** What readers select of an instrument. */
export const instrumentColumns = {
  ticker: instruments.ticker,
  symbol: instruments.symbol,
  name: instruments.name,
  exchange: instruments.exchange,
  timeZone: instruments.timeZone,
  currency: instruments.currency,
  tick: sql<string | null>`trim_scale(${instruments.tick})::text`,
  lot: sql<string | null>`trim_scale(${instruments.lot})::text`,
  fractional: instruments.fractional,
  sector: instruments.sector,
  industry: instruments.industry,
  active: instruments.active,
};

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

/** Bars that workspaces have imported: a row per series, as in `candle_series`, but each of one workspace and with missing cells. */
export const ownSeries = pgTable(
  'own_series',
  {
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id, { onDelete: 'cascade' }),
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
