import type { Tx } from '../db/client.ts';
import type { Hint } from '../events/hint.ts';
import { appendJobEnds } from './end.store.ts';
import { isFinal, type JobCore } from './job.ts';

/** The last statement of every transaction that may end jobs: tells which it ended in the order of commits. */
export async function logEnds(tx: Tx, advanced: readonly JobCore[]): Promise<Hint[]> {
  const heads = await appendJobEnds(
    tx,
    advanced.filter(({ state }) => isFinal(state)),
  );
  return heads.map(({ workspaceId, position }) => ({ about: 'end', id: workspaceId, at: position }));
}
