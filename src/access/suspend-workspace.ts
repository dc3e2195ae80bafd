import { DEFAULT_WORKSPACE_ID } from '../access.ts';
import { recordChange } from '../audit/record-change.ts';
import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { InvalidStateError, NotFoundError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { notifySubscribers } from '../events/publish.ts';
import { holdOffRetention } from '../jobs/hold-off-retention.ts';
import { awaitStarts } from '../jobs/pause-queue.ts';
import type { Logger } from '../logger.ts';
import {
  countRunning,
  deletePiece,
  deleteWorkspaceRow,
  lockSuspension,
  PIECES,
  setResumed,
  setSuspended,
} from './workspace.store.ts';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
}

/**
 * Shuts a workspace: its keys and tokens are rejected and what is open with them ends within 2 s (5 s on a node that missed the notification), no item of it starts, and no message
 * of its webhooks is sent. What runs goes on to its end. Suspending twice changes nothing. Throws NotFoundError, and InvalidStateError for the default workspace,
 * which the key of the server itself opens.
 */
export async function suspendWorkspace(deps: Deps, workspaceId: string): Promise<void> {
  await change(deps, workspaceId, setSuspended);
  // Also when it was suspended already: the process that did may have died before it had waited.
  await awaitStarts(deps.db, workspaceId);
}

/** Opens a suspended workspace again. A pause of its queue that is older than the suspension stays. Resuming twice changes nothing. */
export async function resumeWorkspace(deps: Deps, workspaceId: string): Promise<void> {
  await change(deps, workspaceId, setResumed, [{ about: 'work', id: workspaceId, at: 0 }]);
}

/**
 * Removes a suspended workspace with all that it holds, some rows at a time; the audit log keeps what was done in it. A process that dies meanwhile leaves a suspended workspace
 * with fewer rows, which can be deleted again. Throws NotFoundError, and InvalidStateError while the workspace is not suspended or items of it still run.
 */
export async function deleteWorkspace(deps: Deps, workspaceId: string): Promise<void> {
  const { db } = deps;
  await inTransaction(db, (tx) => requireSuspended(tx, workspaceId));
  // Retention removes jobs in an order of its own, and with them locks results and tickers: the two do not run at once.
  const removePiece = (number: number) =>
    inTransaction(db, async (tx) => {
      await holdOffRetention(tx);
      return deletePiece(tx, workspaceId, number);
    });
  for (let number = 0; number < PIECES; number += 1) while ((await removePiece(number)) > 0);
  await inTransaction(db, async (tx) => {
    await holdOffRetention(tx);
    await requireSuspended(tx, workspaceId);
    await deleteWorkspaceRow(tx, workspaceId);
    await recordChange(tx, target(workspaceId));
  });
  await tell(deps, [{ about: 'access', id: workspaceId, at: 0 }]);
}

async function requireSuspended(tx: Tx, workspaceId: string): Promise<void> {
  const state = await lockSuspension(tx, workspaceId);
  if (state === null) throw new NotFoundError(`There is no workspace ${workspaceId}.`);
  if (state !== 'SUSPENDED')
    throw new InvalidStateError(state, 'Only a suspended workspace can be deleted: suspend it first.');
  const running = await countRunning(tx, workspaceId);
  if (running > 0)
    throw new InvalidStateError(
      'RUNNING',
      `${running} items of the workspace are still running: try again when they have finished.`,
    );
}

async function change(
  deps: Deps,
  workspaceId: string,
  write: (tx: Tx, workspaceId: string) => Promise<void>,
  hints: readonly Hint[] = [],
): Promise<void> {
  if (workspaceId === DEFAULT_WORKSPACE_ID)
    throw new InvalidStateError(
      'DEFAULT',
      'The default workspace cannot be suspended, because the key of the server itself belongs to it.',
    );
  await inTransaction(deps.db, async (tx) => {
    if ((await lockSuspension(tx, workspaceId)) === null)
      throw new NotFoundError(`There is no workspace ${workspaceId}.`);
    await write(tx, workspaceId);
    await recordChange(tx, target(workspaceId));
  });
  await tell(deps, [{ about: 'access', id: workspaceId, at: 0 }, ...hints]);
}

const target = (workspaceId: string) => ({ type: 'Workspace', ids: [workspaceId] });

async function tell({ db, log }: Deps, hints: readonly Hint[]): Promise<void> {
  await notifySubscribers(db, log, hints);
}
