import { and, asc, desc, eq, gt, ilike, lt, or, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { instruments } from '../db/market.tables.ts';
import type { Instrument } from './instrument.ts';

const columns = {
  ticker: instruments.ticker,
  symbol: instruments.symbol,
  name: instruments.name,
  exchange: instruments.exchange,
  timeZone: instruments.timeZone,
  currency: instruments.currency,
  tick: sql<string>`trim_scale(${instruments.tick})::text`,
  sector: instruments.sector,
  industry: instruments.industry,
  active: instruments.active,
};

/** Adds or refreshes instruments; rows are taken in ticker order, so that processes starting together do not block each other in a circle. */
export async function upsertInstruments(
  db: Executor,
  rows: readonly Omit<Instrument, 'active'>[],
): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insert(instruments)
    .values([...rows].sort((a, b) => (a.ticker < b.ticker ? -1 : 1)))
    .onConflictDoUpdate({
      target: instruments.ticker,
      set: {
        symbol: sql`excluded.symbol`,
        name: sql`excluded.name`,
        exchange: sql`excluded.exchange`,
        timeZone: sql`excluded.time_zone`,
        currency: sql`excluded.currency`,
        tick: sql`excluded.tick`,
        sector: sql`excluded.sector`,
        industry: sql`excluded.industry`,
      },
    });
}

export async function listInstrumentsByTicker(
  db: Executor,
  tickers: readonly string[],
): Promise<Instrument[]> {
  return db
    .select(columns)
    .from(instruments)
    .where(sql`${instruments.ticker} = any(${sql.param(tickers)}::text[])`);
}

export async function listActiveTickers(db: Executor): Promise<string[]> {
  const rows = await db
    .select({ ticker: instruments.ticker })
    .from(instruments)
    .where(eq(instruments.active, true))
    .orderBy(asc(instruments.ticker));
  return rows.map((row) => row.ticker);
}

export interface InstrumentPage {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

function matching(search: string | undefined) {
  if (search === undefined) return undefined;
  const pattern = `${search.replace(/[\\%_]/g, '\\$&')}%`;
  return or(
    ilike(instruments.ticker, pattern),
    ilike(instruments.symbol, pattern),
    ilike(instruments.name, `%${pattern}`),
  );
}

/** By ticker. With `before` the page that ends there. */
export async function listInstruments(
  db: Executor,
  search: string | undefined,
  page: InstrumentPage,
): Promise<Instrument[]> {
  const upwards = page.before === undefined;
  const rows = await db
    .select(columns)
    .from(instruments)
    .where(
      and(
        matching(search),
        page.after === undefined ? undefined : gt(instruments.ticker, page.after),
        page.before === undefined ? undefined : lt(instruments.ticker, page.before),
      ),
    )
    .orderBy(upwards ? asc(instruments.ticker) : desc(instruments.ticker))
    .limit(page.limit);
  return upwards ? rows : rows.reverse();
}

export async function countInstruments(db: Executor, search: string | undefined): Promise<number> {
  return db.$count(instruments, matching(search));
}
