import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DEFAULT_WORKSPACE_ID } from '../src/access.ts';
import { migrate } from '../src/db/migrate.ts';
import { createLogger } from '../src/logger.ts';
import { startPostgres } from '../src/postgres/embedded.ts';

/** A UUIDv7 of the n-th object of a kind, an object a second. */
const idOf = (kind: string, n: string) =>
  `(substr(ms, 1, 8) || '-' || substr(ms, 9, 4) || '-7000-8000-${kind}' || lpad(to_hex(${n}), 8, '0'))::uuid`;
const ms = (n: string) => `lpad(to_hex(1735689600000 + ${n}::bigint * 1000), 12, '0') as ms`;

/**
 * 200,000 jobs with 1,000,000 items and results: every 200th job has 104 items, the others 4 or 5. 5,000 tickers with about 190 results each, and `HOT` with 50,000, so
 * that a page 1,000 of a ticker's history exists. Statements as PostgreSQL runs them fastest: inside the server, without triggers.
 */
const fills: readonly string[] = [
  `insert into instruments (ticker, symbol, name, name_key, exchange, time_zone, currency, tick, sector)
   select 'T' || n, 'T' || n, 'Company ' || n, 'company ' || n, 'NYSE', 'America/New_York', 'USD', 0.01, 'Sector ' || n % 12
   from generate_series(0, 4999) as n on conflict do nothing`,
  `create unlogged table filled as
   select j, k, n,
     case when j % 4 = 1 and k = 5 then 'HOT' else 'T' || (n + n / 1000) % 5000 end as ticker,
     (array['BALANCED', 'BALANCED', 'TREND_FOLLOWING', 'MEAN_REVERSION', 'MOMENTUM_BREAKOUT'])[1 + j / 7 % 5] as strategy
   from (select j, k, row_number() over (order by j, k) as n from generate_series(1, 200000) as j
   cross join lateral generate_series(1, case when j % 200 = 0 then 104 when j % 2 = 1 then 5 else 4 end) as k) as f`,
  `insert into jobs (id, workspace_id, kind, state, origin, strategy, source, is_demo, options, priority, run_at, fingerprint, request_hash, total, queued,
     succeeded, progress_sum, last_seq, log_pruned, created_at, started_at, finished_at)
   select ${idOf('0001', 'j')}, '${DEFAULT_WORKSPACE_ID}', 'analysis', 'COMPLETED', 'TICKERS', strategy, 'DEMO', true, '{}', 5, at, j, j, c, 0, c, 100 * c, 4 * c, true, at, at, at
   from (select j, min(strategy) as strategy, count(*) as c, timestamptz '2025-01-01Z' + j * interval '5 s' as at, ${ms('j * 5')} from filled group by j) as f order by j`,
  `insert into job_items (job_id, ticker, workspace_id, kind, state, priority, run_at, phase, attempt, queued_at, started_at, finished_at)
   select ${idOf('0001', 'j')}, ticker, '${DEFAULT_WORKSPACE_ID}', 'analysis', 'COMPLETED', 5, at, 100, 1, at, at, at
   from (select *, timestamptz '2025-01-01Z' + j * interval '5 s' as at, ${ms('j * 5')} from filled) as f order by j, ticker`,
  `insert into analyses (id, workspace_id, job_id, ticker, strategy, score, score_verdict, verdict, regime, coverage, conviction, buy_votes, neutral_votes,
     sell_votes, unavailable_votes, side, entry, stop, target, risk_reward, position_size, currency, source, is_demo, customised, as_of, created_at)
   select ${idOf('0002', 'n')}, '${DEFAULT_WORKSPACE_ID}', ${idOf('0001', 'j').replaceAll('ms', 'job_ms')}, ticker, strategy, s, v, v, 'TRENDING', 1, 0.5, 5, 2, 4, 1,
     case when v <> 'HOLD' then 'LONG' end, case when v <> 'HOLD' then 100 + n % 1000 end, case when v <> 'HOLD' then 98 end, case when v <> 'HOLD' then 1200 end,
     case when v <> 'HOLD' then 2 end, case when v <> 'HOLD' then 200 end, 'USD', 'DEMO', true, false, date '2025-01-01' + (n / 4000)::int,
     timestamptz '2025-01-01Z' + n * interval '1 s'
   from (select *, case when s > 0.6 then 'STRONG_BUY' when s > 0.2 then 'BUY' when s > -0.2 then 'HOLD' when s > -0.6 then 'SELL' else 'STRONG_SELL' end as v
     from (select *, round(sin(n)::numeric, 4)::float8 as s, ${ms('n')}, ${ms('j * 5').replace('as ms', 'as job_ms')} from filled) as f) as f order by n`,
  // 0.8 KB each, as results have them; of every tenth result, which is enough to see whether a list reads them.
  `insert into analysis_details (analysis_id, body) select id, decode(repeat(md5(id::text), 25), 'hex') || decode(repeat(md5(ticker), 25), 'hex') from analyses
   where ('x' || right(id::text, 8))::bit(32)::int % 10 = 0 order by id`,
  `insert into latest_analyses (workspace_id, ticker, strategy, analysis_id, is_demo, as_of)
   select distinct on (ticker, strategy) workspace_id, ticker, strategy, id, is_demo, as_of from analyses order by ticker, strategy, as_of desc, id desc`,
  `insert into watchlists (id, workspace_id, name, is_default) select ${idOf('0003', 'n')}, '${DEFAULT_WORKSPACE_ID}', 'List ' || n, false
   from (select n, ${ms('n')} from generate_series(1, 200) as n) as f`,
  `insert into watchlist_items (watchlist_id, ticker, workspace_id) select w.id, a.ticker, w.workspace_id
   from (select id, workspace_id, row_number() over (order by id) as n from watchlists where name like 'List %') as w
   cross join generate_series(0, 49) as k join latest_analyses l on l.strategy = 'BALANCED' and l.ticker = 'T' || (w.n * 25 + k) % 5000
   join analyses a on a.id = l.analysis_id`,
  `update watchlist_tickers t set last_job_id = a.job_id, last_analysis_id = a.id, last_status = 'COMPLETED'
   from latest_analyses l join analyses a on a.id = l.analysis_id
   where l.workspace_id = t.workspace_id and l.ticker = t.ticker and l.strategy = 'BALANCED'`,
  'drop table filled',
];

/** For PostGraphile: the ranking and the items of lists as views, since it filters and sorts what a table or view has. */
const peerViews = `create schema if not exists peer;
  create or replace view peer.ranked as
    select l.ticker, l.strategy, coalesce(i.symbol, l.ticker) as symbol, i.name, i.sector, a.id as analysis_id, a.score, a.verdict, a.as_of
    from public.latest_analyses l join public.analyses a on a.id = l.analysis_id left join public.instruments i on i.ticker = l.ticker;
  create or replace view peer.listed as
    select i.watchlist_id, i.ticker as item, i.note, t.last_status, a.id as analysis_id, a.ticker, a.strategy, a.score, a.verdict, a.as_of, a.created_at
    from public.watchlist_items i left join public.watchlist_tickers t on t.workspace_id = i.workspace_id and t.ticker = i.ticker
      left join public.analyses a on a.id = t.last_analysis_id`;

export interface FilledServer {
  readonly url: string;
  readonly pid: number;
}

/** A server with the data, which a second run finds in the system's temporary directory as the first has left it. */
export async function withFilledServer(work: (server: FilledServer) => Promise<void>): Promise<void> {
  // Other statements make other data. Migrations that were added since run on what is there.
  const version = createHash('sha256').update(fills.join()).digest('hex');
  const dataDir = join(tmpdir(), `thetool-bench-query-${version.slice(0, 12)}`);
  const ready = join(dataDir, 'filled');
  if (!existsSync(ready)) await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });
  await chmod(dataDir, 0o755);
  const log = createLogger('error');
  // Nothing here outlives a crash: the data is made again.
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    max_wal_size: '8GB',
    shared_buffers: '512MB',
    checkpoint_timeout: '1h',
    autovacuum: 'off',
  };
  const server = await startPostgres({ dataDir, log, settings });
  try {
    await migrate(server.url, log);
    if (!existsSync(ready)) {
      await fill(server.url);
      await writeFile(ready, '');
    }
    await work({ url: server.url, pid: await postmaster(server.url) });
  } finally {
    await server.stop();
  }
}

async function fill(url: string): Promise<void> {
  const began = performance.now();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    await client.query(
      "set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '256MB'",
    );
    const { rows } = await client.query<{ name: string; definition: string }>(
      `select indexname as name, indexdef as definition from pg_indexes i
       where tablename in ('analyses', 'jobs', 'job_items') and not exists (select from pg_constraint c where c.conname = i.indexname)`,
    );
    // An index over a full table is made faster than it grows.
    for (const { name } of rows) await client.query(`drop index ${name}`);
    for (const statement of fills) await client.query(statement);
    for (const { definition } of rows) await client.query(definition);
    await client.query(peerViews);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
  console.log(
    `1,000,000 analyses, 200,000 jobs, 5,000 instruments, 200 watchlists made in ${((performance.now() - began) / 1_000).toFixed(0)} s`,
  );
}

async function postmaster(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ file: string }>("select pg_read_file('postmaster.pid') as file");
    return Number(rows[0]?.file.split('\n')[0]);
  } finally {
    await client.end();
  }
}
