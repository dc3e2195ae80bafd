import type { Executor, Tx } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';

/** As the indexes `jobs_due_idx` and `jobs_waiting_idx` have it. */
const waiting = (job: string) =>
  `not ${job}.claimable and ${job}.due_at is not null and ${job}.state in ('QUEUED', 'PROCESSING')`;

/** A job that another transaction holds is left out: that transaction promotes it, or the next look does. */
const LOCKED = 'for no key update skip locked';

/** The first due jobs, at most $1, without those of $2. */
const firstDue = (lock: string) =>
  `select j.id from jobs j where ${waiting('j')} and j.due_at <= statement_timestamp() and j.id <> all ($2::uuid[])
   order by j.due_at limit $1 ${lock}`;

/** The workspaces that have a job which is not due yet or not promoted yet. */
const workspaces = `workspace(id) as (
  (select j.workspace_id from jobs j where ${waiting('j')} order by j.workspace_id limit 1)
  union all
  select (select j.workspace_id from jobs j where ${waiting('j')} and j.workspace_id > w.id order by j.workspace_id limit 1)
  from workspace w where w.id is not null
)`;

/** The first due jobs of each workspace, at most $1 of each, without those of $2. */
const dueOfEach = (lock: string) =>
  `select own.id from workspace w cross join lateral (
     select j.id from jobs j where ${waiting('j')} and j.workspace_id = w.id and j.due_at <= statement_timestamp()
       and j.id <> all ($2::uuid[])
     order by j.due_at limit $1 ${lock}
   ) as own
   where w.id is not null`;

const promoted = `promoted as (
  update jobs set claimable = true where id = any(array(select id from due)) returning id
)`;

export interface Promoted {
  readonly count: number;
  /** One of the jobs that were promoted. */
  readonly jobId: string | null;
  /** Until the next job is due, ms: 0 when due jobs are left, null when no job is scheduled. */
  readonly nextInMs: number | null;
}

/**
 * Makes the jobs claimable that became due first, at most `limit`, without those of `excluded`. Costs two look-ups in an index when none is due.
 */
export async function promoteFirstDue(
  db: Executor,
  limit: number,
  excluded: readonly string[] = [],
): Promise<Promoted> {
  const [row] = await execute<{ count: number; job_id: string | null; next_in_ms: number | null }>(
    db,
    'promoteFirstDue',
    `with due as materialized (${firstDue(LOCKED)}), ${promoted}
     select (select count(*)::int from promoted) as count, (select id from promoted limit 1) as job_id,
       (select greatest(extract(epoch from j.due_at - clock_timestamp()) * 1000, 0)::float8 from jobs j
        where ${waiting('j')} and j.id <> all (array(select id from due)) and j.id <> all ($2::uuid[])
        order by j.due_at limit 1) as next_in_ms`,
    [limit, excluded],
  );
  if (row === undefined) throw new Error('a select of one row returned none');
  return { count: row.count, jobId: row.job_id, nextInMs: row.next_in_ms };
}

/**
 * As `promoteFirstDue`, at most `limit` of each workspace: when one has more due jobs than a batch, the others do not wait behind them. Its cost
 * grows with the number of workspaces that have jobs which are not due. Returns how many jobs it promoted.
 */
export async function promoteDueOfEach(
  db: Executor,
  limit: number,
  excluded: readonly string[] = [],
): Promise<number> {
  const rows = await execute<{ promoted: number }>(
    db,
    'promoteDueOfEach',
    `with recursive ${workspaces}, due as materialized (${dueOfEach(LOCKED)}), ${promoted}
     select count(*)::int as promoted from promoted`,
    [limit, excluded],
  );
  return rows[0]?.promoted ?? 0;
}

/** The ids that a statement returns, in its order. */
async function listIds(
  db: Executor,
  name: string,
  text: string,
  parameters: readonly unknown[],
): Promise<string[]> {
  const rows = await execute<{ id: string }>(db, name, text, parameters);
  return rows.map(({ id }) => id);
}

/** The jobs that `promoteFirstDue` would promote. */
export async function listFirstDue(
  db: Executor,
  limit: number,
  excluded: readonly string[],
): Promise<string[]> {
  return listIds(db, 'listFirstDue', firstDue(''), [limit, excluded]);
}

/** The jobs that `promoteDueOfEach` would promote. */
export async function listDueOfEach(
  db: Executor,
  limit: number,
  excluded: readonly string[],
): Promise<string[]> {
  return listIds(db, 'listDueOfEach', `with recursive ${workspaces} ${dueOfEach('')}`, [limit, excluded]);
}

/** Makes those of these jobs claimable that are due. Returns the jobs that it promoted. */
export async function promoteJobs(db: Executor, jobIds: readonly string[]): Promise<string[]> {
  return listIds(
    db,
    'promoteJobs',
    `with due as materialized (
       select j.id from jobs j where j.id = any($1::uuid[]) and ${waiting('j')} and j.due_at <= statement_timestamp() ${LOCKED}
     ), ${promoted}
     select id from promoted`,
    [jobIds],
  );
}

/**
 * Reads from the items of these jobs whether one is due and when the first is, and writes the rows for which this is not as stored. The jobs' rows
 * are locked. Returns the jobs that it changed.
 */
export async function refreshDueTimes(tx: Tx, jobIds: readonly string[]): Promise<string[]> {
  return listIds(
    tx,
    'refreshDueTimes',
    `update jobs j set due_at = first.run_at, claimable = first.due
     from unnest((select $1::uuid[])) as k(id) cross join lateral (
       select min(run_at) as run_at, coalesce(min(run_at) <= clock_timestamp(), false) as due from (
         select run_at from job_items where job_id = k.id and state = 'QUEUED' order by run_at limit 1) as i) as first
     where j.id = k.id and (j.claimable <> first.due or (not j.claimable and j.due_at is distinct from first.run_at))
     returning j.id`,
    [column('uuid', jobIds, (id) => id)],
  );
}

/** As the index `jobs_undated_idx` has it. */
const undated = (job: string) =>
  `${job}.queued > 0 and not ${job}.claimable and ${job}.due_at is null and ${job}.state in ('QUEUED', 'PROCESSING')`;

/**
 * Jobs with queued items that are in no index of claims or due times, so that nobody would ever look at them. No statement of this version
 * leaves such a row; a process of an earlier version, or somebody at the console, may. By id, after `after`, at most `limit`, without `excluded`.
 */
export async function listUndatedJobs(
  db: Executor,
  after: string,
  limit: number,
  excluded: readonly string[] = [],
): Promise<string[]> {
  return listIds(
    db,
    'listUndatedJobs',
    `select j.id from jobs j where ${undated('j')} and j.id > $1 and j.id <> all ($3::uuid[]) order by j.id limit $2`,
    [after, limit, excluded],
  );
}

/** The turn of this job began in what is now the future: the server's clock was set back. A scheduled job is neither claimable nor has it started. */
const ahead = (job: string) =>
  `${job}.state in ('QUEUED', 'PROCESSING') and ${job}.turn_at > clock_timestamp() and (${job}.claimable or ${job}.state = 'PROCESSING')`;

/** Such jobs, by id, at most `limit`, without `excluded`. */
export async function listJobsAhead(
  db: Executor,
  limit: number,
  excluded: readonly string[],
): Promise<string[]> {
  return listIds(
    db,
    'listJobsAhead',
    `select j.id from jobs j where ${ahead('j')} and j.id <> all ($2::uuid[]) order by j.id limit $1`,
    [limit, excluded],
  );
}

/**
 * Moves the turns of these jobs to the present. They would otherwise wait for every job that is submitted until the clock has caught up. The
 * jobs' rows are locked. Returns how many it moved.
 */
export async function moveTurns(tx: Tx, jobIds: readonly string[]): Promise<number> {
  const rows = await execute(
    tx,
    'moveTurns',
    `update jobs j set turn_at = clock_timestamp() where j.id = any($1::uuid[]) and ${ahead('j')} returning j.id`,
    [column('uuid', jobIds, (id) => id)],
  );
  return rows.length;
}
