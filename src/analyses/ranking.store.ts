import { and, asc, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { instrumentColumns, instruments } from '../db/market.tables.ts';
import { analyses, jobItems, jobs } from '../db/tables.ts';
import { JOB_KINDS, type JobItem } from '../jobs/job.ts';
import { VERDICTS } from '../quant/score.ts';
import { analysisColumns } from './analysis.store.ts';
import type {
  RankedVerdict,
  RankingCounts,
  RankingFilter,
  RankingKey,
  RankingOrder,
  RankingPlace,
  RankingRow,
} from './ranking.ts';

/** The number that a row is sorted by, with its type; null: it has none. */
const keys: Readonly<Record<RankingKey, readonly [SQL, SQL]>> = {
  SCORE: [sql`l.score`, sql`float8`],
  // Best first when descending, as scores are; names would sort STRONG_BUY next to STRONG_SELL.
  VERDICT: [sql`-array_position(${sql.param(VERDICTS)}::text[], l.verdict)`, sql`int`],
  // Where all keys are equal, the symbols are the order.
  SYMBOL: [sql`0`, sql`int`],
  AS_OF: [sql`l.as_of - date '2000-01-01'`, sql`int`],
  ENTRY: [sql`l.entry`, sql`numeric`],
  TARGET: [sql`l.target`, sql`numeric`],
};

/** The latest results `l`, the instruments `i` and, for a watchlist, its tickers `w`, with the ticker of a row. */
function rowsOf(workspaceId: string, { strategy, includeDemo, watchlistId }: RankingFilter) {
  const latest = sql`(
    select s.ticker, a.id, a.score, a.verdict, a.as_of, a.entry, a.target
    from latest_analyses s join analyses a on a.id = s.analysis_id and a.workspace_id = s.workspace_id
    where s.workspace_id = ${workspaceId} and s.strategy = ${strategy} ${includeDemo ? sql`` : sql`and not s.is_demo`}) as l`;
  return watchlistId === undefined
    ? {
        ticker: sql`coalesce(i.ticker, l.ticker)`,
        from: sql`instruments i full join ${latest} on l.ticker = i.ticker`,
        // What was analysed without being listed has a row too; what left the universe has none.
        where: sql`coalesce(i.active, true)`,
      }
    : {
        ticker: sql`w.ticker`,
        from: sql`watchlist_items w left join instruments i on i.ticker = w.ticker left join ${latest} on l.ticker = w.ticker`,
        where: sql`w.watchlist_id = ${watchlistId} and w.workspace_id = ${workspaceId}`,
      };
}

function verdictsMatch({ verdicts }: RankingFilter): SQL {
  if (verdicts === undefined) return sql`true`;
  const matches = sql`coalesce(l.verdict, 'NOT_ANALYSED') = any(${sql.param(verdicts)}::text[])`;
  // Told apart, so that a search for verdicts alone need not look at what has none.
  return verdicts.includes('NOT_ANALYSED') ? matches : sql`l.id is not null and ${matches}`;
}

function sectorsMatch({ sectors }: RankingFilter): SQL {
  return sectors === undefined ? sql`true` : sql`i.sector = any(${sql.param(sectors)}::text[])`;
}

/** Everything but verdicts and sectors. */
function othersMatch(filter: RankingFilter, ticker: SQL): SQL {
  const { analysed, minScore, maxScore, asOfFrom, text } = filter;
  const conditions: SQL[] = [];
  if (analysed !== undefined) conditions.push(analysed ? sql`l.id is not null` : sql`l.id is null`);
  if (minScore !== undefined) conditions.push(sql`l.score >= ${minScore}`);
  if (maxScore !== undefined) conditions.push(sql`l.score <= ${maxScore}`);
  if (asOfFrom !== undefined) conditions.push(sql`l.as_of >= ${asOfFrom}::date`);
  if (text !== undefined) {
    const part = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    conditions.push(sql`(${ticker} ilike ${part} or i.symbol ilike ${part} or i.name ilike ${part})`);
  }
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}

/**
 * One page in the order asked for. Only keys are sorted, of the whole ranking on every page; instruments and results are read for
 * the rows of the page (docs/decisions has the measurement).
 */
export async function listRanking(
  db: Executor,
  workspaceId: string,
  filter: RankingFilter,
  order: RankingOrder,
  page: {
    readonly limit: number;
    readonly beyond: RankingPlace | null;
    /** Read towards the beginning; `beyond` is then the end of the page. */
    readonly backwards: boolean;
  },
): Promise<RankingRow[]> {
  const { ticker, from, where } = rowsOf(workspaceId, filter);
  const [key, type] = keys[order.by];
  // Where symbols are the order, its direction is that of the ties.
  const bySymbol = order.by === 'SYMBOL';
  const signed = order.descending && !bySymbol ? sql`-(${key})` : key;
  const upwards = (order.descending && bySymbol) === page.backwards;
  const { beyond } = page;
  const isBeyond =
    beyond === null
      ? sql`true`
      : sql`(r.missing, r.key, r.symbol, r.ticker) ${upwards ? sql`>` : sql`<`}
          (${beyond.missing ? 1 : 0}::int, ${beyond.key}::${type}, ${beyond.symbol}::text collate "C", ${beyond.ticker}::text collate "C")`;
  const direction = upwards ? sql`asc` : sql`desc`;
  const by = sql`r.missing ${direction}, r.key ${direction}, r.symbol ${direction}, r.ticker ${direction}`;
  const rows = await db
    .select({
      place: {
        missing: sql<boolean>`r.missing = 1`,
        key: sql<string>`r.key::text`,
        symbol: sql<string>`r.symbol`,
        ticker: sql<string>`r.ticker`,
      },
      instrument: instrumentColumns,
      analysis: analysisColumns,
    })
    .from(
      sql`(/* listRanking */
        select r.* from (
          select (${key} is null)::int as missing, coalesce(${signed}, 0)::${type} as key, l.id as analysis_id,
            ${ticker} collate "C" as ticker, coalesce(i.symbol, ${ticker}) collate "C" as symbol
          from ${from} where ${where} and ${verdictsMatch(filter)} and ${sectorsMatch(filter)} and ${othersMatch(filter, ticker)}
        ) as r where ${isBeyond} order by ${by} limit ${page.limit}) as r`,
    )
    .leftJoin(instruments, sql`${instruments.ticker} = r.ticker`)
    .leftJoin(analyses, eq(analyses.id, sql`r.analysis_id`))
    .orderBy(by);
  return page.backwards ? rows.reverse() : rows;
}

/**
 * The items of these tickers that wait or run in a job with this strategy, the newest of each ticker. Active jobs are few and have an index; their
 * items are found by key.
 */
export async function listActiveItems(
  db: Executor,
  workspaceId: string,
  strategy: string,
  tickers: readonly string[],
): Promise<Map<string, JobItem>> {
  const rows = await db
    .selectDistinctOn([jobItems.ticker])
    .from(jobs)
    .innerJoin(jobItems, eq(jobItems.jobId, jobs.id))
    .where(
      and(
        eq(jobs.workspaceId, workspaceId),
        eq(jobs.strategy, strategy),
        eq(jobs.kind, JOB_KINDS.ANALYSIS),
        sql`${jobs.state} in ('QUEUED', 'PROCESSING')`,
        sql`${jobItems.ticker} = any(${sql.param(tickers)}::text[])`,
        sql`${jobItems.state} in ('QUEUED', 'PROCESSING')`,
      ),
    )
    .orderBy(asc(jobItems.ticker), desc(jobItems.jobId));
  return new Map(rows.map(({ job_items: item }) => [item.ticker, item]));
}

/** Total and facets in one statement. */
export async function countRanking(
  db: Executor,
  workspaceId: string,
  filter: RankingFilter,
): Promise<RankingCounts> {
  const { ticker, from, where } = rowsOf(workspaceId, filter);
  const { rows } = await db.execute<{
    facet: 'TOTAL' | 'VERDICT' | 'SECTOR';
    value: string | null;
    count: number;
  }>(sql`/* countRanking */
    with r as materialized (
      select coalesce(l.verdict, 'NOT_ANALYSED') as verdict, i.sector, ${verdictsMatch(filter)} as of_verdict, ${sectorsMatch(filter)} as of_sector
      from ${from} where ${where} and ${othersMatch(filter, ticker)}
    )
    select 'TOTAL' as facet, null as value, count(*)::int as count from r where of_verdict and of_sector
    union all select 'VERDICT', verdict, count(*)::int from r where of_sector group by verdict
    union all select 'SECTOR', sector, count(*)::int from r where of_verdict group by sector`);
  const of = (facet: string) => rows.filter((row) => row.facet === facet);
  return {
    total: of('TOTAL')[0]?.count ?? 0,
    verdicts: new Map(of('VERDICT').map(({ value, count }) => [value as RankedVerdict, count])),
    sectors: of('SECTOR')
      .map(({ value, count }) => ({ sector: value, count }))
      .sort((a, b) => b.count - a.count || ((a.sector ?? '~') < (b.sector ?? '~') ? -1 : 1)),
  };
}
