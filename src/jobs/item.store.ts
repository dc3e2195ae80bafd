import type { Executor } from '../db/client.ts';
import { createConditions } from '../db/conditions.ts';
import { and, asc, eq, inArray, sql } from '../db/drizzle.ts';
import { readRows, selectionOf } from '../db/selection.ts';
import { column, executeVarying } from '../db/statement.ts';
import { jobItems } from './job.tables.ts';
import type { ItemState, JobItem } from './job.ts';

const items = selectionOf<JobItem>('i', {
  jobId: jobItems.jobId,
  ticker: jobItems.ticker,
  state: jobItems.state,
  phase: jobItems.phase,
  attempt: jobItems.attempt,
  errorCode: jobItems.errorCode,
  errorMessage: jobItems.errorMessage,
  runAt: jobItems.runAt,
  startedAt: jobItems.startedAt,
  finishedAt: jobItems.finishedAt,
});

export interface ItemFilter {
  readonly states?: readonly ItemState[] | undefined;
  readonly errorCode?: string | undefined;
}

/** Items of several jobs by ticker, at most `limit` of each beyond `from`: one statement however many jobs ask. */
export async function listItems(
  db: Executor,
  workspaceId: string,
  jobIds: readonly string[],
  filter: ItemFilter,
  page: { readonly limit: number; readonly from: string | null; readonly descending: boolean },
): Promise<JobItem[]> {
  const order = page.descending ? 'desc' : 'asc';
  const ids = column('uuid', jobIds, (id) => id);
  const found = createConditions(['i.job_id = j.id', 'i.workspace_id = $1'], workspaceId, ids, page.limit);
  found.where(`i.ticker ${page.descending ? '<' : '>'} ?`, page.from);
  found.where('i.state = any(?::text[])', filter.states);
  found.where('i.error_code = ?', filter.errorCode);
  return readRows(
    executeVarying,
    db,
    'listItems',
    items,
    `from unnest($2::uuid[]) as j(id) cross join lateral (
       select * from job_items i where ${found.text()} order by i.ticker ${order} limit $3) as i
     order by i.job_id, i.ticker ${order}`,
    found.values,
  );
}

export async function countItems(
  db: Executor,
  workspaceId: string,
  jobIds: readonly string[],
  filter: ItemFilter,
): Promise<Map<string, number>> {
  const rows = await db
    .select({ jobId: jobItems.jobId, count: sql<number>`count(*)::int` })
    .from(jobItems)
    .where(
      and(
        eq(jobItems.workspaceId, workspaceId),
        sql`${jobItems.jobId} = any(${sql.param(jobIds)}::uuid[])`,
        filter.states === undefined ? undefined : inArray(jobItems.state, [...filter.states]),
        filter.errorCode === undefined ? undefined : eq(jobItems.errorCode, filter.errorCode),
      ),
    )
    .groupBy(jobItems.jobId);
  return new Map(rows.map((row) => [row.jobId, row.count]));
}

/** Tickers whose items ended in one of these states, by ticker. */
export async function listTickers(
  db: Executor,
  workspaceId: string,
  jobId: string,
  states: readonly ItemState[],
): Promise<string[]> {
  const rows = await db
    .select({ ticker: jobItems.ticker })
    .from(jobItems)
    .where(
      and(
        eq(jobItems.workspaceId, workspaceId),
        eq(jobItems.jobId, jobId),
        inArray(jobItems.state, [...states]),
      ),
    )
    .orderBy(asc(jobItems.ticker));
  return rows.map((row) => row.ticker);
}
