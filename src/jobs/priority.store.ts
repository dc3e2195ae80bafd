import type { Tx } from '../db/client.ts';
import { sql } from '../db/drizzle.ts';

/**
 * Raises the priority of a job that has not ended, and with it locks the job's row. Returns whether the row was changed: a job that has ended, or
 * that already has this priority or a higher one, is left as it is.
 */
export async function raiseJobPriority(
  tx: Tx,
  workspaceId: string,
  jobId: string,
  priority: number,
): Promise<boolean> {
  const { rowCount } = await tx.execute(sql`/* raiseJobPriority */
    update jobs set priority = ${priority}
    where id = ${jobId} and workspace_id = ${workspaceId} and priority < ${priority} and state in ('QUEUED', 'PROCESSING')`);
  return rowCount === 1;
}
