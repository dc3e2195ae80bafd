import type { Db } from '../db/client.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { ring } from '../events/publish.ts';
import type { Logger } from '../logger.ts';
import { awaitClaims, findQueueSwitch, setOpen, setPaused } from './queue.store.ts';
import { PAUSE_NOTE_LIMIT, type QueueSwitch } from './queue.ts';

/**
 * Stops the claiming of a workspace's items; what runs goes on to its end, and submits are taken. Pausing twice keeps the first
 * pause. When it answers, no item of the workspace starts any more: a claim that was under way has been waited for. If the process
 * dies in between, the queue is paused and only that wait is missing.
 */
export async function pauseQueue(db: Db, workspaceId: string, note: string | null): Promise<QueueSwitch> {
  if ((note?.length ?? 0) > PAUSE_NOTE_LIMIT) {
    throw new InvalidInputError('note', `note has at most ${PAUSE_NOTE_LIMIT} characters.`);
  }
  await setPaused(db, workspaceId, note);
  await awaitClaims(db, workspaceId);
  return getQueueSwitch(db, workspaceId);
}

/**
 * Opens a workspace's queue again and wakes the workers. Opening an open queue changes nothing. With `since` it ends that pause only:
 * a pause that somebody else began later stays.
 */
export async function resumeQueue(
  db: Db,
  log: Logger,
  workspaceId: string,
  since: Date | null,
): Promise<QueueSwitch> {
  if (await setOpen(db, workspaceId, since)) {
    await ring(db, [{ about: 'work', id: workspaceId, at: 0 }]).catch((error: unknown) =>
      log.warn({ err: error }, 'ring failed'),
    );
  }
  return getQueueSwitch(db, workspaceId);
}

export async function getQueueSwitch(db: Db, workspaceId: string): Promise<QueueSwitch> {
  const found = await findQueueSwitch(db, workspaceId);
  if (found === null) throw new NotFoundError(`There is no workspace ${workspaceId}.`);
  return found;
}
