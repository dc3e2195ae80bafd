import type { Tx } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';
import { idAt } from '../db/time-id.ts';

const DAY_MS = 86_400_000;
const PRUNE_LOCK = 7_203_554;

/** One process prunes at a time, for the length of this transaction. */
export async function tryPruneLock(tx: Tx): Promise<boolean> {
  const result = await tx.execute<{ held: boolean }>(
    sql`/* tryPruneLock */ select pg_try_advisory_xact_lock(${PRUNE_LOCK}) as held`,
  );
  return result.rows[0]?.held === true;
}

/** Retention does not run for the length of this transaction, which waits for the batch that runs. To be called before any other lock is taken. */
export async function holdOffPruning(tx: Tx): Promise<void> {
  await tx.execute(sql`/* holdOffPruning */ select pg_advisory_xact_lock(${PRUNE_LOCK})`);
}

/** A condition of an index. With `clock_timestamp()` it would be a filter behind the index, which then reads every job that has ended. */
const endedBefore = (days: number): SQL =>
  sql`finished_at < statement_timestamp() - make_interval(days => ${days})`;

/** Jobs that ended so long ago and still have their events, oldest first. They are locked in id order; one that is in use is passed over. */
export async function lockOldLogs(tx: Tx, days: number, limit: number): Promise<string[]> {
  const result = await tx.execute<{ id: string }>(sql`/* lockOldLogs */
    select id from jobs where id = any(array(
      select id from jobs where ${endedBefore(days)} and not log_pruned order by finished_at limit ${limit}))
    order by id for no key update skip locked`);
  return result.rows.map(({ id }) => id);
}

/**
 * Removes up to `limit` rows of events of these jobs, oldest first, and never a job's last event: it tells how the job ended, and leaves
 * those that were stored with it. Answers how many events are gone.
 */
export async function deleteEvents(tx: Tx, jobIds: readonly string[], limit: number): Promise<number> {
  const result = await tx.execute<{ events: number }>(sql`/* deleteEvents */
    with old as materialized (
      select e.job_id, e.seq, e.size, e.seq = j.last_seq as is_last from jobs j cross join lateral (
        select job_id, seq, size from job_events
        where job_id = j.id and (seq < j.last_seq or size > 1) order by seq limit ${limit}) as e
      where j.id = any(${sql.param(jobIds)}::uuid[]) limit ${limit}
    ), gone as (
      delete from job_events e using old where e.job_id = old.job_id and e.seq = old.seq and not old.is_last
    ), cut as (
      update job_events e set size = 1, earlier = null from old
      where e.job_id = old.job_id and e.seq = old.seq and old.is_last
    )
    select coalesce(sum(case when is_last then size - 1 else size end), 0)::int as events from old`);
  return result.rows[0]?.events ?? 0;
}

/** Marks those of the jobs that have no event left but the last. */
export async function markLogsPruned(tx: Tx, jobIds: readonly string[]): Promise<void> {
  await tx.execute(sql`/* markLogsPruned */
    update jobs j set log_pruned = true where id = any(${sql.param(jobIds)}::uuid[])
      and not exists (select from job_events e where e.job_id = j.id and (e.seq < j.last_seq or e.size > 1))`);
}

/** Jobs that ended so long ago and whose events are gone, oldest first, as many as have `rows` items together, but one at least. */
export async function lockOldJobs(tx: Tx, days: number, rows: number): Promise<string[]> {
  const result = await tx.execute<{ id: string }>(sql`/* lockOldJobs */
    select id from jobs where id = any(array(
      select id from (
        select id, total, sum(total) over (order by finished_at, id) as upto from (
          select id, total, finished_at from jobs where ${endedBefore(days)} and log_pruned order by finished_at limit ${rows}
        ) as oldest
      ) as counted where upto - total < ${rows} and (upto <= ${rows} or upto = total)))
    order by id for update skip locked`);
  return result.rows.map(({ id }) => id);
}

/**
 * Jobs that retry one of these jobs forget it, and the jobs that were forgotten by all their retries are returned. A retry that is in use is
 * passed over: retention never waits for a job.
 */
export async function forgetRetries(tx: Tx, jobIds: readonly string[]): Promise<string[]> {
  const result = await tx.execute<{ id: string }>(sql`/* forgetRetries */
    with free as materialized (
      select id from jobs where retry_of = any(${sql.param(jobIds)}::uuid[]) order by id for no key update skip locked
    ), forgotten as (
      update jobs j set retry_of = null from free f where j.id = f.id
    )
    select o.id from unnest(${sql.param(jobIds)}::uuid[]) as o(id)
    where not exists (select from jobs r where r.retry_of = o.id and r.id not in (select id from free))`);
  return result.rows.map(({ id }) => id);
}

/**
 * Locks the status of tickers that names these jobs, by key and before the removal of the jobs would, which updates the rows in the order of an index.
 */
export async function lockTickers(tx: Tx, jobIds: readonly string[]): Promise<void> {
  await tx.execute(sql`/* lockTickers */
    select from watchlist_tickers where last_job_id = any(${sql.param(jobIds)}::uuid[])
    order by workspace_id, ticker for no key update`);
}

/** Items and events are removed with their job; results, the status of tickers and jobs that retried it stay and forget it. */
export async function deleteJobs(tx: Tx, jobIds: readonly string[]): Promise<number> {
  const { rowCount } = await tx.execute(
    sql`/* deleteJobs */ delete from jobs where id = any(${sql.param(jobIds)}::uuid[]) and finished_at is not null`,
  );
  return rowCount ?? 0;
}

/**
 * Removes up to `limit` ends of jobs that are gone, from the beginning of each workspace's log, and none that a webhook has still to pass unless
 * the job was submitted more than `days` ago.
 */
export async function deleteEnds(tx: Tx, days: number, limit: number): Promise<number> {
  const { rowCount } = await tx.execute(sql`/* deleteEnds */
    with logs as materialized (
      select h.workspace_id,
        (select min(w.position) from webhooks w where w.workspace_id = h.workspace_id and w.event = 'JOB_FINISHED') as told
      from job_end_heads h cross join lateral (
        select job_id from job_ends e where e.workspace_id = h.workspace_id order by position limit 1) as oldest
      where not exists (select from jobs j where j.id = oldest.job_id)
    ), gone as (
      select e.workspace_id, e.position from logs l cross join lateral (
        select * from job_ends e where e.workspace_id = l.workspace_id order by position limit ${limit}) as e
      where not exists (select from jobs j where j.id = e.job_id)
        and (e.position <= coalesce(l.told, e.position) or e.job_id < ${idAt(new Date(), -days * DAY_MS)})
      limit ${limit}
    )
    delete from job_ends e using gone where e.workspace_id = gone.workspace_id and e.position = gone.position`);
  return rowCount ?? 0;
}
