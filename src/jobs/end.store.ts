import type { Executor, Tx } from '../db/client.ts';
import { and, asc, eq, gt } from '../db/drizzle.ts';
import { column, execute } from '../db/statement.ts';
import { jobEnds } from './end.tables.ts';

/**
 * Gives ended jobs the next positions in their workspaces' logs of ends and answers the new heads. As in the feed of results the head's row
 * lock is held until the commit, so that positions are dense and in commit order; heads are locked in id order, behind those of the feed.
 */
export async function appendJobEnds(
  tx: Tx,
  jobs: readonly { readonly id: string; readonly workspaceId: string }[],
): Promise<{ workspaceId: string; position: number }[]> {
  if (jobs.length === 0) return [];
  const rows = await execute<{ workspace_id: string; position: string }>(
    tx,
    'appendJobEnds',
    `with ended as materialized (
      select e.workspace_id, e.job_id, row_number() over (partition by e.workspace_id order by e.n) as rank
      from unnest($1::uuid[], $2::uuid[]) with ordinality as e(workspace_id, job_id, n)
    ), heads as (
      insert into job_end_heads as h (workspace_id, position)
      select workspace_id, count(*) from ended group by workspace_id order by workspace_id
      on conflict (workspace_id) do update set position = h.position + excluded.position
      returning workspace_id, position
    ), entries as (
      insert into job_ends (workspace_id, position, job_id)
      select workspace_id, h.position - count(*) over (partition by workspace_id) + e.rank, e.job_id
      from ended e join heads h using (workspace_id)
    )
    select workspace_id, position from heads`,
    [column('uuid', jobs, (job) => job.workspaceId), column('uuid', jobs, (job) => job.id)],
  );
  return rows.map((row) => ({ workspaceId: row.workspace_id, position: Number(row.position) }));
}

/** The ends behind a position, in order. */
export async function listJobEnds(
  db: Executor,
  workspaceId: string,
  after: number,
  limit: number,
): Promise<{ position: number; jobId: string }[]> {
  return db
    .select({ position: jobEnds.position, jobId: jobEnds.jobId })
    .from(jobEnds)
    .where(and(eq(jobEnds.workspaceId, workspaceId), gt(jobEnds.position, after)))
    .orderBy(asc(jobEnds.position))
    .limit(limit);
}
