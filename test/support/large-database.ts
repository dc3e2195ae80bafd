import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../../src/access.ts';

/** A UUID whose order is that of `n`: object `n` of a kind was made in second `n` of 2025. */
export const idOf = (kind: number, n: number): string => {
  const ms = (1_735_689_600_000 + n * 1_000).toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-800${kind}-${n.toString(16).padStart(12, '0')}`;
};
const id = (kind: number, n: string) =>
  `(overlay(lpad(to_hex(1735689600000 + (${n})::bigint * 1000), 12, '0') placing '-' from 9 for 0) || '-7000-800${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const at = (n: string) => `timestamptz '2025-01-01Z' + (${n}) * interval '1 s'`;

export const KIND = {
  workspace: 1,
  job: 2,
  analysis: 3,
  list: 4,
  backtest: 5,
  webhook: 6,
  key: 7,
  worker: 8,
} as const;
/** Jobs up to this one have ended; the later ones are queued. */
export const ENDED_JOBS = 30_000;
export const JOBS = 50_000;
/** The newest results are those of jobs that fill spans of days: lists without them must not read them. */
const SPAN_RESULTS = 20_000;
/** The workspace of job, list or key `n`: half of everything belongs to the first. */
const workspaceOf = (n: string) =>
  `(case when (${n}) % 2 = 0 then '${DEFAULT_WORKSPACE_ID}'::uuid else ${id(KIND.workspace, `(${n}) % 398 / 2 + 1`)} end)`;
const verdict = `(array['BUY', 'HOLD', 'SELL', 'STRONG_SELL'])[1 + n % 4]`;
const strategy = (n: string) => `(case when (${n}) % 9999 = 8 then 'MEAN_REVERSION' else 'BALANCED' end)`;

/**
 * 200 workspaces with 50,000 jobs, 300,000 items and 100,000 results. Rare are, in the first workspace: the verdict STRONG_BUY (of nobody), the strategy
 * MEAN_REVERSION, the ticker RARE (in one old job), failed jobs, and items that are due among queued ones.
 */
const fills: readonly string[] = [
  `insert into workspaces (id, name) select ${id(KIND.workspace, 'n')}, 'Workspace ' || n from generate_series(1, 199) n`,
  `insert into instruments (ticker, symbol, name, name_key, exchange, time_zone, currency, tick)
   select 'T' || n, 'T' || n, 'Company ' || n, 'company ' || n, 'NYSE', 'America/New_York', 'USD', 0.01 from generate_series(0, 4999) n`,
  `insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint, idempotency_key, request_hash, total, queued,
     succeeded, failed, progress_sum, last_seq, log_pruned, created_at, started_at, finished_at, claimable, due_at)
   select ${id(KIND.job, 'n')}, ${workspaceOf('n')}, case when n % 10 = 0 then 'backtest' else 'analysis' end,
     case when n > ${ENDED_JOBS} then 'QUEUED' when n % 5000 = 2 then 'FAILED' else 'COMPLETED' end, 'TICKERS', ${strategy('n')}, 'DEMO', true, '{}', 5,
     case when n % 3 = 0 and n > ${ENDED_JOBS} then timestamptz '2099-01-01Z' else ${at('n')} end, 'f' || n, 'k' || n, 'h', t, case when n > ${ENDED_JOBS} then t else 0 end,
     case when n <= ${ENDED_JOBS} and n % 5000 <> 2 then t else 0 end, case when n <= ${ENDED_JOBS} and n % 5000 = 2 then t else 0 end,
     case when n > ${ENDED_JOBS} then 0 else 100 * t end, case when n > ${ENDED_JOBS} then 1 else 2 end, n < 100, ${at('n')},
     case when n <= ${ENDED_JOBS} then ${at('n')} end, case when n <= ${ENDED_JOBS} then ${at('n')} end,
     n > ${ENDED_JOBS} and n % 3 <> 0, case when n > ${ENDED_JOBS} then case when n % 3 = 0 then timestamptz '2099-01-01Z' else ${at('n')} end end
   from (select n, case when n > ${ENDED_JOBS} then 10 when n % 3 = 0 then 4 else 3 end as t from generate_series(1, ${JOBS}) n) f`,
  `insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, phase, attempt, error_code, error_message, queued_at, started_at, finished_at)
   select j.id, case when j.id = '${idOf(KIND.job, 4)}' and k = 1 then 'RARE' else 'T' || (('x' || right(j.id::text, 6))::bit(24)::int * 7 + k) % 5000 end, j.workspace_id, j.kind, j.state, j.priority, j.run_at,
     case when j.state = 'COMPLETED' then 100 else 0 end, 1, case when j.state = 'FAILED' then 'NO_DATA' end, case when j.state = 'FAILED' then 'none' end,
     j.created_at, j.started_at, j.finished_at from jobs j cross join lateral generate_series(1, j.total) k`,
  `insert into job_events (job_id, seq, type, progress) select id, s, case when s = 1 then 'JOB_QUEUED' else 'JOB_COMPLETED' end, 100 from jobs cross join lateral generate_series(1, last_seq) s`,
  `insert into analyses (id, workspace_id, job_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes, sell_votes,
     unavailable_votes, source, is_demo, customised, as_of, created_at, backfill)
   select ${id(KIND.analysis, 'n')}, workspace_id, job_id, ticker, strategy, 0, 'HOLD', ${verdict}, 'TRENDING', 1, 0.5, 5, 2, 4, 1, 'DEMO', true, false, '2025-06-01', ${at('n')}, all_of_them - n < ${SPAN_RESULTS}
   from (select i.*, j.strategy, row_number() over (order by i.job_id, i.ticker) as n, count(*) over () as all_of_them
     from job_items i join jobs j on j.id = i.job_id where i.state = 'COMPLETED') f`,
  `insert into analysis_details (analysis_id, body) select id, '\\x00' from analyses`,
  `insert into latest_analyses select distinct on (workspace_id, ticker, strategy) workspace_id, ticker, strategy, id, is_demo, as_of from analyses order by 1, 2, 3, id desc`,
  `insert into feed_entries (workspace_id, last_position, analysis_ids)
   select workspace_id, max(n), array_agg(id order by n) from (select workspace_id, id, row_number() over (partition by workspace_id order by id) as n from analyses) f group by workspace_id, (n - 1) / 50`,
  `insert into feed_heads select workspace_id, max(last_position) from feed_entries group by 1`,
  `insert into job_ends (workspace_id, position, job_id) select workspace_id, row_number() over (partition by workspace_id order by id), id from jobs where finished_at is not null`,
  `insert into job_end_heads select workspace_id, max(position) from job_ends group by 1`,
  `insert into backtests (id, workspace_id, job_id, ticker, strategy, source, is_demo, customised, first_date, last_date, window_bars, pending, skipped_open, skipped_cooldown,
     skipped_no_slot, trades, wins, losses, total_return_pct, max_drawdown_pct, exposure_pct, longest_win_streak, longest_loss_streak, hold_return_pct, hold_max_drawdown_pct, warnings)
   select ${id(KIND.backtest, 'n')}, workspace_id, job_id, ticker, strategy, 'DEMO', true, false, '2024-01-01', '2024-12-31', 1, false, 0, 0, 0, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1, '[]'
   from (select i.*, j.strategy, row_number() over (order by i.job_id, i.ticker) as n from job_items i join jobs j on j.id = i.job_id where i.state = 'COMPLETED' and i.kind = 'backtest') f`,
  `insert into backtest_details select id, '{}', decode(repeat('00', 20), 'hex') from backtests`,
  `insert into backtest_trades (backtest_id, n, signal_date, entry_date, entry_price, exit_date, exit_price, stop, target, return_pct, gross_pct, bars_held, exit_reason, gap, score, verdict, regime)
   select id, k, '2024-01-02', '2024-01-03', 1, '2024-01-04', 1, 1, 1, 1, 1, 1, 'STOP', false, 0, 'BUY', 'TRENDING' from backtests cross join generate_series(1, 3) k`,
  `insert into watchlists (id, workspace_id, name) select ${id(KIND.list, 'n')}, ${workspaceOf('n')}, 'List ' || n from generate_series(1, 1000) n`,
  `insert into watchlist_items (watchlist_id, ticker, workspace_id)
   select w.id, 'T' || (n * 13 + k) % 5000, w.workspace_id
   from generate_series(1, 1000) n join watchlists w on w.id = ${id(KIND.list, 'n')} cross join generate_series(1, 20) k`,
  `insert into watchlist_tickers (workspace_id, ticker, last_job_id, last_analysis_id, last_status)
   select workspace_id, ticker, ${id(KIND.job, 'n')}, ${id(KIND.analysis, 'n')}, 'COMPLETED'
   from (select workspace_id, ticker, row_number() over () as n from watchlist_items group by 1, 2) f`,
  `insert into api_keys (id, workspace_id, key_id, name, hash, scopes, created_by, member_issuer, member_subject)
   select ${id(KIND.key, 'n')}, ${workspaceOf('n')}, lpad(n::text, 8, '0'), 'Key ' || n, decode(repeat('00', 32), 'hex'), '{jobs:read}', 'test',
     case when n % 2 = 0 then 'issuer' end, case when n % 2 = 0 then 'subject ' || n end from generate_series(1, 2000) n`,
  `insert into workspace_members (id, workspace_id, issuer, subject, scopes, created_by)
   select ${id(KIND.key, 'n')}, ${workspaceOf('n')}, 'issuer', 'subject ' || n, '{jobs:read}', 'test' from generate_series(1, 2000) n`,
  `insert into audit_entries (workspace_id, id, key_id, subject, action, target_type, target_ids, outcome, created_at)
   select ${workspaceOf('n')}, ${id(KIND.key, 'n')}, lpad((n % 100)::text, 8, '0'), 'test', 'submitAnalysis', 'Job', array[${id(KIND.job, 'n')}::text], 'OK', ${at('n')} from generate_series(1, 50000) n`,
  `insert into mutation_answers (workspace_id, key, operation, request_hash, created_at) select ${workspaceOf('n')}, 'k' || n, 'submitAnalysis', 'h', ${at('n')} from generate_series(1, 50000) n`,
  `insert into rate_limits (key, used, granted, at) select 'k' || n, 1, 1, clock_timestamp() from generate_series(1, 20000) n`,
  `insert into webhooks (id, workspace_id, url, description, event, filter, state, secret, position)
   select ${id(KIND.webhook, 'n')}, ${workspaceOf('n')}, 'https://example.com/' || n, '', case when n % 4 < 2 then 'JOB_FINISHED' else 'ANALYSIS_STORED' end, '{}', 'ACTIVE', 's', 1000000 from generate_series(1, 400) n`,
  `insert into webhook_deliveries (id, webhook_id, workspace_id, state, position, subject_ids, created_at)
   select gen_random_uuid(), ${id(KIND.webhook, 'n % 20 * 2 + 2')}, '${DEFAULT_WORKSPACE_ID}', 'SUPERSEDED', n, array[gen_random_uuid()], ${at('n')} from generate_series(1, 50000) n`,
  `insert into candle_series (source, ticker, interval, adjustment, bars, first_day, last_day, complete, fresh_until, body)
   select 'YAHOO', 'T' || n, '1d', 'SPLITS', 1, '2024-01-01', '2024-01-01', true, now(), decode(repeat('00', 44), 'hex') from generate_series(0, 4999) n`,
  `insert into own_series (workspace_id, ticker, bars, first_day, last_day, adjustment, body)
   select ${workspaceOf('n')}, 'T' || n / 2, 1, '2024-01-01', '2024-01-01', 'UNKNOWN', decode(repeat('00', 44), 'hex') from generate_series(0, 9999) n`,
  `insert into workers (id, name, version, state, capacity, kinds, lock_key, stopped_at)
   select ${id(KIND.worker, 'n')}, 'w' || n, '1', case when n <= 4 then 'ALIVE' else 'STOPPED' end, 8, '{analysis,backtest}', n, case when n > 4 then now() end from generate_series(1, 20) n`,
];

/** Fills an empty migrated database and lets the planner know of it: about 20 s on two cores. */
export async function fillLarge(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    // Without triggers and foreign keys. The indexes grow row by row, so that the planner meets them as they are in use.
    await client.query(
      "set session_replication_role = replica; set synchronous_commit = off; set work_mem = '128MB'",
    );
    for (const fill of fills) await client.query(fill);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
