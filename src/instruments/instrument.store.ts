import type { Executor } from '../db/client.ts';
import { and, asc, desc, eq, gt, isNull, lt, or, type SQL, sql } from '../db/drizzle.ts';
import { execute } from '../db/statement.ts';
import { foldName } from '../name.ts';
import { instrumentColumns, instruments } from './instrument.tables.ts';
import type { Instrument } from './instrument.ts';
import type { Listed } from './listing.ts';

function valuesOf(rows: readonly Listed[], source: string | null = null): SQL {
  const of = (key: keyof Listed) => sql.param(rows.map((row) => row[key] ?? null));
  return sql`(ticker, symbol, name, name_key, exchange, time_zone, currency, tick, sector, industry, lot, fractional, source)
    select *, ${source}::text from unnest(${of('ticker')}::text[], ${of('symbol')}::text[], ${of('name')}::text[], ${sql.param(rows.map(({ name }) => foldName(name)))}::text[], ${of('exchange')}::text[],
      ${of('timeZone')}::text[], ${of('currency')}::text[], ${of('tick')}::numeric[], ${of('sector')}::text[], ${of('industry')}::text[],
      ${of('lot')}::numeric[], ${of('fractional')}::boolean[])`;
}

/** Adds or refreshes instruments; a row that says the same as before is not written, and a list without lots leaves them. `rows` are in ticker order. */
export async function upsertInstruments(
  db: Executor,
  rows: readonly Listed[],
): Promise<{ added: number; changed: number }> {
  const { rows: written } = await db.execute<{ added: boolean }>(sql`/* upsertInstruments */
    insert into instruments as i ${valuesOf(rows)}
    on conflict (ticker) do update set symbol = excluded.symbol, name = excluded.name, name_key = excluded.name_key, exchange = excluded.exchange,
      time_zone = excluded.time_zone, currency = excluded.currency, tick = excluded.tick, sector = excluded.sector, industry = excluded.industry,
      lot = coalesce(excluded.lot, i.lot), fractional = coalesce(excluded.fractional, i.fractional), source = null
    where (i.symbol, i.name, i.name_key, i.exchange, i.time_zone, i.currency, i.tick, i.sector, i.industry, i.lot, i.fractional, i.source) is distinct from
      (excluded.symbol, excluded.name, excluded.name_key, excluded.exchange, excluded.time_zone, excluded.currency, excluded.tick, excluded.sector,
        excluded.industry, coalesce(excluded.lot, i.lot), coalesce(excluded.fractional, i.fractional), null)
    returning xmax = 0 as added`);
  const added = written.filter((row) => row.added).length;
  return { added, changed: written.length - added };
}

/** Adds what is not there; an imported instrument says more than a source that seeds. `source`: the only one that knows these tickers. */
export async function insertInstruments(
  db: Executor,
  rows: readonly Listed[],
  source: string | null,
): Promise<void> {
  await db.execute(
    sql`/* insertInstruments */ insert into instruments ${valuesOf(rows, source)} on conflict (ticker) do nothing`,
  );
}

/** Removes what only this source knew and no longer lists. Rows are locked in ticker order, as imports do. */
export async function deleteUnlisted(db: Executor, source: string, listed: readonly string[]): Promise<void> {
  await execute(
    db,
    'deleteUnlisted',
    `delete from instruments where ticker in (
       select ticker from instruments where source = $1 and ticker <> all($2::text[]) order by ticker for update)
       and source = $1`,
    [source, listed],
  );
}

/** Removes what only sources knew that are not among these. */
export async function deleteOfOtherSources(db: Executor, sources: readonly string[]): Promise<void> {
  await execute(
    db,
    'deleteOfOtherSources',
    `delete from instruments where ticker in (
       select ticker from instruments where source <> all($1::text[]) order by ticker for update)
       and source <> all($1::text[])`,
    [sources],
  );
}

/** Removes instruments of these tickers; returns those that were there. */
export async function deleteInstruments(db: Executor, tickers: readonly string[]): Promise<string[]> {
  const rows = await execute<{ ticker: string }>(
    db,
    'deleteInstruments',
    'delete from instruments where ticker = any($1::text[]) returning ticker',
    [tickers],
  );
  return rows.map(({ ticker }) => ticker);
}

export async function listInstrumentsByTicker(
  db: Executor,
  tickers: readonly string[],
): Promise<Instrument[]> {
  return db
    .select(instrumentColumns)
    .from(instruments)
    .where(sql`${instruments.ticker} = any(${sql.param(tickers)}::text[])`)
    .prepare('listInstrumentsByTicker')
    .execute();
}

/** Symbols that are no ticker themselves and belong to exactly one active instrument, with its ticker. */
export async function listTickersOfSymbols(
  db: Executor,
  symbols: readonly string[],
): Promise<{ symbol: string; ticker: string }[]> {
  return execute(
    db,
    'listTickersOfSymbols',
    `select symbol, min(ticker) as ticker from instruments
     where symbol = any($1::text[]) and active
     group by symbol
     having count(*) = 1 and not exists (select from instruments t where t.ticker = instruments.symbol)`,
    [symbols],
  );
}

/** Tickers of active instruments that are in the list or that this source knows. */
export async function listActiveTickers(db: Executor, source: string): Promise<string[]> {
  const rows = await db
    .select({ ticker: instruments.ticker })
    .from(instruments)
    .where(and(eq(instruments.active, true), or(isNull(instruments.source), eq(instruments.source, source))))
    .orderBy(asc(instruments.ticker));
  return rows.map((row) => row.ticker);
}

/** Where an instrument stands in a search: by symbol or ticker (0), by a word of the name (1), elsewhere in the name (2). */
export interface Place {
  readonly rank: number;
  readonly ticker: string;
}

export type RankedInstrument = Instrument & Place;

export interface InstrumentPage {
  readonly limit: number;
  readonly after: Place | null;
  readonly before: Place | null;
}

/** Everything, by ticker, at rank 0. */
export async function listInstruments(
  db: Executor,
  { limit, after, before }: InstrumentPage,
  backwards: boolean,
): Promise<RankedInstrument[]> {
  const rows = await db
    .select(instrumentColumns)
    .from(instruments)
    .where(
      and(
        after === null ? undefined : gt(instruments.ticker, after.ticker),
        before === null ? undefined : lt(instruments.ticker, before.ticker),
      ),
    )
    .orderBy(backwards ? desc(instruments.ticker) : asc(instruments.ticker))
    .limit(limit);
  const found = rows.map((row) => ({ ...row, rank: 0 }));
  return backwards ? found.reverse() : found;
}

/**
 * What matches a folded search (`foldName`), with its rank; an empty search is everything. A row that an earlier version stores meanwhile is
 * found by its name after the next start, which fills its key. Trigram indexes help where the extension is there (searches of three characters and more); the statement
 * is the same without.
 */
function matching(search: string): SQL {
  const start = `${search.replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(
    select *, case when ticker ilike ${start} or symbol ilike ${start} then 0
      when name_key like ${start} or name_key like ${`% ${start}`} then 1 else 2 end as rank
    from instruments where ticker ilike ${start} or symbol ilike ${start} or name_key like ${`%${start}`}) as found`;
}

/** By rank, then ticker. With `before` the page that ends there. */
export async function searchInstruments(
  db: Executor,
  search: string,
  { limit, after, before }: InstrumentPage,
  backwards: boolean,
): Promise<RankedInstrument[]> {
  const order = backwards ? sql`rank desc, ticker desc` : sql`rank, ticker`;
  const { rows } = await db.execute<
    Omit<RankedInstrument, 'timeZone'> & { time_zone: string }
  >(sql`/* searchInstruments */
    select ticker, symbol, name, exchange, time_zone, currency, trim_scale(tick)::text as tick, trim_scale(lot)::text as lot, fractional, sector, industry, active, rank
    from ${matching(search)}
    where (${after?.rank ?? null}::int is null or (rank, ticker) > (${after?.rank ?? null}::int, ${after?.ticker ?? null}::text))
      and (${before?.rank ?? null}::int is null or (rank, ticker) < (${before?.rank ?? null}::int, ${before?.ticker ?? null}::text))
    order by ${order} limit ${limit}`);
  const found = rows.map(({ time_zone, ...row }) => ({ ...row, timeZone: time_zone }));
  return backwards ? found.reverse() : found;
}

export async function countInstruments(db: Executor, search: string): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`/* countInstruments */ select count(*)::int as count from ${matching(search)}`,
  );
  return rows[0]?.count ?? 0;
}
