import type { Db } from '../db/client.ts';
import { shareReads } from '../events/share-reads.ts';
import {
  deleteInstruments,
  deleteOfOtherSources,
  deleteUnlisted,
  insertInstruments,
  listActiveTickers,
  listInstrumentsByTicker,
  listTickersOfSymbols,
} from './instrument.store.ts';
import { type Instrument, UNKNOWN_EXCHANGE } from './instrument.ts';
import type { Listed } from './listing.ts';
import { normaliseTicker } from './ticker.ts';

/** Finds the instrument of a ticker, or null when it is not in our list: it may be analysed all the same. Items that start together share a statement. */
export function createInstrumentFinder(db: Db): (ticker: string) => Promise<Instrument | null> {
  const read = shareReads<string, Instrument>(
    (ticker) => ticker,
    async (tickers) => new Map((await listInstrumentsByTicker(db, tickers)).map((row) => [row.ticker, row])),
  );
  return async (ticker) => (await read(ticker)) ?? null;
}

/** The universe of a job with this source: active instruments of the list of the operator, and tickers that the source lists. */
export function listUniverse(db: Db, source: string): Promise<string[]> {
  return listActiveTickers(db, source);
}

/**
 * The tickers with bare symbols of known instruments resolved: RELIANCE is RELIANCE.NS when that is the only active instrument with this
 * symbol and nothing has the symbol for its ticker. Whatever is not known stays as it is; duplicates are merged.
 */
export async function resolveSymbols(db: Db, tickers: readonly string[]): Promise<string[]> {
  if (tickers.length === 0) return [];
  const known = await listTickersOfSymbols(db, tickers);
  const tickerOf = new Map(known.map(({ symbol, ticker }) => [symbol, ticker]));
  return [...new Set(tickers.map((ticker) => tickerOf.get(ticker) ?? ticker))];
}

/**
 * Stores what a source knows and the list does not; harmless when repeated or done by many processes at once. What is not a ticker, as the
 * name of a file may be, is left out: no request could name it. A source that knows the ticker alone, as that of files does, keeps it for
 * its own jobs: it is removed when the source no longer lists it.
 */
export async function seedInstruments(db: Db, source: string, known: readonly Listed[]): Promise<void> {
  const rows = known
    .filter(({ ticker }) => normaliseTicker(ticker) === ticker)
    .sort((a, b) => (a.ticker < b.ticker ? -1 : 1));
  const isNamed = ({ exchange }: Listed) => exchange !== UNKNOWN_EXCHANGE;
  const bare = rows.filter((row) => !isNamed(row));
  await insertInstruments(db, rows.filter(isNamed), null);
  await insertInstruments(db, bare, source);
  const tickers = bare.map(({ ticker }) => ticker);
  await deleteUnlisted(db, source, tickers);
}

/** Removes the instruments that only a source knew that is no longer enabled. */
export async function removeOfOtherSources(db: Db, enabled: readonly string[]): Promise<void> {
  await deleteOfOtherSources(db, enabled);
}

/** Removes instruments from the list; returns the tickers of those that were there. Results and watchlists keep the tickers. */
export function removeInstruments(db: Db, tickers: readonly string[]): Promise<string[]> {
  return deleteInstruments(db, tickers);
}
