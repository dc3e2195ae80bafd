import { and, eq, sql } from 'drizzle-orm';
import type { Executor, Tx } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';
import { jobItems } from '../db/tables.ts';
import { type LockedJob, type LockedRow, lockedColumns, toLocked } from './job.store.ts';
import { CRASH_LIMIT, type Phase } from './job.ts';

/** A claim: what every later write of the item names. */
export interface HeldItem {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  readonly kind: string;
  readonly attempt: number;
  readonly fence: number;
}

/** What all items of a job are run with. */
interface Instructions {
  readonly strategy: string;
  readonly source: string;
  /** One object for all items of a claim. */
  readonly options: unknown;
}

/** What a worker needs to run an item. */
export interface ClaimedItem extends HeldItem, Instructions {
  readonly failures: number;
  /** How many workers died while they held it. */
  readonly crashes: number;
}

/** An item that was held at so many deaths is claimed and run alone: one more would end it, and must not end its neighbours. */
export const LAST_CRASH = CRASH_LIMIT - 1;
/** Items that were held at a death are claimed in small lots, so that few are held at the next. */
const SUSPECTS = 16;

export type ClaimableJob = LockedJob & Instructions;

export interface Claimable {
  readonly jobs: readonly ClaimableJob[];
  /** Items that could be claimed, at most `limit`. */
  readonly found: number;
}

/** A row when nothing of the workspace may be claimed. */
const pausedWorkspace = (id: string) =>
  `select from workspaces p where p.id = ${id} and p.paused_at is not null`;

/**
 * Picks the jobs whose items are next and locks them in id order. Next is: every workspace with claimable items in turn
 * (rank 1 of each, then rank 2 …, ties at random), within a workspace by priority, then age. The recursive part hops
 * from workspace to workspace on the claim index, so the cost grows with workspaces and `limit`, not with the queue.
 *
 * It waits for a locked job rather than skipping it: the lock is held for one flush, and a worker that skipped
 * would report an empty queue while items wait.
 */
export async function lockClaimableJobs(tx: Tx, kinds: readonly string[], limit: number): Promise<Claimable> {
  const rows = await execute<LockedRow & Instructions & { found: number }>(
    tx,
    'lockClaimableJobs',
    `with recursive waiting(workspace_id) as (
       (select workspace_id from job_items where state = 'QUEUED' order by workspace_id limit 1)
       union all
       select (select i.workspace_id from job_items i where i.state = 'QUEUED' and i.workspace_id > w.workspace_id
               order by i.workspace_id limit 1)
       from waiting w where w.workspace_id is not null
     ), candidates as materialized (
       select c.job_id from waiting w cross join lateral (
         select i.job_id, row_number() over () as rank from (
           select job_id from job_items
           where state = 'QUEUED' and workspace_id = w.workspace_id and run_at <= clock_timestamp() and kind = any($1::text[])
           order by priority desc, run_at, job_id, ticker limit $2
         ) as i
       ) as c
       where w.workspace_id is not null and not exists (${pausedWorkspace('w.workspace_id')})
       order by c.rank, random() limit $2
     )
     select ${lockedColumns}, j.strategy, j.source, j.options, (select count(*)::int from candidates) as found from jobs j
     where j.id in (select job_id from candidates) order by j.id for no key update`,
    [kinds, limit],
  );
  const jobs = rows.map(({ strategy, source, options, found: _found, ...row }) => ({
    ...toLocked(row),
    strategy,
    source,
    options,
  }));
  return { jobs, found: rows[0]?.found ?? 0 };
}

/**
 * Claims up to `limit` items of jobs that this transaction has locked; nobody else can change an item of theirs until it
 * commits. Each claim takes a new fence. A worker that was declared lost claims nothing. Whether a workspace is paused is asked
 * here, in a statement that begins after the jobs were locked: whoever paused and then waited for those locks is obeyed.
 * The rows are found again by their place on the page, which nobody can change before the commit: a plan made while the queue was short stays right.
 * After deaths fewer are claimed at once, in the end one: what kills its worker is found, and what was only held beside it is not blamed.
 */
export async function claimItems(
  tx: Tx,
  workerId: string,
  jobs: readonly ClaimableJob[],
  kinds: readonly string[],
  limit: number,
): Promise<ClaimedItem[]> {
  const instructions = new Map(jobs.map((job) => [job.id, job]));
  const rows = await execute<{
    job_id: string;
    workspace_id: string;
    ticker: string;
    kind: string;
    attempt: number;
    failures: number;
    crashes: number;
    fence: string;
  }>(
    tx,
    'claimItems',
    `with ranked as materialized (
       select c.tid, c.job_id, c.crashes, row_number() over (order by c.rank, random()) as n
       from (select distinct workspace_id from jobs j where id = any($1::uuid[])
         and not exists (${pausedWorkspace('j.workspace_id')})) as w cross join lateral (
         select i.tid, i.job_id, i.crashes, row_number() over () as rank from (
           select ctid as tid, job_id, crashes from job_items
           where state = 'QUEUED' and workspace_id = w.workspace_id and run_at <= clock_timestamp()
             and job_id = any($1::uuid[]) and kind = any($2::text[])
           order by priority desc, run_at, job_id, ticker limit $3
         ) as i
       ) as c
       where exists (select from workers where id = $4 and state = 'ALIVE')
     ), picked as (
       select tid from (select tid, n, max(crashes) over (order by n) as crashes from ranked where n <= $3) as r
       where n = 1 or crashes = 0 or (crashes < ${LAST_CRASH} and n <= ${SUSPECTS})
     )
     update job_items i set state = 'PROCESSING', worker_id = $4, fence = nextval('item_fence'),
       attempt = i.attempt + 1, phase = 0, started_at = coalesce(i.started_at, clock_timestamp())
     from picked r
     where i.ctid = r.tid and i.state = 'QUEUED'
     returning i.job_id, i.workspace_id, i.ticker, i.kind, i.attempt, i.failures, i.crashes, i.fence`,
    [[...instructions.keys()], kinds, limit, workerId],
  );
  return rows.flatMap((row) => {
    const job = instructions.get(row.job_id);
    if (job === undefined) return [];
    const { ticker, kind, attempt, failures, crashes } = row;
    const { strategy, source, options } = job;
    const named = {
      jobId: row.job_id,
      workspaceId: row.workspace_id,
      ticker,
      kind,
      attempt,
      fence: Number(row.fence),
    };
    return [{ ...named, failures, crashes, strategy, source, options }];
  });
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
  /** For QUEUED after a transient error, which then counts as one: how long it waits. Null: at once, and nothing counts. */
  readonly retryInMs: number | null;
}

export interface AppliedOutcome {
  readonly jobId: string;
  readonly ticker: string;
  /** Phase of the item before this outcome. */
  readonly phaseBefore: number;
  /** When it runs again after a transient error. */
  readonly retryAt: Date | null;
}

/**
 * Writes the outcomes whose fence is still the item's and answers those items. An outcome that is not answered wrote
 * nothing: its writer lost the claim, or the same outcome was written before its reply was lost. The jobs' rows are
 * locked, so what `o` reads is what `i` updates.
 */
export async function applyOutcomes(tx: Tx, outcomes: readonly ItemOutcome[]): Promise<AppliedOutcome[]> {
  const rows = await execute<{
    job_id: string;
    ticker: string;
    phase_before: number;
    retry_at: string | null;
  }>(
    tx,
    'applyOutcomes',
    `with o as materialized (
       select i.ctid as tid, i.phase as phase_before, u.* from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[],
         $5::smallint[], $6::text[], $7::text[], $8::int[])
         as u(job_id, ticker, fence, state, phase, error_code, error_message, retry_in_ms)
       join job_items i on i.job_id = u.job_id and i.ticker = u.ticker
       where i.fence = u.fence and i.state = 'PROCESSING' and (u.state <> 'PROCESSING' or i.phase < u.phase)
     )
     update job_items i set state = o.state, phase = case o.state when 'QUEUED' then 0 else greatest(i.phase, o.phase) end,
       worker_id = case when o.state = 'QUEUED' then null else i.worker_id end,
       error_code = case o.state when 'COMPLETED' then null else coalesce(o.error_code, i.error_code) end,
       error_message = case o.state when 'COMPLETED' then null else coalesce(o.error_message, i.error_message) end,
       failures = i.failures + (o.retry_in_ms is not null)::int,
       run_at = case when o.retry_in_ms is null then i.run_at else clock_timestamp() + o.retry_in_ms * interval '1 ms' end,
       queued_at = case when o.state = 'QUEUED' then clock_timestamp() else i.queued_at end,
       finished_at = case when o.state in ('COMPLETED', 'FAILED') then clock_timestamp() end
     from o where i.ctid = o.tid and i.fence = o.fence and i.state = 'PROCESSING'
     returning i.job_id, i.ticker, o.phase_before, case when o.retry_in_ms is not null then i.run_at end as retry_at`,
    [
      column('uuid', outcomes, (outcome) => outcome.jobId),
      column('text', outcomes, (outcome) => outcome.ticker),
      column('int8', outcomes, (outcome) => outcome.fence),
      column('text', outcomes, (outcome) => outcome.state),
      column('int2', outcomes, (outcome) => outcome.phase),
      column('text', outcomes, (outcome) => outcome.errorCode),
      column('text', outcomes, (outcome) => outcome.errorMessage),
      column('int4', outcomes, (outcome) => outcome.retryInMs),
    ],
  );
  return rows.map((row) => ({
    jobId: row.job_id,
    ticker: row.ticker,
    phaseBefore: row.phase_before,
    retryAt: row.retry_at === null ? null : new Date(row.retry_at),
  }));
}

interface ClaimState {
  readonly jobId: string;
  readonly ticker: string;
  readonly fence: number;
  readonly state: string;
  readonly errorCode: string | null;
}

/** The fences and states of items, to tell "written before" from "taken away". */
export async function listClaimStates(
  tx: Tx,
  items: readonly { readonly jobId: string; readonly ticker: string }[],
): Promise<ClaimState[]> {
  const result = await tx.execute<{
    job_id: string;
    ticker: string;
    fence: string;
    state: string;
    error_code: string | null;
  }>(
    sql`/* listClaimStates */
    select i.job_id, i.ticker, i.fence, i.state, i.error_code from job_items i
    join unnest(${sql.param(items.map((item) => item.jobId))}::uuid[], ${sql.param(items.map((item) => item.ticker))}::text[])
      as o(job_id, ticker) on i.job_id = o.job_id and i.ticker = o.ticker`,
  );
  return result.rows.map((row) => ({
    jobId: row.job_id,
    ticker: row.ticker,
    fence: Number(row.fence),
    state: row.state,
    errorCode: row.error_code,
  }));
}
