import { sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';

/** An array of 100 ids is 1.6 KB and stays in its row; beyond 2 KB PostgreSQL would move it out of line. */
const IDS_PER_ENTRY = 100;

/**
 * Gives results the next positions of their workspaces' feeds, in the order given, and answers the new heads. The head's row lock is held
 * until the commit: who gets a later position commits later, and a rolled-back position is given out again. So positions are dense and a
 * reader who has seen one has seen all before it. Heads are locked in id order.
 */
export async function appendToFeed(
  tx: Tx,
  results: readonly { readonly workspaceId: string; readonly analysisId: string }[],
): Promise<{ workspaceId: string; position: number }[]> {
  const rows = await tx.execute<{ workspace_id: string; position: string }>(sql`/* appendToFeed */
    with results as materialized (
      select r.workspace_id, r.analysis_id, row_number() over (partition by r.workspace_id order by r.n) as rank
      from unnest(${sql.param(results.map((result) => result.workspaceId))}::uuid[],
        ${sql.param(results.map((result) => result.analysisId))}::uuid[]) with ordinality as r(workspace_id, analysis_id, n)
    ), heads as (
      insert into feed_heads as h (workspace_id, position)
      select workspace_id, count(*) from results group by workspace_id order by workspace_id
      on conflict (workspace_id) do update set position = h.position + excluded.position
      returning workspace_id, position
    ), chunks as (
      select workspace_id, (rank - 1) / ${IDS_PER_ENTRY} as chunk, max(rank) as last_rank, array_agg(analysis_id order by rank) as ids
      from results group by workspace_id, chunk
    ), entries as (
      insert into feed_entries (workspace_id, last_position, analysis_ids)
      select c.workspace_id, h.position - max(c.last_rank) over (partition by c.workspace_id) + c.last_rank, c.ids
      from chunks c join heads h using (workspace_id)
    )
    select workspace_id, position from heads`);
  return rows.rows.map((row) => ({ workspaceId: row.workspace_id, position: Number(row.position) }));
}
