import type { Db } from '../db/client.ts';
import { shareReads } from '../events/share-reads.ts';
import {
  insertInstruments,
  listActiveTickers,
  listInstrumentsByTicker,
  listTickersOfSymbols,
} from './instrument.store.ts';
import type { Instrument } from './instrument.ts';
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

/** Tickers of every active instrument. */
export function listUniverse(db: Db): Promise<string[]> {
  return listActiveTickers(db);
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
 * Stores what the sources know and the list does not; harmless when repeated or done by many processes at once. What is not a ticker, as the
 * name of a file may be, is left out: no request could name it.
 */
export async function seedInstruments(db: Db, known: readonly Listed[]): Promise<void> {
  const rows = known
    .filter(({ ticker }) => normaliseTicker(ticker) === ticker)
    .sort((a, b) => (a.ticker < b.ticker ? -1 : 1));
  await insertInstruments(db, rows);
}
