import type { Executor } from '../db/client.ts';
import { sql } from '../db/drizzle.ts';
import { claimable, itemsAhead } from './claim.store.ts';
import type { WaitingFacts } from './waiting.ts';
import { fleetRows } from './worker.store.ts';

/** Items that are looked at to find the one that waits longest: more than a worker of the usual capacity gives back at once. */
const SAMPLE = 32;
/** Jobs of each workspace and kind among which a place in line is looked for, and of how many workspaces and kinds. */
const LINE = 1_000;
const LINES = 50;

/**
 * Facts about those of the jobs that have not ended, in one statement whose cost grows with the jobs asked for and with the workers, not
 * with items or history.
 */
export async function listWaitingFacts(
  db: Executor,
  jobIds: readonly string[],
  leaseMs: number,
): Promise<Map<string, WaitingFacts>> {
  const result = await db.execute<FactsRow>(sql`/* listWaitingFacts */
    with clock as materialized (select clock_timestamp() as now), asked as materialized (
      select j.id, j.kind, w.paused_at from jobs j join workspaces w on w.id = j.workspace_id
      where j.id = any(${sql.param(jobIds)}::uuid[]) and j.state in ('QUEUED', 'PROCESSING')
    ), fleet as materialized (${fleetRows(leaseMs)}), claiming as materialized (
      select f.kinds, f.capacity, f.finished_per_minute, (select count(*) from job_items where worker_id = f.id and state = 'PROCESSING') as running
      from fleet f where f.living and f.state = 'ALIVE'
    ), by_kind as materialized (
      select k.kind, count(c.capacity)::int as workers, coalesce(sum(c.capacity), 0)::int as capacity,
        coalesce(sum(c.running), 0)::int as running, coalesce(sum(c.finished_per_minute), 0)::int as per_minute
      from (select distinct kind from asked) k left join claiming c on k.kind = any(c.kinds) group by k.kind
    ), orphaned as materialized (
      select i.job_id, min(f.heartbeat_at) as since from fleet f join job_items i on i.worker_id = f.id and i.state = 'PROCESSING'
      where not f.living and i.job_id in (select id from asked) group by i.job_id
    )
    select a.id, clock.now, a.paused_at, due.since as due_since, later.*, orphaned.since as orphaned_since, by_kind.*
    from asked a cross join clock join by_kind on by_kind.kind = a.kind left join orphaned on orphaned.job_id = a.id
    left join lateral (
      select min(greatest(queued_at, run_at)) as since from (
        select queued_at, run_at from job_items where job_id = a.id and state = 'QUEUED' and run_at <= clock.now
        order by run_at limit ${SAMPLE}) as first
    ) as due on true
    left join lateral (
      select run_at, queued_at, failures, error_code from job_items
      where job_id = a.id and state = 'QUEUED' and run_at > clock.now order by run_at limit 1
    ) as later on true`);
  return new Map(result.rows.map((row) => [row.id, toFacts(row)]));
}

interface FactsRow extends Record<string, unknown> {
  readonly id: string;
  readonly now: string;
  readonly paused_at: string | null;
  readonly due_since: string | null;
  readonly run_at: string | null;
  readonly queued_at: string | null;
  readonly failures: number | null;
  readonly error_code: string | null;
  readonly orphaned_since: string | null;
  readonly workers: number;
  readonly capacity: number;
  readonly running: number;
  readonly per_minute: number;
}

function toFacts(row: FactsRow): WaitingFacts {
  const { workers, capacity, running, per_minute: perMinute } = row;
  return {
    now: new Date(row.now),
    pausedAt: toDate(row.paused_at),
    dueSince: toDate(row.due_since),
    later:
      row.run_at === null || row.queued_at === null
        ? null
        : {
            runAt: new Date(row.run_at),
            queuedAt: new Date(row.queued_at),
            failures: row.failures ?? 0,
            errorCode: row.error_code,
          },
    orphanedSince: toDate(row.orphaned_since),
    fleet: { workers, capacity, running, perMinute },
  };
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/**
 * How many items are in line before the first of each job, as the claim takes them (`turns.ts`): workspaces in turn, the jobs of a workspace in
 * turns. A job that is not within the first 1,000 of its workspace and kind is not returned: the walk is bounded, and reads jobs, not items.
 */
export async function listPlaces(db: Executor, jobIds: readonly string[]): Promise<Map<string, number>> {
  const isClaimable = sql.raw(claimable('j'));
  const result = await db.execute<{ job_id: string; ahead: number }>(sql`/* listPlaces */
    with recursive waiting(workspace_id, kind, n) as (
      (select j.workspace_id, j.kind, 1 from jobs j where ${isClaimable} order by j.workspace_id, j.kind limit 1)
      union all
      select next.*, w.n + 1 from waiting w cross join lateral (
        select j.workspace_id, j.kind from jobs j where ${isClaimable} and (j.workspace_id, j.kind) > (w.workspace_id, w.kind)
        order by j.workspace_id, j.kind limit 1) as next
      where w.n < ${LINES}
    ), line as materialized (
      select first.id, first.workspace_id, ${sql.raw(itemsAhead('first.workspace_id'))} as ahead,
        sum(first.queued) over (partition by first.workspace_id) as total
      from waiting w cross join lateral (
        select id, workspace_id, priority, turn_at, queued from jobs j where ${isClaimable} and workspace_id = w.workspace_id and kind = w.kind
        order by priority desc, turn_at, id limit ${LINE}) as first
      where not exists (select from workspaces p where p.id = w.workspace_id and p.paused_at is not null)
    )
    select a.id as job_id, (a.ahead + coalesce((
      select sum(least(o.total, a.ahead)) from (select distinct workspace_id, total from line) as o where o.workspace_id <> a.workspace_id), 0))::int as ahead
    from line a where a.id = any(${sql.param(jobIds)}::uuid[])`);
  return new Map(result.rows.map((row) => [row.job_id, row.ahead]));
}
