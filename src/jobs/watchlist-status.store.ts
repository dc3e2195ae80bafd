import { sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import type { ItemState } from './job.ts';

export interface TickerStatus {
  readonly workspaceId: string;
  readonly ticker: string;
  readonly jobId: string;
  readonly status: ItemState;
  /** The result stored for it; null leaves the last good one. */
  readonly analysisId: string | null;
}

/**
 * Carries the status of the newest run of a ticker to every list that holds it, and moves those lists' revision on.
 * Rows are locked in key order before they are changed; an older job never overwrites a newer one (ids grow with time).
 */
export async function updateWatchlistStatus(
  tx: Tx,
  statuses: readonly TickerStatus[],
): Promise<{ id: string; revision: number }[]> {
  if (statuses.length === 0) return [];
  const news = newestByTicker(statuses);
  const column = <Value>(of: (status: TickerStatus) => Value) => sql.param(news.map(of));
  const result = await tx.execute<{ id: string; revision: string }>(sql`/* updateWatchlistStatus */
    with news as materialized (
      select * from unnest(${column((s) => s.workspaceId)}::uuid[], ${column((s) => s.ticker)}::text[],
        ${column((s) => s.jobId)}::uuid[], ${column((s) => s.status)}::text[], ${column((s) => s.analysisId)}::uuid[])
        as n(workspace_id, ticker, job_id, status, analysis_id)
    ), locked as materialized (
      select i.watchlist_id, i.ticker, n.job_id, n.status, n.analysis_id
      from news n join watchlist_items i on i.workspace_id = n.workspace_id and i.ticker = n.ticker
      where i.last_job_id is null or i.last_job_id <= n.job_id
      order by i.watchlist_id, i.ticker for update of i
    ), changed as (
      update watchlist_items i set last_job_id = l.job_id, last_status = l.status,
        last_analysis_id = coalesce(l.analysis_id, i.last_analysis_id)
      from locked l where i.watchlist_id = l.watchlist_id and i.ticker = l.ticker
      returning i.watchlist_id
    ), lists as materialized (
      select id from watchlists where id in (select watchlist_id from changed) order by id for update
    )
    update watchlists w set revision = w.revision + 1 from lists where w.id = lists.id returning w.id, w.revision`);
  return result.rows.map((row) => ({ id: row.id, revision: Number(row.revision) }));
}

/** Two jobs of one batch may hold the same ticker, and a statement changes a row once. */
function newestByTicker(statuses: readonly TickerStatus[]): TickerStatus[] {
  const newest = new Map<string, TickerStatus>();
  for (const status of statuses) {
    const key = `${status.workspaceId} ${status.ticker}`;
    if ((newest.get(key)?.jobId ?? '') <= status.jobId) newest.set(key, status);
  }
  return [...newest.values()];
}
