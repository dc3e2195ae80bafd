import type { Executor, Tx } from '../db/client.ts';
import { and, eq, sql } from '../db/drizzle.ts';
import { column, execute } from '../db/statement.ts';
import { type LockedJob, type LockedRow, lockedColumns, toLocked } from './job.store.ts';
import { jobItems } from './job.tables.ts';
import { CRASH_LIMIT, type Phase } from './job.ts';
import { type Share, TURN } from './turns.ts';

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

/** What a worker asks for in a claim. */
export interface Wanted {
  readonly workerId: string;
  readonly kinds: readonly string[];
  /** Items at most. */
  readonly limit: number;
  /** False: no items that must run alone. */
  readonly suspects: boolean;
}

/** Above this number of deaths an item is not claimed. */
const maxCrashes = ({ suspects }: Wanted): number => (suspects ? CRASH_LIMIT : LAST_CRASH - 1);

export type ClaimableJob = LockedJob &
  Instructions & {
    readonly priority: number;
    /** False when another claim took its last due item meanwhile. */
    readonly claimable: boolean;
    /** Place in line, ms since 1970. */
    readonly turnAt: number;
  };

export interface Claimable {
  readonly jobs: readonly ClaimableJob[];
  /** All claimable jobs are among `jobs`. */
  readonly all: boolean;
}

/** As the index of the claim has it: jobs without a due item are not in that index. */
export const claimable = (job: string) => `${job}.claimable and ${job}.state in ('QUEUED', 'PROCESSING')`;

/**
 * How many items of its workspace are in line before the first of each claimable job `first` (`turns.ts`): all items of a higher priority, and one
 * turn of each job before it. `by` partitions the rows by workspace, when they are of several.
 */
export const itemsAhead = (by = '') => `
  coalesce(sum(first.queued) over (${by === '' ? '' : `partition by ${by}`} order by first.priority desc
    range between unbounded preceding and current row exclude group), 0)
  + coalesce(sum(least(first.queued, ${TURN})) over (partition by ${by === '' ? '' : `${by}, `}first.priority order by first.turn_at, first.id
    rows between unbounded preceding and 1 preceding), 0)`;

/**
 * Finds the jobs whose items are next (`turns.ts` has the rule), at most `limit`, and locks them in id order. The recursive part goes from
 * workspace to workspace on the index of claimable jobs; of each workspace it reads at most `limit` jobs, and skips those that would get no
 * place even if it were the only workspace. The cost grows with workspaces and `limit`, not with queued items, and what is not due costs nothing.
 *
 * It waits for a locked job rather than skipping it: the lock is held for one flush, and a worker that skipped
 * would report an empty queue while items wait. `excluded` jobs are left out.
 */
export async function lockClaimableJobs(
  tx: Tx,
  { kinds, limit }: Wanted,
  excluded: readonly string[] = [],
): Promise<Claimable> {
  const rows = await execute<LockedRow & ClaimableRow>(
    tx,
    'lockClaimableJobs',
    `with recursive workspace(id) as (
       (select j.workspace_id from jobs j where ${claimable('j')} order by j.workspace_id limit 1)
       union all
       select (select j.workspace_id from jobs j where ${claimable('j')} and j.workspace_id > w.id order by j.workspace_id limit 1)
       from workspace w where w.id is not null
     ), line as materialized (
       select own.* from workspace w cross join lateral (
         select first.id, row_number() over (order by first.priority desc, first.turn_at, first.id) as rank, ${itemsAhead()} as ahead
         from (
           select j.* from unnest($1::text[]) as k(kind) cross join lateral (
             select id, priority, turn_at, queued from jobs j where ${claimable('j')} and j.workspace_id = w.id and j.kind = k.kind and j.id <> all($3::uuid[])
             order by priority desc, turn_at, id limit $2) as j
           order by priority desc, turn_at, id limit $2
         ) as first
       ) as own
       where w.id is not null and not exists (select from workspaces p where p.id = w.id and p.paused_at is not null)
     ), candidates as materialized (
       select id from line where ahead < $2 order by rank, random() limit $2
     )
     select ${claimableColumns}, (select count(*) from line) = (select count(*) from candidates) and (select count(*) from line) < $2 as all
     from jobs j where j.id in (select id from candidates) order by j.id for no key update`,
    [kinds, limit, excluded],
  );
  return { jobs: rows.map(toClaimable), all: rows[0]?.all ?? true };
}

/** As `lockClaimableJobs`, of the jobs with these ids. */
export async function lockChosenJobs(tx: Tx, jobIds: readonly string[]): Promise<Claimable> {
  const rows = await execute<LockedRow & ClaimableRow>(
    tx,
    'lockChosenJobs',
    `select ${claimableColumns}, false as all from jobs j where j.id = any($1::uuid[]) order by j.id for no key update`,
    [jobIds],
  );
  return { jobs: rows.map(toClaimable), all: false };
}

interface ClaimableRow extends Instructions {
  readonly priority: number;
  readonly claimable: boolean;
  readonly turn_at: number;
  readonly all: boolean;
}

const claimableColumns = `${lockedColumns}, j.strategy, j.source, j.options, j.priority, j.claimable,
  (extract(epoch from j.turn_at) * 1000)::float8 as turn_at`;

function toClaimable(row: LockedRow & ClaimableRow): ClaimableJob {
  const { strategy, source, options, priority, claimable, turn_at: turnAt, all: _all, ...locked } = row;
  return { ...toLocked(locked), strategy, source, options, priority, claimable, turnAt };
}

export interface Claim {
  readonly items: ClaimedItem[];
  /** Some due items were left although there was a place for them: see `LAST_CRASH`. */
  readonly cut: boolean;
}

/**
 * Claims the due items of jobs that this transaction has locked, up to the share of each; nobody else can change an item of theirs until it
 * commits. Each claim takes a new fence. A worker that was declared lost claims nothing. Whether a workspace is paused is asked
 * here, in a statement that begins after the jobs were locked: whoever paused and then waited for those locks is obeyed.
 * The rows are found again by their place on the page, which nobody can change before the commit: a plan made while the queue was short stays right.
 * `statement_timestamp()` is a condition of the index, `clock_timestamp()` would be a filter behind it: items that are not due are not read.
 * After deaths fewer are claimed at once, in the end one: what kills its worker is found, and what was only held beside it is not blamed.
 */
export async function claimItems(
  tx: Tx,
  jobs: readonly ClaimableJob[],
  shares: readonly Share[],
  wanted: Wanted,
): Promise<Claim> {
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
    due: number;
  }>(
    tx,
    'claimItems',
    `with due as materialized (
       select i.tid, i.crashes, row_number() over (order by i.rank, s.place) as n
       from unnest((select $1::uuid[]), (select $2::uuid[]), (select $3::int[])) with ordinality as s(job_id, workspace_id, items, place)
       cross join lateral (
         select first.*, row_number() over () as rank from (
           select ctid as tid, crashes from job_items
           where job_id = s.job_id and state = 'QUEUED' and run_at <= statement_timestamp() and crashes <= $5
           order by run_at limit s.items
         ) as first
       ) as i
       where s.workspace_id <> all (array(select id from workspaces where id = any($2::uuid[]) and paused_at is not null))
         and exists (select from workers where id = $4 and state = 'ALIVE')
     ), picked as (
       select tid from (select tid, n, max(crashes) over (order by n) as crashes from due) as r
       where n = 1 or crashes = 0 or (crashes < ${LAST_CRASH} and n <= ${SUSPECTS})
     )
     update job_items i set state = 'PROCESSING', worker_id = $4, fence = nextval('item_fence'),
       attempt = i.attempt + 1, phase = 0, started_at = coalesce(i.started_at, greatest(clock_timestamp(), i.queued_at))
     from picked r
     where i.ctid = r.tid and i.state = 'QUEUED'
     returning i.job_id, i.workspace_id, i.ticker, i.kind, i.attempt, i.failures, i.crashes, i.fence, (select count(*)::int from due) as due`,
    [
      column('uuid', shares, ({ id }) => id),
      column('uuid', shares, ({ workspaceId }) => workspaceId),
      column('int4', shares, ({ items }) => items),
      wanted.workerId,
      maxCrashes(wanted),
    ],
  );
  const items = rows.flatMap((row) => {
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
  return { items, cut: rows.length < (rows[0]?.due ?? 0) };
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
  /** Names the outcome: a flush may hold outcomes of several claims of one item, of which only the newest is applied. */
  readonly fence: number;
  /** Phase of the item before this outcome. */
  readonly phaseBefore: number;
  /** When it runs again after a transient error. */
  readonly retryAt: Date | null;
}

/**
 * Writes the outcomes whose fence is still the item's and answers those items. An outcome that is not answered wrote
 * nothing: its writer lost the claim, or the same outcome was written before its reply was lost. The jobs' rows are
 * locked, so what `o` reads is what `i` updates. An item that is given back was due, and stays due if the server's clock was set back.
 */
export async function applyOutcomes(tx: Tx, outcomes: readonly ItemOutcome[]): Promise<AppliedOutcome[]> {
  const rows = await execute<{
    job_id: string;
    ticker: string;
    fence: string;
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
       run_at = case when o.retry_in_ms is not null then clock_timestamp() + o.retry_in_ms * interval '1 ms'
         when o.state = 'QUEUED' then least(i.run_at, clock_timestamp()) else i.run_at end,
       queued_at = case when o.state = 'QUEUED' then clock_timestamp() else i.queued_at end,
       finished_at = case when o.state in ('COMPLETED', 'FAILED') then greatest(clock_timestamp(), i.started_at) end
     from o where i.ctid = o.tid and i.fence = o.fence and i.state = 'PROCESSING'
     returning i.job_id, i.ticker, i.fence, o.phase_before, case when o.retry_in_ms is not null then i.run_at end as retry_at`,
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
    fence: Number(row.fence),
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
