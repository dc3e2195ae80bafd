import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Executor, Tx } from '../db/client.ts';
import { jobItems } from '../db/tables.ts';
import type { Phase } from './job.ts';

/** A claim: what every later write of the item names. */
export interface HeldItem {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  readonly kind: string;
  readonly attempt: number;
  readonly fence: number;
}

/** What a worker needs to run an item. */
export interface ClaimedItem extends HeldItem {
  readonly strategy: string;
  readonly source: string;
  readonly options: unknown;
  readonly failures: number;
}

/** A row when nothing of the workspace may be claimed. */
const pausedWorkspace = (id: SQL) =>
  sql`select from workspaces p where p.id = ${id} and p.paused_at is not null`;

/**
 * Picks the jobs whose items are next and locks them in id order. Next is: every workspace with claimable items in turn
 * (rank 1 of each, then rank 2 …, ties at random), within a workspace by priority, then age. The recursive part hops
 * from workspace to workspace on the claim index, so the cost grows with workspaces and `limit`, not with the queue.
 *
 * It waits for a locked job rather than skipping it: the lock is held for one flush, and a worker that skipped
 * would report an empty queue while items wait.
 */
export async function lockClaimableJobs(tx: Tx, kinds: readonly string[], limit: number): Promise<string[]> {
  const result = await tx.execute<{ id: string }>(sql`/* lockClaimableJobs */
    with recursive waiting(workspace_id) as (
      (select workspace_id from job_items where state = 'QUEUED' order by workspace_id limit 1)
      union all
      select (select i.workspace_id from job_items i where i.state = 'QUEUED' and i.workspace_id > w.workspace_id
              order by i.workspace_id limit 1)
      from waiting w where w.workspace_id is not null
    ), candidates as materialized (
      select c.job_id from waiting w cross join lateral (
        select i.job_id, row_number() over () as rank from (
          select job_id from job_items
          where state = 'QUEUED' and workspace_id = w.workspace_id and run_at <= clock_timestamp()
            and kind = any(${sql.param(kinds)}::text[])
          order by priority desc, run_at, job_id, ticker limit ${limit}
        ) as i
      ) as c
      where w.workspace_id is not null and not exists (${pausedWorkspace(sql`w.workspace_id`)})
      order by c.rank, random() limit ${limit}
    )
    select j.id from jobs j where j.id in (select job_id from candidates) order by j.id for no key update`);
  return result.rows.map((row) => row.id);
}

/**
 * Claims up to `limit` items of jobs that this transaction has locked; nobody else can change an item of theirs until it
 * commits. Each claim takes a new fence. A worker that was declared lost claims nothing. Whether a workspace is paused is asked
 * here, in a statement that begins after the jobs were locked: whoever paused and then waited for those locks is obeyed.
 */
export async function claimItems(
  tx: Tx,
  workerId: string,
  jobIds: readonly string[],
  kinds: readonly string[],
  limit: number,
): Promise<ClaimedItem[]> {
  const result = await tx.execute<Record<string, string | number>>(sql`/* claimItems */
    with ranked as materialized (
      select c.job_id, c.ticker, c.rank
      from (select distinct workspace_id from jobs j where id = any(${sql.param(jobIds)}::uuid[])
        and not exists (${pausedWorkspace(sql`j.workspace_id`)})) as w cross join lateral (
        select i.job_id, i.ticker, row_number() over () as rank from (
          select job_id, ticker from job_items
          where state = 'QUEUED' and workspace_id = w.workspace_id and run_at <= clock_timestamp()
            and job_id = any(${sql.param(jobIds)}::uuid[]) and kind = any(${sql.param(kinds)}::text[])
          order by priority desc, run_at, job_id, ticker limit ${limit}
        ) as i
      ) as c
      where exists (select from workers where id = ${workerId} and state = 'ALIVE')
      order by c.rank, random() limit ${limit}
    )
    update job_items i set state = 'PROCESSING', worker_id = ${workerId}, fence = nextval('item_fence'),
      attempt = i.attempt + 1, phase = 0, started_at = coalesce(i.started_at, clock_timestamp())
    from ranked r join jobs j on j.id = r.job_id
    where i.job_id = r.job_id and i.ticker = r.ticker and i.state = 'QUEUED'
    returning i.job_id, i.workspace_id, i.ticker, i.kind, i.attempt, i.failures, i.fence, j.strategy, j.source,
      j.options::text as options`);
  return result.rows.map(toClaimed);
}

function toClaimed(row: Record<string, string | number>): ClaimedItem {
  return {
    jobId: String(row.job_id),
    workspaceId: String(row.workspace_id),
    ticker: String(row.ticker),
    kind: String(row.kind),
    strategy: String(row.strategy),
    source: String(row.source),
    options: JSON.parse(String(row.options)),
    attempt: Number(row.attempt),
    failures: Number(row.failures),
    fence: Number(row.fence),
  };
}

/** What this worker holds according to the database: the truth when a reply was lost or an item was taken away. */
export async function listHeldItems(db: Executor, workerId: string): Promise<HeldItem[]> {
  return db
    .select({
      jobId: jobItems.jobId,
      workspaceId: jobItems.workspaceId,
      ticker: jobItems.ticker,
      kind: jobItems.kind,
      attempt: jobItems.attempt,
      fence: sql`${jobItems.fence}`.mapWith(Number),
    })
    .from(jobItems)
    .where(and(eq(jobItems.workerId, workerId), eq(jobItems.state, 'PROCESSING')));
}

export interface ItemOutcome {
  readonly jobId: string;
  readonly ticker: string;
  readonly fence: number;
  /** PROCESSING: only the phase moves. QUEUED: given back. */
  readonly state: 'PROCESSING' | 'QUEUED' | 'COMPLETED' | 'FAILED';
  readonly phase: Phase;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** For QUEUED: when it may run again; null at once. */
  readonly retryAt: Date | null;
  /** For QUEUED: the attempt ended in a transient error and counts as one. */
  readonly countsAsFailure: boolean;
}

export interface AppliedOutcome {
  readonly jobId: string;
  readonly ticker: string;
  /** Phase of the item before this outcome. */
  readonly phaseBefore: number;
}

/**
 * Writes the outcomes whose fence is still the item's and answers those items. An outcome that is not answered wrote
 * nothing: its writer lost the claim, or the same outcome was written before its reply was lost. The jobs' rows are
 * locked, so what `p` reads is what `i` updates.
 */
export async function applyOutcomes(tx: Tx, outcomes: readonly ItemOutcome[]): Promise<AppliedOutcome[]> {
  const column = <Value>(of: (outcome: ItemOutcome) => Value) => sql.param(outcomes.map(of));
  const result = await tx.execute<{
    job_id: string;
    ticker: string;
    phase_before: number;
  }>(sql`/* applyOutcomes */
    update job_items i set state = o.state, phase = case o.state when 'QUEUED' then 0 else greatest(i.phase, o.phase) end,
      worker_id = case when o.state = 'QUEUED' then null else i.worker_id end,
      error_code = case o.state when 'COMPLETED' then null else coalesce(o.error_code, i.error_code) end,
      error_message = case o.state when 'COMPLETED' then null else coalesce(o.error_message, i.error_message) end,
      failures = i.failures + o.counts::int,
      run_at = case when o.state = 'QUEUED' then coalesce(o.retry_at, i.run_at) else i.run_at end,
      queued_at = case when o.state = 'QUEUED' then clock_timestamp() else i.queued_at end,
      finished_at = case when o.state in ('COMPLETED', 'FAILED') then clock_timestamp() end
    from unnest(${column((o) => o.jobId)}::uuid[], ${column((o) => o.ticker)}::text[], ${column((o) => o.fence)}::bigint[],
      ${column((o) => o.state)}::text[], ${column((o) => o.phase)}::smallint[], ${column((o) => o.errorCode)}::text[],
      ${column((o) => o.errorMessage)}::text[], ${column((o) => o.retryAt?.toISOString() ?? null)}::timestamptz[],
      ${column((o) => o.countsAsFailure)}::boolean[])
      as o(job_id, ticker, fence, state, phase, error_code, error_message, retry_at, counts)
    join job_items p on p.job_id = o.job_id and p.ticker = o.ticker
    where i.job_id = o.job_id and i.ticker = o.ticker and i.fence = o.fence and i.state = 'PROCESSING'
      and (o.state <> 'PROCESSING' or i.phase < o.phase)
    returning i.job_id, i.ticker, p.phase as phase_before`);
  return result.rows.map((row) => ({
    jobId: row.job_id,
    ticker: row.ticker,
    phaseBefore: row.phase_before,
  }));
}

/** The fences and states of items, to tell "written before" from "taken away". */
export async function listClaimStates(
  tx: Tx,
  items: readonly { readonly jobId: string; readonly ticker: string }[],
): Promise<{ jobId: string; ticker: string; fence: number; state: string }[]> {
  const result = await tx.execute<{ job_id: string; ticker: string; fence: string; state: string }>(
    sql`/* listClaimStates */
    select i.job_id, i.ticker, i.fence, i.state from job_items i
    join unnest(${sql.param(items.map((item) => item.jobId))}::uuid[], ${sql.param(items.map((item) => item.ticker))}::text[])
      as o(job_id, ticker) on i.job_id = o.job_id and i.ticker = o.ticker`,
  );
  return result.rows.map((row) => ({
    jobId: row.job_id,
    ticker: row.ticker,
    fence: Number(row.fence),
    state: row.state,
  }));
}
