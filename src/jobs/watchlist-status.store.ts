import type { Tx } from '../db/client.ts';
import { column, execute } from '../db/statement.ts';
import type { ItemState } from './job.ts';

export interface TickerStatus {
  readonly workspaceId: string;
  readonly ticker: string;
  readonly jobId: string;
  readonly status: ItemState;
  /** The result stored for it; null leaves the last good one. */
  readonly analysisId: string | null;
}

const statusColumns = (news: readonly TickerStatus[]) => [
  column('uuid', news, (status) => status.workspaceId),
  column('text', news, (status) => status.ticker),
  column('uuid', news, (status) => status.jobId),
  column('text', news, (status) => status.status),
  column('uuid', news, (status) => status.analysisId),
];

/** A ticker that is in a watchlist of the workspace. */
export interface ListedTicker {
  readonly workspaceId: string;
  readonly ticker: string;
}

/** Sorts before every time and every job. */
const NO_TIME = `'-infinity'::timestamptz`;
const NO_JOB = `'00000000-0000-0000-0000-000000000000'::uuid`;

/**
 * When the run of an item `i` began, which decides which of several runs of a ticker is the latest. An item that is due and has not started counts
 * from when it is due. An item that is scheduled for later has no such time: every run that has one is later.
 */
const startOf = (i: string) =>
  `coalesce(${i}.started_at, case when ${i}.run_at <= clock_timestamp() then greatest(${i}.run_at, ${i}.queued_at) end)`;

/** How a result `a` stands to others: real before made-up bars, bars without a later one that was left out, then the day. As in `latest.store.ts`. */
const placeOf = (a: string) =>
  `(not ${a}.is_demo, not coalesce(${a}.warnings @> '[{"code":"FUTURE_BAR"}]', false), ${a}.as_of)`;

/**
 * The result of a run, unless the one that stands there is newer: the run's result is not the latest of its strategy and timeframe, or that of
 * another strategy or timeframe decided on a later bar.
 */
const newestOf = (result: string, standing: string) => `case when ${result} is null or exists (
       select from analyses n join analyses o on o.id = ${standing}
       where n.id = ${result} and (
         not exists (select from latest_analyses s where s.analysis_id = n.id)
         or ((n.strategy, n.timeframe) <> (o.strategy, o.timeframe) and ${placeOf('o')} > ${placeOf('n')})))
     then ${standing} else ${result} end`;

/**
 * Stores the status of the latest run of each ticker that is in a watchlist, one row however many lists hold it, and returns the tickers that
 * changed. The latest run is the one that started last, whenever its job was submitted; of two that started in one millisecond it is the one of the
 * later job. A stored start that lies ahead was written before the server's clock was set back: a run that began by the present clock is later.
 * The caller has changed the items before. Only this transaction can change them, so their times are right also after a wait for
 * the lock of a ticker; the stored time is compared anew after such a wait. The rows are locked by key before they are changed.
 */
export async function updateTickers(tx: Tx, statuses: readonly TickerStatus[]): Promise<ListedTicker[]> {
  return execute<{ workspaceId: string; ticker: string }>(
    tx,
    'updateTickers',
    `with news as materialized (
       select distinct on (n.workspace_id, n.ticker) n.*, ${startOf('i')} as began_at
       from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[]) with ordinality
         as n(workspace_id, ticker, job_id, status, analysis_id, place)
       join watchlist_tickers listed on listed.workspace_id = n.workspace_id and listed.ticker = n.ticker
       left join job_items i on i.job_id = n.job_id and i.ticker = n.ticker
       order by n.workspace_id, n.ticker, began_at desc nulls last, n.job_id desc, n.place desc
     ), locked as materialized (
       select t.workspace_id, t.ticker, n.job_id, n.status, n.analysis_id, n.began_at
       from news n join watchlist_tickers t on t.workspace_id = n.workspace_id and t.ticker = n.ticker
       where t.last_job_id = n.job_id
         or (t.last_started_at > clock_timestamp() and n.began_at <= clock_timestamp())
         or (coalesce(n.began_at, ${NO_TIME}), n.job_id) >= (coalesce(t.last_started_at, ${NO_TIME}), coalesce(t.last_job_id, ${NO_JOB}))
       order by t.workspace_id, t.ticker for no key update of t
     )
     update watchlist_tickers t set last_job_id = l.job_id, last_status = l.status,
       last_started_at = greatest(l.began_at, case when t.last_job_id = l.job_id then t.last_started_at end),
       last_analysis_id = ${newestOf('l.analysis_id', 't.last_analysis_id')}
     from locked l where t.workspace_id = l.workspace_id and t.ticker = l.ticker
     returning t.workspace_id as "workspaceId", t.ticker`,
    statusColumns(statuses),
  );
}

/**
 * Locks every list that holds one of the tickers, by id, and returns the ids. A statement of its own: it begins when the tickers are locked, so it
 * sees the items that a transaction added or moved before it released them.
 *
 * The mode leaves the keys of the lists alone: every transaction that has inserted a job or an item of a list holds the KEY SHARE of the
 * foreign key on that list, and with `for update` several of them would wait for each other.
 */
export async function lockListsOfTickers(tx: Tx, tickers: readonly ListedTicker[]): Promise<string[]> {
  const rows = await execute<{ id: string }>(
    tx,
    'lockListsOfTickers',
    `with touched as materialized (
       select workspace_id, array_agg(ticker) as tickers from unnest($1::uuid[], $2::text[]) as c(workspace_id, ticker) group by workspace_id
     )
     select w.id from touched s join watchlists w on w.workspace_id = s.workspace_id
     where exists (select from watchlist_items i where i.watchlist_id = w.id and i.ticker = any(s.tickers))
     order by w.id for no key update of w`,
    [column('uuid', tickers, (one) => one.workspaceId), column('text', tickers, (one) => one.ticker)],
  );
  return rows.map(({ id }) => id);
}

/**
 * Increments the revision of lists that the transaction has locked, and returns them. Not in the statement that locks them: its snapshot is older
 * than the wait for the lock. The update would begin at the version of the row that the snapshot shows, and while a KEY SHARE is held on
 * that version, PostgreSQL queues the update behind a transaction that waits for this one: a deadlock on a single row.
 */
export async function bumpLists(tx: Tx, ids: readonly string[]): Promise<{ id: string; revision: number }[]> {
  const rows = await execute<{ id: string; revision: string }>(
    tx,
    'bumpLists',
    'update watchlists set revision = revision + 1 where id = any($1::uuid[]) returning id, revision',
    [column('uuid', ids, (id) => id)],
  );
  return rows.map((row) => ({ id: row.id, revision: Number(row.revision) }));
}
