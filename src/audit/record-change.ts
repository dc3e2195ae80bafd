import { currentAction, type Target } from '../action.ts';
import type { Executor } from '../db/client.ts';
import { deleteOldEntries, insertEntry } from './entry.store.ts';

/**
 * Writes down, in the transaction of a change, who makes it. It is on its way when this returns, so it may be sent along with other statements.
 * Outside of an action (`inAction`) nothing is written: the engine's own work is told by the log of each job.
 */
export async function recordChange(db: Executor, target: Target): Promise<void> {
  const action = currentAction();
  if (action !== null) await insertEntry(db, action, target);
}

/** Forgets entries that are older, up to `limit`; answers how many. */
export const pruneEntries = deleteOldEntries;
