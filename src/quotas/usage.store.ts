import type { Executor } from '../db/client.ts';
import { sql } from '../db/drizzle.ts';

/** Items of a workspace that wait, due or not. */
export async function countQueuedItems(db: Executor, workspaceId: string): Promise<number> {
  const { rows } = await db.execute<{ items: string }>(sql`/* countQueuedItems */
    select coalesce(sum(queued), 0) as items from jobs where workspace_id = ${workspaceId} and state in ('QUEUED', 'PROCESSING')`);
  return Number(rows[0]?.items ?? 0);
}

/** Responses that are stored under idempotency keys of a workspace. */
export async function countStoredResponses(db: Executor, workspaceId: string): Promise<number> {
  const { rows } = await db.execute<{ responses: string }>(sql`/* countStoredResponses */
    select count(*) as responses from mutation_answers where workspace_id = ${workspaceId}`);
  return Number(rows[0]?.responses ?? 0);
}
