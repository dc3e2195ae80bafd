import { type SQL, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';

/** First number of the two-part advisory locks that living workers hold; the second is the worker's `lock_key`. */
export const WORKER_LOCK_SPACE = 7_203_552;
const RESCUE_LOCK = 7_203_553;

/** One rescuer at a time, for the length of this transaction. */
export async function tryRescueLock(tx: Tx): Promise<boolean> {
  const result = await tx.execute<{ held: boolean }>(
    sql`/* tryRescueLock */ select pg_try_advisory_xact_lock(${RESCUE_LOCK}) as held`,
  );
  return result.rows[0]?.held === true;
}

export interface WorkerPulse {
  readonly id: string;
  readonly name: string;
  /** Its lock is free: the connection that held it is gone. */
  readonly unlocked: boolean;
  /** Its heartbeat is older than the lease. */
  readonly silent: boolean;
}

/**
 * Every worker that should be alive. The probe takes a shared lock for a moment; it cannot keep a worker from its own
 * lock, because a worker that connects again takes a new key.
 */
export async function listPulses(tx: Tx, leaseMs: number): Promise<WorkerPulse[]> {
  const result = await tx.execute<{
    id: string;
    name: string;
    unlocked: boolean;
    silent: boolean;
  }>(sql`/* listPulses */
    select id, name, pg_try_advisory_xact_lock_shared(${WORKER_LOCK_SPACE}, lock_key) as unlocked,
      heartbeat_at < clock_timestamp() - make_interval(secs => ${leaseMs / 1000}) as silent
    from workers where state in ('ALIVE', 'DRAINING')`);
  return result.rows;
}

export async function markLost(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`/* markLost */
    update workers set state = 'LOST', stopped_at = clock_timestamp()
    where id = any(${sql.param(ids)}::uuid[]) and state in ('ALIVE', 'DRAINING')`);
}

/** Jobs with items in the hands of a worker that is no longer there. */
export async function listOrphanedJobs(tx: Tx, limit: number): Promise<string[]> {
  const result = await tx.execute<{ job_id: string }>(sql`/* listOrphanedJobs */
    select distinct i.job_id from job_items i
    where i.state = 'PROCESSING'
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
      error_code = case when o.crashes >= ${crashLimit} then ${poison.code} else i.error_code end,
      error_message = case when o.crashes >= ${crashLimit} then ${poison.message} else i.error_message end,
      finished_at = case when o.crashes >= ${crashLimit} then clock_timestamp() end
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
