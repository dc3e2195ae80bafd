import type { Executor } from '../db/client.ts';
import { eq, sql } from '../db/drizzle.ts';
import { analysisColumns } from './analysis.store.ts';
import { analyses } from './analysis.tables.ts';
import type { Analysis } from './analysis.ts';
import {
  type ListSummary,
  type ScorePoint,
  type SummaryKey,
  summaryKey,
  type TickerKey,
  tickerKey,
} from './dashboard.ts';

/** There is one row at most. The limit keeps the planner from reading all latest results of a strategy for a hash join. */
const ONE = sql`limit 1`;

/** How the latest results of the tickers of each list divide; a key without a list asks for every ticker that is in any list, once. */
export async function summariseLists(
  db: Executor,
  workspaceId: string,
  asked: readonly SummaryKey[],
): Promise<Map<string, ListSummary>> {
  const { rows } = await db.execute<Record<keyof ListSummary | 'n', number>>(sql`/* summariseLists */
    select k.n::int as n, count(i.ticker)::int as items, count(a.id)::int as analysed,
      count(*) filter (where a.verdict in ('STRONG_BUY', 'BUY'))::int as buy,
      count(*) filter (where a.verdict = 'HOLD')::int as hold,
      count(*) filter (where a.verdict in ('STRONG_SELL', 'SELL'))::int as sell
    from unnest(${sql.param(asked.map((key) => key.listId))}::uuid[], ${sql.param(asked.map((key) => key.strategy))}::text[])
      with ordinality as k(list_id, strategy, n)
    left join lateral (
      select w.ticker from (select * from watchlist_items where watchlist_id = k.list_id offset 0) as w where w.workspace_id = ${workspaceId}
      union all
      select distinct w.ticker from watchlist_items w where w.workspace_id = ${workspaceId} and k.list_id is null) as i on true
    left join lateral (
      select a.id, a.verdict from latest_analyses l join analyses a on a.id = l.analysis_id
      where l.workspace_id = ${workspaceId} and l.ticker = i.ticker and l.strategy = k.strategy ${ONE}) as a on true
    group by k.n`);
  return new Map(
    rows.flatMap(({ n, ...summary }) => {
      const key = asked[n - 1];
      return key === undefined ? [] : [[summaryKey(key), summary] as const];
    }),
  );
}

/** The latest result of each. */
export async function listLatestOf(
  db: Executor,
  workspaceId: string,
  asked: readonly TickerKey[],
): Promise<Map<string, Analysis>> {
  const of = (name: keyof TickerKey) => sql.param(asked.map((key) => key[name]));
  const rows = await db
    .select(analysisColumns)
    .from(
      sql`(/* listLatestOf */
        select l.* from unnest(${of('ticker')}::text[], ${of('strategy')}::text[]) as k(ticker, strategy)
        cross join lateral (select analysis_id from latest_analyses
          where workspace_id = ${workspaceId} and ticker = k.ticker and strategy = k.strategy ${ONE}) as l) as l`,
    )
    .innerJoin(analyses, eq(analyses.id, sql`l.analysis_id`));
  return new Map(rows.map((row) => [tickerKey(row), row]));
}

/** The scores of the newest `last` bars of each, oldest first, of equal bars the newer result last and those of spans of days before the others; of real bars when the latest result is, else of made-up ones. */
export async function listScores(
  db: Executor,
  workspaceId: string,
  asked: readonly TickerKey[],
  last: number,
): Promise<Map<string, ScorePoint[]>> {
  const of = (name: keyof TickerKey) => sql.param(asked.map((key) => key[name]));
  const { rows } = await db.execute<
    Pick<ScorePoint, keyof ScorePoint> & Pick<TickerKey, keyof TickerKey>
  >(sql`/* listScores */
    select k.ticker, k.strategy, s.as_of::text as "asOf", s.score, s.verdict
    from unnest(${of('ticker')}::text[], ${of('strategy')}::text[]) as k(ticker, strategy)
    cross join lateral (
      select * from latest_analyses where workspace_id = ${workspaceId} and ticker = k.ticker and strategy = k.strategy ${ONE}) as l
    cross join lateral (
      select a.id, a.as_of, a.score, a.verdict, a.backfill from analyses a
      where a.workspace_id = l.workspace_id and a.ticker = l.ticker and a.strategy = l.strategy and a.timeframe = 'DAILY' and a.is_demo = l.is_demo
      order by a.as_of desc, a.backfill, a.id desc limit ${last}) as s
    order by k.ticker, k.strategy, s.as_of, s.backfill desc, s.id`);
  return Map.groupBy(rows, tickerKey);
}
