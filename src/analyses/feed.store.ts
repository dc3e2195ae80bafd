import type { Executor, Tx } from '../db/client.ts';
import { sql } from '../db/drizzle.ts';
import { column, execute } from '../db/statement.ts';

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
  const rows = await execute<{ workspace_id: string; position: string }>(
    tx,
    'appendToFeed',
    `with results as materialized (
      select r.workspace_id, r.analysis_id, row_number() over (partition by r.workspace_id order by r.n) as rank
      from unnest($1::uuid[], $2::uuid[]) with ordinality as r(workspace_id, analysis_id, n)
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
    select workspace_id, position from heads`,
    [
      column('uuid', results, (result) => result.workspaceId),
      column('uuid', results, (result) => result.analysisId),
    ],
  );
  return rows.map((row) => ({ workspaceId: row.workspace_id, position: Number(row.position) }));
}

export interface FeedCursor {
  readonly workspaceId: string;
  /** Position of the last result that the reader has; null asks for the head only. */
  readonly after: number | null;
}

export interface FeedPage {
  /** The workspace's newest position. */
  readonly head: number;
  /** Behind the cursor, in order. A hole was left by retention. */
  readonly results: readonly { readonly position: number; readonly analysisId: string }[];
}

/** The next results behind each cursor, at most `limit` each, in one statement and so of one moment. */
export async function listFeedPages(
  db: Executor,
  cursors: readonly FeedCursor[],
  limit: number,
): Promise<Map<string, FeedPage>> {
  const pages = await db.execute<{
    workspace_id: string;
    after: string | null;
    head: string;
    results: [number, string][] | null;
  }>(sql`/* listFeedPages */
    select c.workspace_id, c.after, coalesce(h.position, 0) as head, page.results
    from unnest(${sql.param(cursors.map((cursor) => cursor.workspaceId))}::uuid[],
      ${sql.param(cursors.map((cursor) => cursor.after))}::bigint[]) as c(workspace_id, after)
    left join feed_heads h on h.workspace_id = c.workspace_id
    cross join lateral (
      select json_agg(json_build_array(r.position, r.id) order by r.position) as results
      from (
        select e.last_position - cardinality(e.analysis_ids) + o.n as position, o.id
        from (
          select last_position, analysis_ids from feed_entries
          where workspace_id = c.workspace_id and last_position > c.after order by last_position limit ${limit}
        ) as e cross join unnest(e.analysis_ids) with ordinality as o(id, n)
        where e.last_position - cardinality(e.analysis_ids) + o.n > c.after
        order by 1 limit ${limit}
      ) as r
    ) as page`);
  return new Map(
    pages.rows.map(({ workspace_id, after, head, results }) => [
      feedKey({ workspaceId: workspace_id, after: after === null ? null : Number(after) }),
      {
        head: Number(head),
        results: (results ?? []).map(([position, analysisId]) => ({ position, analysisId })),
      },
    ]),
  );
}

export function feedKey({ workspaceId, after }: FeedCursor): string {
  return `${workspaceId}:${after ?? 'head'}`;
}
