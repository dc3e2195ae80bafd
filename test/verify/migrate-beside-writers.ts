import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';
import { databaseErrorCode } from '../../src/db/retry.ts';
import { runMigrations } from '../../src/db/run-migrations.ts';
import { silent } from '../support/silent.ts';

const folder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** The last migration that was written before migrations had to run beside writers. */
const BEFORE = '0021_plan_parents_once';
const W = DEFAULT_WORKSPACE_ID;
const workspace = (n: string) =>
  `case ${n} when 1 then '${W}'::uuid else lpad(to_hex(${n}), 32, 'a')::uuid end`;

/** Workspaces with watchlists, lists of each, and tickers of each list. */
const WORKSPACES = 4;
const LISTS = 99;
const TICKERS = 1_000;

/**
 * Tables as they were: a tenth of the rows are jobs, half are items of jobs, the rest are results; and 400,000 items of watchlists, each of which shows a job and a
 * result.
 */
const fill = (rows: number): readonly string[] => [
  `insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint, request_hash, total, queued, succeeded, progress_sum, last_seq, created_at, started_at, finished_at)
   select lpad(to_hex(n), 32, '0')::uuid, '${W}', 'analysis', 'COMPLETED', 'TICKERS', 'BALANCED', 'DEMO', true, '{}', 5, now(), n, 'h', 5, 0, 5, 500, 1, now(), now(), now() from generate_series(1, ${rows / 10}) n`,
  `insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, phase, attempt, started_at, finished_at)
   select lpad(to_hex(n / 5 + 1), 32, '0')::uuid, 'T' || n, '${W}', 'analysis', 'COMPLETED', 5, now(), 100, 1, now(), now() from generate_series(0, ${rows / 2 - 1}) n`,
  `insert into analyses (id, workspace_id, job_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes, sell_votes, unavailable_votes, source, is_demo, customised, as_of)
   select lpad(to_hex(n), 32, '0')::uuid, '${W}', lpad(to_hex(n / 5 + 1), 32, '0')::uuid, 'T' || n, 'BALANCED', 0, 'HOLD', 'HOLD', 'X', 1, 1, 1, 1, 1, 1, 'DEMO', true, false, '2025-01-01' from generate_series(0, ${(rows * 4) / 10 - 1}) n`,
  `insert into workspaces (id, name) select lpad(to_hex(w), 32, 'a')::uuid, 'Workspace ' || w from generate_series(2, ${WORKSPACES}) w`,
  `insert into watchlists (id, workspace_id, name)
   select lpad(to_hex(w * 1000 + l), 32, 'b')::uuid, ${workspace('w')}, 'List ' || l from generate_series(1, ${WORKSPACES}) w, generate_series(1, ${LISTS}) l`,
  `insert into watchlist_items (watchlist_id, workspace_id, ticker, last_job_id, last_analysis_id, last_status)
   select lpad(to_hex(w * 1000 + l), 32, 'b')::uuid, ${workspace('w')}, 'T' || n, lpad(to_hex(n / 5 + 1), 32, '0')::uuid, lpad(to_hex(n), 32, '0')::uuid, 'COMPLETED'
   from generate_series(1, ${WORKSPACES}) w, generate_series(1, ${LISTS}) l, generate_series(1, ${TICKERS}) n`,
];

/** What writers do all the time; `$1` is another number each time. */
const writes: readonly string[] = [
  `update jobs set progress_sum = progress_sum where id = lpad(to_hex(1 + $1 % 1000), 32, '0')::uuid`,
  `update job_items set attempt = attempt + 1 where job_id = lpad(to_hex(1 + $1 % 1000), 32, '0')::uuid`,
  `insert into analyses (id, workspace_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes, sell_votes, unavailable_votes, source, is_demo, customised, as_of)
   select gen_random_uuid(), '${W}', 'N' || $1::int, 'BALANCED', 0, 'HOLD', 'HOLD', 'X', 1, 1, 1, 1, 1, 1, 'DEMO', true, false, '2025-01-01'`,
  `insert into audit_entries (workspace_id, id, subject, action, target_ids, outcome) select '${W}', gen_random_uuid(), 's', 'a' || $1::int, '{}', 'OK'`,
  // As the version before stores the status of a run: it locks the job, the items and the lists in this order.
  `with job as materialized (select id from jobs where id = lpad(to_hex(1 + $1 % 100), 32, '0')::uuid for no key update), locked as materialized (
     select i.watchlist_id, i.ticker, job.id as job_id from job, watchlist_items i
     where i.workspace_id = '${W}' and i.ticker = 'T' || ($1 % 100)::int order by i.watchlist_id, i.ticker for update of i
   ) update watchlist_items i set last_job_id = l.job_id, last_status = 'QUEUED' from locked l where i.watchlist_id = l.watchlist_id and i.ticker = l.ticker`,
];

export interface Report {
  /** Statements that were done while the migrations ran. */
  readonly written: number;
  /** Statements that waited for a lock for longer than a second. */
  readonly blocked: readonly string[];
  readonly longestMs: number;
  readonly migratedMs: number;
}

/** Fills an empty database as it was before, and runs the later migrations while writers change the same tables. */
export async function migrateBesideWriters(url: string, rows: number): Promise<Report> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await runMigrations(client, { folder, upTo: dateOf(BEFORE) }, silent);
  await client.query('set session_replication_role = replica; set synchronous_commit = off');
  for (const statement of fill(rows)) await client.query(statement);
  await client.query('reset session_replication_role; reset synchronous_commit');
  await client.query('analyze');
  const stop = new AbortController();
  const blocked: string[] = [];
  let written = 0;
  let longestMs = 0;
  const writers = writes.map(async (text) => {
    const writer = new pg.Client({ connectionString: url, lock_timeout: 1_000 });
    await writer.connect();
    for (let n = 1; !stop.signal.aborted; n += 1) {
      const began = performance.now();
      await writer.query(text, [n]).catch((error: unknown) => {
        if (databaseErrorCode(error) !== '55P03') throw error;
        blocked.push(text);
      });
      longestMs = Math.max(longestMs, performance.now() - began);
      written += 1;
    }
    await writer.end();
  });
  const began = performance.now();
  try {
    await runMigrations(client, { folder }, silent);
  } finally {
    stop.abort();
    await Promise.all(writers);
    await client.end();
  }
  return { written, blocked, longestMs, migratedMs: performance.now() - began };
}

function dateOf(name: string): number {
  const { entries } = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8')) as {
    entries: { tag: string; when: number }[];
  };
  const entry = entries.find(({ tag }) => tag === name);
  if (entry === undefined) throw new Error(`there is no migration ${name}`);
  return entry.when;
}
