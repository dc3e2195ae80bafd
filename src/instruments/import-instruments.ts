import type { Executor } from '../db/client.ts';
import { upsertInstruments } from './instrument.store.ts';
import type { Listed } from './listing.ts';

const BATCH = 500;

export interface Imported {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/**
 * Adds and refreshes instruments, a batch per statement, in ticker order: two imports at once do not block each other in a circle.
 * A repeat changes nothing, so an import that was broken off is simply run again. Instruments that the list does not name stay.
 */
export async function importInstruments(
  db: Executor,
  listed: readonly Listed[],
  onProgress: (done: number, total: number) => void,
): Promise<Imported> {
  const rows = [...listed].sort((a, b) => (a.ticker < b.ticker ? -1 : 1));
  let [added, changed] = [0, 0];
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const written = await upsertInstruments(db, batch);
    added += written.added;
    changed += written.changed;
    onProgress(from + batch.length, rows.length);
  }
  return { added, changed, unchanged: rows.length - added - changed };
}
