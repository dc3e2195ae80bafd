import { boolean, index, numeric, pgTable, sql, text } from '../db/drizzle.ts';

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
