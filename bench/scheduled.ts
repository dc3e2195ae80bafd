import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openDatabase } from '../src/db/client.ts';
import { claimItems } from '../src/jobs/claim-items.ts';
import { submitJob } from '../src/jobs/submit-job.ts';
import { createLogger } from '../src/logger.ts';
import { deadWorker, jobRequest, KIND } from '../test/support/engine.ts';
import type { Measured } from './contestant.ts';
import { withServer } from './server.ts';
import { quantile } from './usage.ts';

interface Size {
  readonly scheduled: number;
  readonly retrying: number;
  /** Items that one worker runs. */
  readonly items: number;
  /** Jobs that are submitted one at a time to the idle worker. */
  readonly rounds: number;
  readonly claims: number;
  /** Measurements of each database in turn, so that a slow minute of the machine falls on both. */
  readonly turns: number;
}
const FULL: Size = {
  scheduled: 5_000_000,
  retrying: 1_000_000,
  items: 20_000,
  rounds: 200,
  claims: 400,
  turns: 3,
};
/** To try the benchmark itself. */
const SMALL: Size = {
  scheduled: 20_000,
  retrying: 5_000,
  items: 200,
  rounds: 5,
  claims: 20,
  turns: 1,
};

/** Whose items wait. */
export const BUSY_WORKSPACE = '00000000-0000-7000-8000-0000000000aa';
const TICKERS_PER_JOB = 1_000;
/** Of a claim that is timed: the default capacity of a worker. */
const CLAIM_SIZE = 8;
const AIM = 1.2;

interface Timed {
  readonly claimP50: number;
  readonly claimP99: number;
  readonly itemsPerSecond: number;
  readonly startP50: number;
  readonly startP99: number;
}

/**
 * Jobs that are due beside millions of items that are not: 5 million scheduled for next year and 1 million that wait for their next attempt, all of another
 * workspace, against a database without them, in turn on one server.
 */
export async function benchScheduled(option?: string): Promise<void> {
  const size = option === '--small' ? SMALL : FULL;
  await withServer(async ({ url }) => {
    const beside = new URL(url);
    beside.pathname = '/beside';
    await execute(url.replace(/\/[^/]*$/, '/postgres'), [
      `create database beside template ${new URL(url).pathname.slice(1)}`,
    ]);
    const began = performance.now();
    await fill(beside.href, size);
    const seconds = ((performance.now() - began) / 1_000).toFixed(0);
    console.log(
      `${whole(size.scheduled)} scheduled and ${whole(size.retrying)} retrying items stored in ${seconds} s`,
    );
    const empty: Timed[] = [];
    const full: Timed[] = [];
    for (let turn = 0; turn < size.turns; turn += 1) {
      empty.push(await measureOn('without', url, size));
      full.push(await measureOn('beside ', beside.href, size));
    }
    report(empty, full);
  });
}

async function measureOn(title: string, url: string, size: Size): Promise<Timed> {
  const { itemsPerSecond, startP50, startP99 } = await runWorker(url, size);
  const claims = await timeClaims(url, size.claims);
  const timed = { ...claims, itemsPerSecond, startP50, startP99 };
  console.log(
    `${title}  claim p50 ${ms(timed.claimP50)}, p99 ${ms(timed.claimP99)}; ${whole(itemsPerSecond)} items/s; submit to start p50 ${ms(startP50)}, p99 ${ms(startP99)}`,
  );
  return timed;
}

/** The worker in a process of its own, as `bench/jobs.ts` runs it. */
async function runWorker(url: string, { items, rounds }: Size): Promise<Measured> {
  const child = fork(
    fileURLToPath(new URL('./run-contestant.ts', import.meta.url)),
    ['./ours.ts', 'thetool', url, String(items), String(rounds)],
    { env: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' } },
  );
  const ended = once(child, 'exit');
  const measured = await new Promise<Measured>((resolve, reject) => {
    child.on('message', (message: { readonly measured?: Measured }) => {
      if (message.measured === undefined) child.send({});
      else resolve(message.measured);
    });
    child.on('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
  });
  await ended;
  return measured;
}

/** Of jobs of one claim's size, one at a time: the claim with its locks, its events and its commit. */
async function timeClaims(url: string, claims: number): Promise<Pick<Timed, 'claimP50' | 'claimP99'>> {
  const log = createLogger('error');
  const { db, close } = openDatabase({ url, max: 2, applicationName: 'bench', joinsByKey: true, log });
  try {
    const worker = await deadWorker(db);
    const times: number[] = [];
    for (let i = 0; i < claims; i += 1) {
      const tickers = Array.from({ length: CLAIM_SIZE }, (_, n) => `C${n}`);
      await submitJob(db, log, jobRequest(tickers));
      const began = performance.now();
      const items = await claimItems(db, log, worker, [KIND], CLAIM_SIZE);
      times.push(performance.now() - began);
      if (items.length !== CLAIM_SIZE)
        throw new Error(`claimed ${items.length} items instead of ${CLAIM_SIZE}`);
    }
    return { claimP50: quantile(times, 0.5), claimP99: quantile(times, 0.99) };
  } finally {
    await close();
  }
}

/** Rows as the engine leaves them, without its triggers; another workspace than the one that is measured. */
export async function fill(
  url: string,
  { scheduled, retrying }: Pick<Size, 'scheduled' | 'retrying'>,
): Promise<void> {
  const workspace = BUSY_WORKSPACE;
  const jobsOf = (items: number) => Math.ceil(items / TICKERS_PER_JOB);
  const insertJobs = (jobs: number, state: string, due: string) => `
    insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint, request_hash,
      total, queued, last_seq, created_at, started_at, claimable, due_at)
    select gen_random_uuid(), '${workspace}', 'analysis', '${state}', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, ${due}, 'f' || n, 'h',
      ${TICKERS_PER_JOB}, ${TICKERS_PER_JOB}, 1, now(), case when '${state}' = 'PROCESSING' then now() end, false, ${due}
    from generate_series(1, ${jobs}) n`;
  await execute(url, [
    `set session_replication_role = replica; set synchronous_commit = off; set work_mem = '128MB'`,
    `insert into workspaces (id, name) values ('${workspace}', 'Of millions')`,
    insertJobs(jobsOf(scheduled), 'QUEUED', `now() + interval '1 year'`),
    insertJobs(jobsOf(retrying), 'PROCESSING', `now() + interval '1 day'`),
    `insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, attempt, failures, error_code, error_message, queued_at, started_at)
     select j.id, 'T' || k, j.workspace_id, j.kind, 'QUEUED', j.priority, j.run_at, r::int, r::int, case when r then 'SOURCE_TIMEOUT' end, case when r then 'late' end,
       now(), j.started_at
     from (select *, state = 'PROCESSING' as r from jobs where workspace_id = '${workspace}') j cross join generate_series(1, ${TICKERS_PER_JOB}) k`,
    `insert into job_events (job_id, seq, type, progress) select id, 1, 'JOB_QUEUED', 0 from jobs where workspace_id = '${workspace}'`,
    'vacuum analyze',
    'checkpoint',
  ]);
}

async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function report(empty: readonly Timed[], full: readonly Timed[]): void {
  const median = (of: readonly Timed[], name: keyof Timed) =>
    quantile(
      of.map((timed) => timed[name]),
      0.5,
    );
  const ratio = (name: keyof Timed) => median(full, name) / median(empty, name);
  for (const name of ['claimP50', 'claimP99', 'startP50', 'startP99'] as const)
    console.log(`ratio: ${name} ${ratio(name).toFixed(2)} × without them (aim: ${AIM} at most)`);
  console.log(
    `ratio: items/s ${ratio('itemsPerSecond').toFixed(2)} × without them (aim: ${(1 / AIM).toFixed(2)} at least)`,
  );
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const whole = (value: number) => Math.round(value).toLocaleString('en-US');
