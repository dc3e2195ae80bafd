import type { Executor, Tx } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';

/** First number of the two-part advisory locks that living workers hold; the second is the worker's `lock_key`. */
export const WORKER_LOCK_SPACE = 7_203_552;
const RESCUE_LOCK = 7_203_553;

/** One rescuer at a time, for the length of this transaction. Null: another one is at work. Otherwise the server's clock, in milliseconds. */
export async function tryRescueLock(tx: Tx): Promise<number | null> {
  const result = await tx.execute<{ held: boolean; now: number }>(
    sql`/* tryRescueLock */ select pg_try_advisory_xact_lock(${RESCUE_LOCK}) as held,
      (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  );
  const [row] = result.rows;
  return row?.held === true ? row.now : null;
}

export interface WorkerPulse {
  readonly id: string;
  readonly name: string;
  /** Its lock is free: the connection that held it is gone. */
  readonly unlocked: boolean;
  /** Time of its last heartbeat as text: a new value means a new heartbeat, whatever was done to the server's clock. */
  readonly heartbeat: string;
}

/**
 * Every worker that should be alive. The probe takes a shared lock for a moment; it cannot keep a worker from its own
 * lock, because a worker that connects again takes a new key.
 */
export async function listPulses(tx: Tx): Promise<WorkerPulse[]> {
  const result = await tx.execute<{
    id: string;
    name: string;
    unlocked: boolean;
    heartbeat: string;
  }>(sql`/* listPulses */
    select id, name, pg_try_advisory_xact_lock_shared(${WORKER_LOCK_SPACE}, lock_key) as unlocked,
      heartbeat_at::text as heartbeat
    from workers where state in ('ALIVE', 'DRAINING')`);
  return result.rows;
}

export async function markLost(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`/* markLost */
    update workers set state = 'LOST', stopped_at = greatest(clock_timestamp(), started_at)
    where id = any(${sql.param(ids)}::uuid[]) and state in ('ALIVE', 'DRAINING')`);
}

/** Jobs with items in the hands of a worker that is no longer there. */
export async function listOrphanedJobs(
  tx: Tx,
  limit: number,
  excluded: readonly string[] = [],
): Promise<string[]> {
  const result = await tx.execute<{ job_id: string }>(sql`/* listOrphanedJobs */
    select distinct i.job_id from job_items i
    where i.state = 'PROCESSING' and i.job_id <> all(${sql.param(excluded)}::uuid[])
      and not exists (select from workers w where w.id = i.worker_id and w.state in ('ALIVE', 'DRAINING'))
    order by i.job_id limit ${limit}`);
  return result.rows.map((row) => row.job_id);
}

export interface ReturnedItem {
  readonly jobId: string;
  readonly workspaceId: string;
  readonly ticker: string;
  readonly attempt: number;
  readonly phaseBefore: number;
  readonly poisoned: boolean;
}

/**
 * Takes the items of these jobs from workers that are no longer there: back to the queue, or to their end once they
 * were held by `crashLimit` workers that died. A worker that stopped in an orderly way is no crash. The jobs' rows are locked.
 */
export async function takeOrphanedItems(
  tx: Tx,
  jobIds: readonly string[],
  crashLimit: number,
  poison: { readonly code: string; readonly message: string },
): Promise<ReturnedItem[]> {
  const result = await tx.execute<Record<string, unknown>>(sql`/* takeOrphanedItems */
    with orphans as materialized (
      select i.job_id, i.ticker, i.phase, i.crashes + (coalesce(w.state, 'LOST') = 'LOST')::int as crashes
      from job_items i left join workers w on w.id = i.worker_id
      where i.job_id = any(${sql.param(jobIds)}::uuid[]) and i.state = 'PROCESSING'
        and coalesce(w.state, 'LOST') in ('LOST', 'STOPPED')
    )
    update job_items i set crashes = o.crashes,
      state = case when o.crashes >= ${crashLimit} then 'FAILED' else 'QUEUED' end,
      phase = case when o.crashes >= ${crashLimit} then i.phase else 0 end,
      worker_id = case when o.crashes >= ${crashLimit} then i.worker_id end,
      queued_at = case when o.crashes >= ${crashLimit} then i.queued_at else clock_timestamp() end,
      run_at = least(i.run_at, clock_timestamp()),
      error_code = case when o.crashes >= ${crashLimit} then ${poison.code} else i.error_code end,
      error_message = case when o.crashes >= ${crashLimit} then ${poison.message} else i.error_message end,
      finished_at = case when o.crashes >= ${crashLimit} then greatest(clock_timestamp(), i.started_at) end
    from orphans o where i.job_id = o.job_id and i.ticker = o.ticker
    returning i.job_id as "jobId", i.workspace_id as "workspaceId", i.ticker, i.attempt, o.phase as "phaseBefore",
      i.state = 'FAILED' as poisoned`);
  return result.rows as unknown as ReturnedItem[];
}

/**
 * Every worker row with whether its process lives: it renews its lease and its connection holds its lock. Without the second look a
 * worker that was killed while it was the last one would seem alive, since only workers declare others lost. The probe takes a
 * shared lock for a moment, as the rescuer's does.
 */
export const fleetRows = (leaseMs: number): SQL => sql`
  select w.*, case when w.state in ('ALIVE', 'DRAINING') then
      w.heartbeat_at >= clock_timestamp() - make_interval(secs => ${leaseMs / 1000})
      and not pg_try_advisory_xact_lock_shared(${WORKER_LOCK_SPACE}, w.lock_key) else false end as living
  from workers w`;

/** Rows of workers that ended long ago; they are kept for a while to tell why an item was returned. */
export async function pruneWorkers(tx: Tx, olderThanHours: number): Promise<void> {
  await tx.execute(sql`/* pruneWorkers */
    delete from workers w where state in ('STOPPED', 'LOST') and stopped_at < clock_timestamp() - make_interval(hours => ${olderThanHours})
      and not exists (select from job_items i where i.worker_id = w.id and i.state = 'PROCESSING')`);
}

/**
 * Queued items whose time lies ahead only because the server's clock was set back. Such an item was queued in what is now the future. It was due
 * then, or it waits for its next attempt after a transient error. An item that is scheduled for later is not among them.
 */
const displaced = (item: string): SQL =>
  sql.raw(`${item}.state = 'QUEUED' and ${item}.queued_at > clock_timestamp() and ${item}.run_at > clock_timestamp()
    and (${item}.run_at <= ${item}.queued_at or ${item}.failures > 0)`);

/** Jobs with such items, at most `limit`, without `excluded`. Reads all queued items: no index has them by the time at which they were queued. */
export async function listDisplacedJobs(
  db: Executor,
  limit: number,
  excluded: readonly string[],
): Promise<string[]> {
  const result = await db.execute<{ job_id: string }>(sql`/* listDisplacedJobs */
    select distinct i.job_id from job_items i where ${displaced('i')} and i.job_id <> all (${sql.param(excluded)}::uuid[])
    order by i.job_id limit ${limit}`);
  return result.rows.map((row) => row.job_id);
}

/**
 * Whether the server's clock is behind a time that was stored: the submit of the newest job, or a sign of life of a worker. Whatever else stored
 * a time in what is now the future was a submit or a worker. Costs one look-up in an index and the rows of the workers.
 */
export async function isBehindRows(db: Executor): Promise<boolean> {
  const { rows } = await db.execute<{ behind: boolean }>(sql`/* isBehindRows */
    select coalesce((select created_at from jobs order by id desc limit 1) > clock_timestamp(), false)
      or exists (select from workers where greatest(heartbeat_at, stopped_at) > clock_timestamp()) as behind`);
  return rows[0]?.behind ?? false;
}

/** Moves the times of these jobs' displaced items to the clock as it is now: what was due is due, a pause before a retry keeps its length. The jobs' rows are locked. */
export async function moveDisplacedItems(tx: Tx, jobIds: readonly string[]): Promise<number> {
  const { rowCount } = await tx.execute(sql`/* moveDisplacedItems */
    update job_items i set run_at = clock_timestamp() + greatest(i.run_at - i.queued_at, interval '0'), queued_at = clock_timestamp()
    where i.job_id = any(${sql.param(jobIds)}::uuid[]) and ${displaced('i')}`);
  return rowCount ?? 0;
}
