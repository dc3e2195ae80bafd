import type { Tx } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';
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
 * All items are locked before the first list: `array()` has read every changed item before it answers. A join would take rows as it needs them,
 * and with a few lists PostgreSQL plans one that locks a list after its first item: two flushes then wait for each other in a circle.
 */
export async function updateWatchlistStatus(
  tx: Tx,
  statuses: readonly TickerStatus[],
): Promise<{ id: string; revision: number }[]> {
  if (statuses.length === 0) return [];
  const news = newestByTicker(statuses);
  const rows = await execute<{ id: string; revision: string }>(
    tx,
    'updateWatchlistStatus',
    `with news as materialized (
       select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[])
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
       select id from watchlists where id = any(array(select watchlist_id from changed)) order by id for update
     )
     update watchlists w set revision = w.revision + 1 from lists where w.id = lists.id returning w.id, w.revision`,
    [
      column('uuid', news, (status) => status.workspaceId),
      column('text', news, (status) => status.ticker),
      column('uuid', news, (status) => status.jobId),
      column('text', news, (status) => status.status),
      column('uuid', news, (status) => status.analysisId),
    ],
  );
  return rows.map((row) => ({ id: row.id, revision: Number(row.revision) }));
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
