import { eq, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { workspaces } from '../db/tables.ts';
import type { QueueSwitch } from './queue.ts';

const switchColumns = {
  workspaceId: workspaces.id,
  pausedAt: workspaces.pausedAt,
  pauseNote: workspaces.pauseNote,
};

export async function findQueueSwitch(db: Executor, workspaceId: string): Promise<QueueSwitch | null> {
  const [row] = await db.select(switchColumns).from(workspaces).where(eq(workspaces.id, workspaceId));
  return row ?? null;
}

/** A queue that is paused already keeps its time and its note. */
export async function setPaused(db: Executor, workspaceId: string, note: string | null): Promise<void> {
  await db.execute(sql`/* setPaused */
    update workspaces set paused_at = clock_timestamp(), pause_note = ${note}
    where id = ${workspaceId} and paused_at is null`);
}

/** Answers whether the queue was paused; with `since` only when it is still that pause. */
export async function setOpen(db: Executor, workspaceId: string, since: Date | null): Promise<boolean> {
  const { rowCount } = await db.execute(sql`/* setOpen */
    update workspaces set paused_at = null, pause_note = null
    where id = ${workspaceId} and paused_at is not null
      and (${since?.toISOString() ?? null}::timestamptz is null or paused_at = ${since?.toISOString() ?? null}::timestamptz)`);
  return rowCount === 1;
}

/**
 * Waits for whoever holds a job with waiting items: a claim that began before the pause is among them. Rows are locked in id
 * order, as everywhere, and let go at once.
 */
export async function awaitClaims(db: Executor, workspaceId: string): Promise<void> {
  await db.execute(sql`/* awaitClaims */
    select count(*) from (select from jobs where workspace_id = ${workspaceId} and state in ('QUEUED', 'PROCESSING') and queued > 0
      order by id for share) as claimable`);
}
