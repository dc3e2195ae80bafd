import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { jobItems } from '../db/tables.ts';
import type { ItemState, JobItem } from './job.ts';

const itemColumns = {
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
};

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
  const beyond = page.descending ? sql`i.ticker < ${page.from}` : sql`i.ticker > ${page.from}`;
  return db
    .select(itemColumns)
    .from(jobItems)
    .where(
      sql`${jobItems.workspaceId} = ${workspaceId} and (${jobItems.jobId}, ${jobItems.ticker}) in (/* listItems */
        select picked.* from unnest(${sql.param(jobIds)}::uuid[]) as j(id) cross join lateral (
          select i.job_id, i.ticker from job_items i where i.job_id = j.id and i.workspace_id = ${workspaceId} and ${page.from === null ? sql`true` : beyond}
            ${filter.states === undefined ? sql`` : sql`and i.state = any(${sql.param(filter.states)}::text[])`}
            ${filter.errorCode === undefined ? sql`` : sql`and i.error_code = ${filter.errorCode}`}
          order by i.ticker ${sql.raw(page.descending ? 'desc' : 'asc')} limit ${page.limit}) as picked)`,
    )
    .orderBy(asc(jobItems.jobId), page.descending ? desc(jobItems.ticker) : asc(jobItems.ticker));
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
