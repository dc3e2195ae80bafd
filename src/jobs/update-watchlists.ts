import type { Tx } from '../db/client.ts';
import { bumpLists, lockListsOfTickers, type TickerStatus, updateTickers } from './watchlist-status.store.ts';

/**
 * Stores the status of these tickers where watchlists show it, and returns the lists that show a change, with their new revision. Locks the
 * tickers, then the lists (ARCHITECTURE, invariant 7); its cost does not grow with the number of lists that hold a ticker.
 */
export async function updateWatchlists(
  tx: Tx,
  statuses: readonly TickerStatus[],
): Promise<{ id: string; revision: number }[]> {
  if (statuses.length === 0) return [];
  const changed = await updateTickers(tx, statuses);
  if (changed.length === 0) return [];
  const lists = await lockListsOfTickers(tx, changed);
  return lists.length === 0 ? [] : bumpLists(tx, lists);
}
