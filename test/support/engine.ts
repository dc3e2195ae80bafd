import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { type Db, inTransaction } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import { type AnyTask, defineTask } from '../../src/jobs/define-task.ts';
import { keepAlive, type Presence } from '../../src/jobs/keep-alive.ts';
import { createRecorder } from '../../src/jobs/record-steps.ts';
import { type Runner, runJobs } from '../../src/jobs/run-jobs.ts';
import { type JobRequest, submitJob } from '../../src/jobs/submit-job.ts';
import { silent } from './silent.ts';

export const KIND = 'test';

export function jobRequest(tickers: readonly string[], changes: Partial<JobRequest> = {}): JobRequest {
  return {
    workspaceId: DEFAULT_WORKSPACE_ID,
    kind: KIND,
    origin: 'TICKERS',
    strategy: 'BALANCED',
    source: 'DEMO',
    isDemo: true,
    options: {},
    tickers,
    watchlistId: null,
    retryOf: null,
    priority: 5,
    runAt: null,
    idempotencyKey: null,
    force: true,
    asked: { tickers, ...changes },
    ...changes,
  };
}

export async function submit(
  db: Db,
  tickers: readonly string[],
  changes: Partial<JobRequest> = {},
): Promise<string> {
  const { job } = await submitJob(db, silent, jobRequest(tickers, changes));
  return job.id;
}

/** A task that passes through the phases; `act` may wait, throw or look at the signal. */
export function testTask(
  act: (ticker: string, attempt: number, signal: AbortSignal) => Promise<void>,
): AnyTask {
  return defineTask<unknown, null>({
    kind: KIND,
    parse: (options) => options,
    async *run(_input, { ticker, attempt, signal }) {
      yield 25;
      await act(ticker, attempt, signal);
      yield 50;
      yield 75;
      return { result: null, facts: { verdict: 'HOLD', score: 0 } };
    },
    save: () => Promise.resolve(),
  });
}

export interface TestWorker {
  readonly presence: Presence;
  readonly runner: Runner;
  stop(): Promise<void>;
}

export async function startWorker(
  url: string,
  db: Db,
  task: AnyTask,
  options: {
    capacity?: number;
    leaseMs?: number;
    heartbeatMs?: number;
    finishedPerMinute?: () => number;
    itemTimeoutMs?: number;
    pollMs?: number;
  } = {},
): Promise<TestWorker> {
  const {
    capacity = 8,
    leaseMs = 10_000,
    heartbeatMs = 1_000,
    finishedPerMinute = () => 0,
    itemTimeoutMs = 300_000,
    pollMs = 100,
  } = options;
  const tasks = new Map([[task.kind, task]]);
  const presence = await keepAlive({
    url,
    name: 'test',
    version: '0',
    kinds: [...tasks.keys()],
    finishedPerMinute,
    capacity,
    leaseMs,
    heartbeatMs,
    log: silent,
  });
  const recorder = createRecorder({ db, tasks, log: silent });
  const runner = runJobs({
    db,
    presence,
    tasks,
    recorder,
    log: silent,
    capacity,
    pollMs,
    itemTimeoutMs,
  });
  return {
    presence,
    runner,
    async stop() {
      const now = AbortSignal.timeout(5_000);
      await runner.stop(now);
      await recorder.close(now);
      await presence.stop();
    },
  };
}

/** Removes all jobs, results and items of watchlists. Running nodes go on looking at the tables, in an order of their own: a deadlock with them is tried again. */
export async function clearJobs(db: Db): Promise<void> {
  await inTransaction(db, (tx) =>
    tx.execute(sql`truncate jobs, latest_analyses, analyses, watchlist_items cascade`),
  );
}

/** Removes the jobs, results and feed of one workspace and leaves others as they are. */
export async function clearWorkspace(db: Db, workspaceId = DEFAULT_WORKSPACE_ID): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const table of ['latest_analyses', 'analyses', 'jobs', 'feed_entries', 'feed_heads'])
      await tx.execute(sql`delete from ${sql.identifier(table)} where workspace_id = ${workspaceId}`);
  });
}

export interface JobRow extends Record<string, unknown> {
  readonly state: string;
  readonly total: number;
  readonly queued: number;
  readonly processing: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly last_seq: number;
}

export async function jobRow(db: Db, id: string): Promise<JobRow> {
  const { rows } = await db.execute<JobRow>(sql`select * from jobs where id = ${id}`);
  const [row] = rows;
  if (row === undefined) throw new Error(`no job ${id}`);
  return row;
}

export async function endedJob(db: Db, id: string): Promise<JobRow | null> {
  const row = await jobRow(db, id);
  return row.finished_at === null ? null : row;
}

export interface EventRow extends Record<string, unknown> {
  readonly seq: number;
  readonly type: string;
  readonly ticker: string | null;
  readonly progress: number;
}

export async function eventRows(db: Db, id: string): Promise<EventRow[]> {
  const { rows } = await db.execute<EventRow>(sql`select * from job_log where job_id = ${id} order by seq`);
  return rows;
}

/**
 * Counters equal item states, the log is 1..lastSeq, and its last event is the job's end. A job with queued items is claimable or due no
 * later than the first of them; one without is neither. Each table is read once, since tests store tens of thousands of jobs and their tables
 * have no statistics: a search per job would scan the table for each of them.
 */
export async function inconsistencies(db: Pick<Db, 'execute'>): Promise<unknown[]> {
  const { rows } = await db.execute(sql`
    with i as (select job_id, count(*) filter (where state = 'QUEUED') as q, count(*) filter (where state = 'PROCESSING') as p,
      count(*) filter (where state = 'COMPLETED') as s, count(*) filter (where state = 'FAILED') as f,
      count(*) filter (where state = 'CANCELLED') as c, count(*) as n, min(run_at) filter (where state = 'QUEUED') as due_at
      from job_items group by job_id),
    e as (select job_id, count(*) as n, max(seq) as m from job_log group by job_id)
    select j.id, j.state, j.last_seq from jobs j left join i on i.job_id = j.id left join e on e.job_id = j.id
    where (j.queued, j.processing, j.succeeded, j.failed, j.cancelled, j.total)
        <> (coalesce(i.q, 0), coalesce(i.p, 0), coalesce(i.s, 0), coalesce(i.f, 0), coalesce(i.c, 0), coalesce(i.n, 0))
      or coalesce(e.n, 0) <> j.last_seq or e.m <> j.last_seq
      or (j.processing > 0 and j.queued = 0 and (j.claimable or j.due_at is not null))
      or (j.queued > 0 and not j.claimable and not coalesce(j.due_at <= i.due_at, false)) limit 5`);
  return rows;
}

/** A worker row without a process behind it, as a SIGKILL leaves it. */
export async function deadWorker(db: Db): Promise<string> {
  const id = crypto.randomUUID();
  await db.execute(
    sql`insert into workers (id, name, version, state, capacity, lock_key) values (${id}, 'dead', '0', 'ALIVE', 8, ${Math.floor(Math.random() * 2 ** 31)})`,
  );
  return id;
}

/** Declares the worker that holds this item lost. */
export async function loseWorker(
  db: Db,
  item: { readonly jobId: string; readonly ticker: string },
): Promise<void> {
  await db.execute(sql`
    update workers set state = 'LOST', stopped_at = clock_timestamp()
    where id = (select worker_id from job_items where job_id = ${item.jobId} and ticker = ${item.ticker})`);
}
