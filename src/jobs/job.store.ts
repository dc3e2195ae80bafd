import type { Executor, Tx } from '../db/client.ts';
import { and, asc, eq, sql } from '../db/drizzle.ts';
import { toBatches } from '../db/event-batch.ts';
import type { Owned } from '../db/owned.ts';
import { readRows, selectionOf } from '../db/selection.ts';
import { column, execute } from '../db/statement.ts';
import type { NewEvent } from './event.ts';
import { jobs } from './job.tables.ts';
import type { Job, JobCore, JobOrigin } from './job.ts';
import { headStartMs } from './turns.ts';

const jobColumns = {
  id: jobs.id,
  workspaceId: jobs.workspaceId,
  kind: jobs.kind,
  state: jobs.state,
  origin: jobs.origin,
  strategy: jobs.strategy,
  source: jobs.source,
  isDemo: jobs.isDemo,
  options: jobs.options,
  watchlistId: jobs.watchlistId,
  retryOf: jobs.retryOf,
  priority: jobs.priority,
  runAt: jobs.runAt,
  total: jobs.total,
  queued: jobs.queued,
  processing: jobs.processing,
  succeeded: jobs.succeeded,
  failed: jobs.failed,
  cancelled: jobs.cancelled,
  progressSum: jobs.progressSum,
  lastSeq: jobs.lastSeq,
  createdAt: jobs.createdAt,
  startedAt: jobs.startedAt,
  finishedAt: jobs.finishedAt,
};
export const wholeJob = selectionOf<Job>('j', jobColumns);

export interface NewJob {
  readonly workspaceId: string;
  readonly kind: string;
  readonly origin: JobOrigin;
  readonly strategy: string;
  readonly source: string;
  readonly isDemo: boolean;
  readonly options: unknown;
  readonly watchlistId: string | null;
  readonly retryOf: string | null;
  readonly priority: number;
  /** Null: at once, by the database's clock. */
  readonly runAt: Date | null;
  readonly fingerprint: string;
  readonly idempotencyKey: string | null;
  readonly requestHash: string;
  readonly tickers: readonly string[];
}

/**
 * Serialises submits that could be each other's double until the transaction ends. `ON CONFLICT DO NOTHING` with a
 * SELECT in one statement answers nothing while the other inserter has not committed; behind this lock the next
 * statement sees it.
 */
export async function lockSubmission(tx: Tx, key: string): Promise<void> {
  await execute(tx, 'lockSubmission', 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
}

/**
 * Keeps a watchlist from being deleted until the end of the transaction, and returns whether it exists. Any number of submits hold this lock at once;
 * only the deletion of the list waits for them, before it locks anything else of the list.
 */
export async function holdWatchlist(tx: Tx, workspaceId: string, id: string): Promise<boolean> {
  const [, rows] = await Promise.all([
    execute(tx, 'holdWatchlist', 'select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [
      `watchlist ${id}`,
    ]),
    // A statement of its own: it begins, and looks, when the lock is held.
    execute(tx, 'findHeldWatchlist', 'select from watchlists where workspace_id = $1 and id = $2', [
      workspaceId,
      id,
    ]),
  ]);
  return rows.length === 1;
}

export async function findJobByKey(
  db: Executor,
  workspaceId: string,
  idempotencyKey: string,
): Promise<{ job: Job; requestHash: string } | null> {
  const [row] = await db
    .select({ job: jobColumns, requestHash: jobs.requestHash })
    .from(jobs)
    .where(and(eq(jobs.workspaceId, workspaceId), eq(jobs.idempotencyKey, idempotencyKey)))
    .prepare('findJobByKey')
    .execute();
  return row ?? null;
}

/**
 * The oldest job of the same work that has not ended and that a request for `runAt` may share. A request that is due now (null, or a time that has
 * passed) shares a job that is due, and a request for a later time shares a job of exactly that time: docs/decisions/0029. A job that was due
 * when it was stored stays due when the server's clock steps back.
 */
export async function findActiveJob(
  db: Executor,
  workspaceId: string,
  fingerprint: string,
  runAt: Date | null,
): Promise<Job | null> {
  const asked = sql`${runAt?.toISOString() ?? null}::timestamptz`;
  const [row] = await db
    .select(jobColumns)
    .from(jobs)
    .where(
      and(
        eq(jobs.workspaceId, workspaceId),
        eq(jobs.fingerprint, fingerprint),
        // Written out, so that a kept plan may use the index of unfinished jobs.
        sql`${jobs.state} in ('QUEUED', 'PROCESSING')`,
        sql`case when ${asked} > clock_timestamp() then ${jobs.runAt} = ${asked}
          else ${jobs.runAt} <= greatest(clock_timestamp(), ${jobs.createdAt}) end`,
      ),
    )
    .orderBy(asc(jobs.id))
    .limit(1)
    .prepare('findActiveJob')
    .execute();
  return row ?? null;
}

/**
 * A UUIDv7 by the database's clock, with microseconds in the bits behind the milliseconds as PostgreSQL 18 has them. Jobs are
 * listed by id: API nodes whose clocks disagree must not decide that.
 */
export async function makeJobId(tx: Tx): Promise<string> {
  const [row] = await execute<{ id: string }>(
    tx,
    'makeJobId',
    `select (left(ms, 8) || '-' || right(ms, 4) || '-7' || lpad(to_hex(us % 1000 * 4096 / 1000), 3, '0') || substr(gen_random_uuid()::text, 19))::uuid as id
     from (select us, lpad(to_hex(us / 1000), 12, '0') as ms from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as us) as clock) as parts`,
    [],
  );
  if (row === undefined) throw new Error('a select of one row answered none');
  return row.id;
}

/** The caller stores the items and the first event (seq 1) in the same transaction. */
export async function insertJob(tx: Tx, id: string, job: NewJob): Promise<Job> {
  const count = job.tickers.length;
  // Rounded down: a job for now must not be due a fraction of a millisecond after the next claim.
  const now = sql`date_trunc('milliseconds', clock_timestamp())`;
  const runAt = sql`coalesce(${job.runAt?.toISOString() ?? null}::timestamptz, ${now})`;
  // A time in the past is now: it gives no place in line before jobs that were submitted earlier.
  const dueAt = sql`greatest(${runAt}, ${now})`;
  const [row] = await tx
    .insert(jobs)
    .values({
      ...job,
      id,
      runAt,
      claimable: sql`${dueAt} <= clock_timestamp()`,
      dueAt,
      turnAt: sql`${dueAt} - make_interval(secs => ${headStartMs(count) / 1_000})`,
      state: 'QUEUED',
      total: count,
      queued: count,
      lastSeq: 1,
    })
    .returning(jobColumns)
    .prepare('insertJob')
    .execute();
  if (row === undefined) throw new Error('insert returned no row');
  return row;
}

export async function insertItems(tx: Tx, jobId: string, tickers: readonly string[]): Promise<void> {
  await execute(
    tx,
    'insertItems',
    `insert into job_items (job_id, ticker, workspace_id, kind, priority, run_at)
     select j.id, t.ticker, j.workspace_id, j.kind, j.priority, j.due_at from jobs j cross join unnest($2::text[]) as t(ticker) where j.id = $1`,
    [jobId, column('text', tickers, (ticker) => ticker)],
  );
}

export interface JobEvents {
  readonly jobId: string;
  readonly events: readonly NewEvent[];
}

export async function insertEvents(tx: Tx, jobs: readonly JobEvents[]): Promise<void> {
  const rows = jobs.flatMap(({ jobId, events }) => toBatches(events).map((batch) => ({ jobId, ...batch })));
  if (rows.length === 0) return;
  await execute(
    tx,
    'insertEvents',
    `insert into job_events (job_id, seq, size, type, ticker, phase, progress, payload, earlier)
     select * from unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::smallint[], $7::real[], $8::jsonb[], $9::text[])`,
    [
      column('uuid', rows, (row) => row.jobId),
      column('int4', rows, ({ last }) => last.seq),
      column('int2', rows, (row) => row.size),
      column('text', rows, ({ last }) => last.type),
      column('text', rows, ({ last }) => last.ticker),
      column('int2', rows, ({ last }) => last.phase),
      column('float4', rows, ({ last }) => last.progress),
      column('jsonb', rows, ({ last }) => (last.payload === null ? null : JSON.stringify(last.payload))),
      column('text', rows, (row) => row.earlier),
    ],
  );
}

/** A job whose row this transaction has locked. */
export interface LockedJob extends JobCore {
  /** The database's clock, for times that the caller computes. */
  readonly now: Date;
}

/** What `lockedColumns` selects. */
export interface LockedRow extends Omit<JobCore, 'workspaceId' | 'progressSum' | 'lastSeq'> {
  readonly now: string;
  readonly workspace_id: string;
  readonly progress_sum: number;
  readonly last_seq: number;
}

/** Of `jobs j`: what the engine needs to advance a job. */
export const lockedColumns = `j.id, j.workspace_id, j.state, j.total, j.queued, j.processing, j.succeeded, j.failed, j.cancelled,
  j.progress_sum, j.last_seq, clock_timestamp() as now`;

export function toLocked(row: LockedRow): LockedJob {
  const { workspace_id: workspaceId, progress_sum: progressSum, last_seq: lastSeq, now, ...same } = row;
  return { ...same, workspaceId, progressSum, lastSeq, now: new Date(now) };
}

/**
 * Row locks of the jobs (each id once), taken in id order: the rule that keeps engine, cancel and rescue free of deadlocks.
 */
export async function lockJobs(tx: Tx, jobIds: readonly string[]): Promise<LockedJob[]> {
  const rows = await execute<LockedRow>(
    tx,
    'lockJobs',
    `select ${lockedColumns} from unnest((select $1::uuid[])) as k(id) join jobs j on j.id = k.id order by j.id for no key update of j`,
    [jobIds],
  );
  return rows.map(toLocked);
}

/** As `lockJobs`, of one job of a workspace. Null: it has no such job. */
export async function lockJob(tx: Tx, workspaceId: string, id: string): Promise<LockedJob | null> {
  const [row] = await execute<LockedRow>(
    tx,
    'lockJob',
    `select ${lockedColumns} from jobs j where j.id = $1 and j.workspace_id = $2 for no key update of j`,
    [id, workspaceId],
  );
  return row === undefined ? null : toLocked(row);
}

/** What `updateJobs` writes of one job. */
export interface JobChange {
  readonly job: JobCore;
  /** The first queued item may have another due time than before: items went back to the queue, or a claim found no more that are due. */
  readonly requeued: boolean;
  /** A claim took items of the job: its turn is over, and it goes to the end of its line. */
  readonly served?: boolean;
}

/**
 * Writes what `advance` returned, after the items have been changed. It also decides whether the job is in the index of claimable jobs
 * (docs/decisions/0031): when the due time of the first queued item may have changed, it is read from the items. The rows are locked, so absolute
 * values are right. The arrays stand in selects, as those of `lockJobs`: their lengths are hidden, and the plan is kept; a plan for two jobs seems
 * cheaper than one for any number and was made again at every flush.
 */
export async function updateJobs(tx: Tx, changes: readonly JobChange[]): Promise<void> {
  await execute(
    tx,
    'updateJobs',
    `update jobs j set state = u.state, queued = u.queued, processing = u.processing, succeeded = u.succeeded,
       failed = u.failed, cancelled = u.cancelled, progress_sum = u.progress_sum, last_seq = u.last_seq,
       started_at = case when u.processing + u.succeeded + u.failed > 0 then coalesce(j.started_at, greatest(clock_timestamp(), j.created_at)) else j.started_at end,
       finished_at = case when u.queued + u.processing = 0 then greatest(clock_timestamp(), j.created_at, j.started_at) end,
       due_at = case when u.queued = 0 then null when u.requeued then first.run_at else j.due_at end,
       claimable = u.queued > 0 and coalesce(case when u.requeued then first.run_at <= clock_timestamp()
         else j.claimable or j.due_at <= clock_timestamp() end, false),
       turn_at = case when u.served then clock_timestamp() else j.turn_at end
     from unnest((select $1::uuid[]), (select $2::text[]), (select $3::int[]), (select $4::int[]), (select $5::int[]),
       (select $6::int[]), (select $7::int[]), (select $8::int[]), (select $9::int[]), (select $10::bool[]), (select $11::bool[]))
       as u(id, state, queued, processing, succeeded, failed, cancelled, progress_sum, last_seq, requeued, served)
     left join lateral (select run_at from job_items where job_id = u.id and state = 'QUEUED' and u.requeued order by run_at limit 1) as first on true
     where j.id = u.id`,
    [
      column('uuid', changes, ({ job }) => job.id),
      column('text', changes, ({ job }) => job.state),
      column('int4', changes, ({ job }) => job.queued),
      column('int4', changes, ({ job }) => job.processing),
      column('int4', changes, ({ job }) => job.succeeded),
      column('int4', changes, ({ job }) => job.failed),
      column('int4', changes, ({ job }) => job.cancelled),
      column('int4', changes, ({ job }) => job.progressSum),
      column('int4', changes, ({ job }) => job.lastSeq),
      column('bool', changes, ({ requeued }) => requeued),
      column('bool', changes, ({ served }) => served ?? false),
    ],
  );
}

/** Ends every item that has not ended. The job's row is locked; answers how many were in which state and at what progress. */
export async function cancelItems(
  tx: Tx,
  workspaceId: string,
  jobId: string,
): Promise<{ ticker: string; wasQueued: boolean }[]> {
  const result = await tx.execute<{ ticker: string; was_queued: boolean }>(sql`/* cancelItems */
    with open as materialized (
      select ticker, state = 'QUEUED' as was_queued from job_items
      where job_id = ${jobId} and workspace_id = ${workspaceId} and state in ('QUEUED', 'PROCESSING')
      order by ticker for update
    )
    update job_items i set state = 'CANCELLED', worker_id = null, finished_at = greatest(clock_timestamp(), i.started_at)
    from open where i.job_id = ${jobId} and i.ticker = open.ticker
    returning i.ticker, open.was_queued`);
  return result.rows.map((row) => ({ ticker: row.ticker, wasQueued: row.was_queued }));
}

export async function findJob(db: Executor, workspaceId: string, id: string): Promise<Job | null> {
  const [row] = await listJobsByIds(db, workspaceId, [id]);
  return row ?? null;
}

export async function listJobsByIds(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Job[]> {
  const tail = 'from jobs j where j.workspace_id = $1 and j.id = any($2::uuid[])';
  return readRows(execute, db, 'listJobsByIds', wholeJob, tail, [
    workspaceId,
    column('uuid', ids, (id) => id),
  ]);
}

/** Of several workspaces: what followers of this process have asked to follow. A job of another workspace than the one named is not answered. */
export async function listFollowedJobs(db: Executor, asked: readonly Owned[]): Promise<Job[]> {
  const of = (key: keyof Owned) => sql.param(asked.map((one) => one[key]));
  return db
    .select(jobColumns)
    .from(jobs)
    .where(
      // Looked up by id; the pairs are compared behind it.
      sql`${jobs.id} = any(${of('id')}::uuid[]) and (${jobs.workspaceId}, ${jobs.id}) in (
        select * from unnest(${of('workspaceId')}::uuid[], ${of('id')}::uuid[]))`,
    )
    .prepare('listFollowedJobs')
    .execute();
}
