import type { Db } from '../db/client.ts';
import { listActiveTickers, listInstrumentsByTicker, upsertInstruments } from './instrument.store.ts';
import type { Instrument } from './instrument.ts';

/** The instrument of a ticker, or null when it is not in our list: it may be analysed all the same. */
export async function findInstrument(db: Db, ticker: string): Promise<Instrument | null> {
  const [instrument] = await listInstrumentsByTicker(db, [ticker]);
  return instrument ?? null;
}

/** Tickers of every active instrument. */
export function listUniverse(db: Db): Promise<string[]> {
  return listActiveTickers(db);
}

/** Stores what the sources know; harmless when repeated or done by many processes at once. */
export async function seedInstruments(db: Db, known: readonly Omit<Instrument, 'active'>[]): Promise<void> {
  await upsertInstruments(db, known);
}
