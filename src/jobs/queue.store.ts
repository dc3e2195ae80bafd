import type { Executor } from '../db/client.ts';
import { eq, type SQL, sql } from '../db/drizzle.ts';
import { workspaces } from '../db/workspace.tables.ts';
import type { Backlog, QueueSwitch, WorkerSeen } from './queue.ts';
import { fleetRows } from './worker.store.ts';

const switchColumns = {
  workspaceId: workspaces.id,
  pausedAt: workspaces.pausedAt,
  pauseNote: workspaces.pauseNote,
};

export async function findQueueSwitch(db: Executor, workspaceId: string): Promise<QueueSwitch | null> {
  const [row] = await db.select(switchColumns).from(workspaces).where(eq(workspaces.id, workspaceId));
  return row ?? null;
}

/** A queue that is paused already keeps its time and its note. */
export async function setPaused(db: Executor, workspaceId: string, note: string | null): Promise<void> {
  await db.execute(sql`/* setPaused */
    update workspaces set paused_at = clock_timestamp(), pause_note = ${note}
    where id = ${workspaceId} and paused_at is null`);
}

/** Answers whether the queue was paused; with `since` only when it is still that pause. A suspended workspace stays paused. */
export async function setOpen(db: Executor, workspaceId: string, since: Date | null): Promise<boolean> {
  const { rowCount } = await db.execute(sql`/* setOpen */
    update workspaces set paused_at = null, pause_note = null
    where id = ${workspaceId} and paused_at is not null and suspended_at is null
      and (${since?.toISOString() ?? null}::timestamptz is null or paused_at = ${since?.toISOString() ?? null}::timestamptz)`);
  return rowCount === 1;
}

/** Of `jobs`: has a due item, as the index of the claim has it. */
const claimable = sql`claimable and state in ('QUEUED', 'PROCESSING')`;

/**
 * Waits for the claims that began before the pause: each of them holds a job that is claimable in the rows that this statement sees. A job that
 * becomes claimable later is claimed by a transaction that looks at the pause after it was committed (`claimItems`). Scheduled jobs are therefore
 * not locked. The rows are locked in id order, as everywhere, and released at once.
 */
export async function awaitClaims(db: Executor, workspaceId: string): Promise<void> {
  await db.execute(sql`/* awaitClaims */
    select count(*) from (select from jobs where workspace_id = ${workspaceId} and ${claimable} order by id for share) as held`);
}

/** Rows that are counted at most, so that a look at the queue costs the same however long it is. */
const COUNTED_JOBS = 10_000;
const COUNTED_ITEMS = 10_000;
const LISTED_WORKERS = 500;

/** Workers that should be there, oldest first. */
export async function listWorkers(db: Executor, leaseMs: number): Promise<WorkerSeen[]> {
  const result = await db.execute<Record<keyof WorkerSeen, string | number | string[]>>(sql`/* listWorkers */
    select f.id, f.name, f.version, case when f.living then f.state else 'GONE' end as state, f.kinds, f.capacity,
      f.finished_per_minute as "itemsPerMinute", f.started_at as "startedAt", f.heartbeat_at as "heartbeatAt",
      (select count(*)::int from job_items i where i.worker_id = f.id and i.state = 'PROCESSING') as running
    from (${fleetRows(leaseMs)}) as f where f.state in ('ALIVE', 'DRAINING') order by f.id limit ${LISTED_WORKERS}`);
  return result.rows.map(
    (row) =>
      ({
        ...row,
        startedAt: new Date(String(row.startedAt)),
        heartbeatAt: new Date(String(row.heartbeatAt)),
      }) as unknown as WorkerSeen,
  );
}

/** When the first job of a workspace became due that still has queued items. Two look-ups in an index. */
const oldestDue = (workspaceId: SQL) => sql`
  select min(due_at) from (
    (select due_at from jobs where claimable and workspace_id = ${workspaceId} and due_at is not null and state in ('QUEUED', 'PROCESSING')
     order by due_at limit 1)
    union all
    (select due_at from jobs where not claimable and workspace_id = ${workspaceId} and due_at <= statement_timestamp()
       and due_at is not null and state in ('QUEUED', 'PROCESSING') order by due_at limit 1)) as first`;

/**
 * What of a workspace has not ended. Jobs are counted by their own counters on the index of unfinished jobs. The items of a job that has not
 * started are all due at one time, so that their number is enough; of a job that has started, the items that are not due are counted.
 */
export const backlogQuery = (workspaceId: string): SQL => sql`/* measureBacklog */
  with unfinished as materialized (
    select id, kind, state, queued, processing, coalesce(due_at > statement_timestamp(), false) as later from jobs
    where workspace_id = ${workspaceId} and state in ('QUEUED', 'PROCESSING') limit ${COUNTED_JOBS + 1}
  ), retried as (
    select u.kind, i.failures, i.error_code from unfinished u cross join lateral (
      select least(failures, 1) as failures, error_code from job_items
      where job_id = u.id and state = 'QUEUED' and run_at > statement_timestamp() limit ${COUNTED_ITEMS}) as i
    where u.state = 'PROCESSING' and u.queued > 0 limit ${COUNTED_ITEMS}
  )
  select clock_timestamp() as now, (${oldestDue(sql`${workspaceId}::uuid`)}) as oldest_since,
    (select json_agg(json_build_array(kind, state, jobs, queued, processing)) from (
      select kind, state, count(*)::int as jobs, sum(queued)::int as queued, sum(processing)::int as processing
      from unfinished group by kind, state) as j) as jobs,
    (select json_agg(json_build_array(kind, failures, error_code, items)) from (
      select kind, 0 as failures, null as error_code, sum(queued)::int as items from unfinished where state = 'QUEUED' and later group by kind
      union all
      select kind, failures, error_code, count(*)::int as items from retried group by kind, failures, error_code) as l) as later`;

export async function measureBacklog(db: Executor, workspaceId: string): Promise<Backlog> {
  const result = await db.execute<{
    now: string;
    oldest_since: string | null;
    jobs: [string, string, number, number, number][] | null;
    later: [string, number, string | null, number][] | null;
  }>(backlogQuery(workspaceId));
  const [row] = result.rows;
  if (row === undefined) throw new Error('the clock answered nothing');
  const jobs = (row.jobs ?? []).map(([kind, state, count, queued, processing]) => ({
    kind,
    state,
    count,
    queued,
    processing,
  }));
  const sum = (of: (group: (typeof jobs)[number]) => number) =>
    jobs.reduce((total, group) => total + of(group), 0);
  const later = (row.later ?? []).map(([kind, failures, errorCode, items]) => ({
    kind,
    failures,
    errorCode,
    items,
  }));
  return {
    now: new Date(row.now),
    oldestSince: row.oldest_since === null ? null : new Date(row.oldest_since),
    jobsQueued: sum((group) => (group.state === 'QUEUED' ? group.count : 0)),
    jobsProcessing: sum((group) => (group.state === 'PROCESSING' ? group.count : 0)),
    itemsQueued: sum((group) => group.queued),
    itemsProcessing: sum((group) => group.processing),
    complete:
      sum((group) => group.count) <= COUNTED_JOBS &&
      later.reduce((n, { failures, items }) => n + (failures > 0 ? items : 0), 0) < COUNTED_ITEMS,
    queuedByKind: [...Map.groupBy(jobs, ({ kind }) => kind)].map(([kind, groups]) => ({
      kind,
      items: groups.reduce((total, { queued }) => total + queued, 0),
    })),
    later,
  };
}

/** All workspaces together, for the operator. */
export interface QueuesMeasured {
  readonly jobsQueued: number;
  readonly jobsProcessing: number;
  readonly itemsQueued: number;
  readonly itemsProcessing: number;
  readonly oldestQueuedSeconds: number;
  readonly oldestProcessingSeconds: number;
  readonly paused: number;
  /** Share of the server's queue of notifications that is in use: all databases of the server have one queue. */
  readonly notifyQueueUsage: number;
  readonly alive: number;
  readonly draining: number;
  readonly gone: number;
  readonly capacity: number;
  readonly running: number;
}

const COUNTED_WORKSPACES = 500;

/**
 * As `measureBacklog`, over all workspaces that have something in the queue; a paused one has no oldest item, since it is meant to wait.
 * The oldest running item is found by the workers that hold items.
 */
export const queuesQuery = (leaseMs: number): SQL => sql`/* measureQueues */
  with recursive clock as materialized (select clock_timestamp() as now), unfinished as (
    select state, queued, processing from jobs where state in ('QUEUED', 'PROCESSING') limit ${COUNTED_JOBS}
  ), waiting(workspace_id, n) as (
    (select workspace_id, 1 from jobs where ${claimable} order by workspace_id limit 1)
    union all
    select (select j.workspace_id from jobs j where ${claimable} and j.workspace_id > w.workspace_id
            order by j.workspace_id limit 1), w.n + 1
    from waiting w where w.workspace_id is not null and w.n < ${COUNTED_WORKSPACES}
  ), oldest as (
    select min((${oldestDue(sql`w.workspace_id`)})) as since from waiting w
    where w.workspace_id is not null
      and not exists (select from workspaces p where p.id = w.workspace_id and p.paused_at is not null)
  ), fleet as materialized (
    select f.living, f.state, f.capacity, held.items, held.since from (${fleetRows(leaseMs)}) as f cross join lateral (
      select count(*)::int as items, min(started_at) as since from job_items where worker_id = f.id and state = 'PROCESSING') as held
    where f.state in ('ALIVE', 'DRAINING')
  )
  select
    (select count(*)::int from unfinished where state = 'QUEUED') as "jobsQueued",
    (select count(*)::int from unfinished where state = 'PROCESSING') as "jobsProcessing",
    (select coalesce(sum(queued), 0)::int from unfinished) as "itemsQueued",
    (select coalesce(sum(processing), 0)::int from unfinished) as "itemsProcessing",
    (select greatest(coalesce(extract(epoch from clock.now - since), 0), 0)::float8 from oldest) as "oldestQueuedSeconds",
    (select greatest(coalesce(extract(epoch from clock.now - min(since)), 0), 0)::float8 from fleet) as "oldestProcessingSeconds",
    (select count(*)::int from workspaces where paused_at is not null) as paused,
    pg_notification_queue_usage() as "notifyQueueUsage",
    (select count(*)::int from fleet where living and state = 'ALIVE') as alive,
    (select count(*)::int from fleet where living and state = 'DRAINING') as draining,
    (select count(*)::int from fleet where not living) as gone,
    (select coalesce(sum(capacity), 0)::int from fleet where living and state = 'ALIVE') as capacity,
    (select coalesce(sum(items), 0)::int from fleet where living) as running
  from clock`;

export async function measureQueues(db: Executor, leaseMs: number): Promise<QueuesMeasured> {
  const result = await db.execute<Record<string, unknown>>(queuesQuery(leaseMs));
  return result.rows[0] as unknown as QueuesMeasured;
}
