import type { Db } from '../db/client.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { changeOnce } from '../idempotency/change-once.ts';
import type { Logger } from '../logger.ts';
import type { Places } from '../quotas/reserve-places.ts';
import { awaitClaims, findQueueSwitch, setOpen, setPaused } from './queue.store.ts';
import { PAUSE_NOTE_LIMIT, type QueueSwitch } from './queue.ts';

/**
 * Stops the claiming of a workspace's items; what runs goes on to its end, and submits are taken. Pausing twice keeps the first
 * pause. When it answers, no item of the workspace starts any more: a claim that was under way has been waited for. If the process
 * dies in between, the queue is paused and only that wait is missing.
 */
export async function pauseQueue(
  db: Db,
  log: Logger,
  workspaceId: string,
  note: string | null,
  idempotencyKey: string | null = null,
  storedResponses?: Places,
): Promise<QueueSwitch> {
  if ((note?.length ?? 0) > PAUSE_NOTE_LIMIT) {
    throw new InvalidInputError('note', `note has at most ${PAUSE_NOTE_LIMIT} characters.`);
  }
  const asked = { workspaceId, operation: 'pauseQueue', input: { note, idempotencyKey } };
  await changeOnce({ db, log, ...(storedResponses && { storedResponses }) }, asked, async (tx) => {
    await setPaused(tx, workspaceId, note);
    return { answer: null, hints: [], target: queueOf(workspaceId) };
  });
  // Also when it repeats: the process may have died before it had waited.
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
  idempotencyKey: string | null = null,
  storedResponses?: Places,
): Promise<QueueSwitch> {
  const asked = { workspaceId, operation: 'resumeQueue', input: { since, idempotencyKey } };
  await changeOnce({ db, log, ...(storedResponses && { storedResponses }) }, asked, async (tx) => {
    const opened = await setOpen(tx, workspaceId, since);
    const hints: Hint[] = opened ? [{ about: 'work', id: workspaceId, at: 0 }] : [];
    return { answer: null, hints, target: queueOf(workspaceId) };
  });
  return getQueueSwitch(db, workspaceId);
}

/** Waits for the claims of a paused queue that began before the pause: after it no item of the workspace starts. */
export const awaitStarts = awaitClaims;

/** A workspace has one queue, which goes by the workspace's id. */
const queueOf = (workspaceId: string) => ({ type: 'Queue', ids: [workspaceId] });

export async function getQueueSwitch(db: Db, workspaceId: string): Promise<QueueSwitch> {
  const found = await findQueueSwitch(db, workspaceId);
  if (found === null) throw new NotFoundError(`There is no workspace ${workspaceId}.`);
  return found;
}
