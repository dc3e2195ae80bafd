import type { Executor } from '../db/client.ts';
import { and, asc, desc, eq, type SQL, sql } from '../db/drizzle.ts';
import { instrumentColumns, instruments } from '../instruments/instrument.tables.ts';
import { jobItems, jobs } from '../jobs/job.tables.ts';
import { JOB_KINDS, type JobItem } from '../jobs/job.ts';
import { foldName } from '../name.ts';
import type { Timeframe } from '../quant/resample.ts';
import { VERDICTS } from '../quant/score.ts';
import { analysisColumns } from './analysis.store.ts';
import { analyses } from './analysis.tables.ts';
import { figureAt } from './figure.store.ts';
import { type BarFigure, figurePlaceOf } from './figures.ts';
import { type LineId, linePlaceOf } from './lines.ts';
import type {
  RankedNumber,
  RankedVerdict,
  RankingCounts,
  RankingFilter,
  RankingOrder,
  RankingPlace,
  RankingRow,
  Screen,
} from './ranking.ts';
import { latestKey } from './timeframe.ts';

const decimal = (name: string): readonly [SQL, SQL] => [sql`a.${sql.raw(name)}`, sql`numeric`];
const double = (name: string): readonly [SQL, SQL] => [sql`a.${sql.raw(name)}`, sql`float8`];
const ofBar = (name: BarFigure): readonly [SQL, SQL] => [
  sql.raw(figureAt('a', figurePlaceOf(name))),
  sql`float8`,
];

/** Each number of a result `a`, with its type; null: the result has none. */
const numbers: Readonly<Record<RankedNumber, readonly [SQL, SQL]>> = {
  SCORE: double('score'),
  CONVICTION: double('conviction'),
  COVERAGE: double('coverage'),
  ENTRY: decimal('entry'),
  STOP: decimal('stop'),
  TARGET: decimal('target'),
  RISK_REWARD: decimal('risk_reward'),
  CLOSE: ofBar('close'),
  CHANGE: ofBar('change'),
  CHANGE_PCT: ofBar('changePct'),
  VOLUME: ofBar('volume'),
  AVERAGE_VOLUME: ofBar('averageVolume'),
  VOLUME_RATIO: ofBar('volumeRatio'),
};

/** Lines that an earlier version left behind are those of another result. */
function numberOf(of: RankedNumber | LineId): readonly [SQL, SQL] {
  if (typeof of === 'string') return numbers[of];
  const place = sql.raw(String(linePlaceOf(of)));
  return [sql`case when s.lines_of = s.analysis_id then nullif(s.lines[${place}], 'NaN') end`, sql`float8`];
}

/** The number that a row is sorted by, with its type; null: the row has none. */
function keyOf(by: RankingOrder['by']): readonly [SQL, SQL] {
  // Best first when descending, as scores are; names would sort STRONG_BUY next to STRONG_SELL.
  if (by === 'VERDICT') return [sql`-array_position(${sql.param(VERDICTS)}::text[], l.verdict)`, sql`int`];
  // Where all keys are equal, the symbols are the order.
  if (by === 'SYMBOL') return [sql`0`, sql`int`];
  if (by === 'AS_OF') return [sql`l.as_of - date '2000-01-01'`, sql`int`];
  return [sql`l.key`, numberOf(by)[1]];
}

/** The column of `l` that holds the number of a screen. */
const screened = (place: number) => sql.raw(`l.screened_${place}`);

/**
 * The latest results `l`, the instruments `i` and, for a watchlist, its tickers `w`, with the ticker of a row. Of a result come only the
 * numbers that the order and the filter name: rows are joined and sorted with what they hold.
 */
function rowsOf(workspaceId: string, filter: RankingFilter, by: RankingOrder['by'] = 'SYMBOL') {
  const { strategy, timeframe = 'DAILY', includeDemo, watchlistId, screens = [] } = filter;
  const key =
    by === 'VERDICT' || by === 'SYMBOL' || by === 'AS_OF' ? sql`` : sql`, ${numberOf(by)[0]} as key`;
  const named = screens.map(({ of }, i) => sql`, ${numberOf(of)[0]} as ${sql.raw(`screened_${i}`)}`);
  const latest = sql`(
    select s.ticker, s.gated, a.id, a.score, a.verdict, a.as_of${key}${sql.join(named)}
    from latest_analyses s join analyses a on a.id = s.analysis_id and a.workspace_id = s.workspace_id
    where s.workspace_id = ${workspaceId} and s.strategy = ${latestKey(strategy, timeframe)} ${includeDemo ? sql`` : sql`and not s.is_demo`}) as l`;
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

/**
 * `coalesce` keeps the planner from joining in another order for a screen: it cannot estimate how many rows a bound of an array's element leaves, and would look
 * results up one by one where nearly all of them match.
 */
function screensMatch(screens: readonly Screen[]): SQL[] {
  return screens.flatMap(({ lt, lte, gt, gte }, i) => {
    const bounds = { '<': lt, '<=': lte, '>': gt, '>=': gte };
    return Object.entries(bounds).flatMap(([is, limit]) =>
      limit === undefined ? [] : [sql`coalesce(${screened(i)} ${sql.raw(is)} ${limit}::float8, false)`],
    );
  });
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
  const { includeGated, analysed, minScore, maxScore, asOfFrom, screens = [], text } = filter;
  const conditions: SQL[] = includeGated === true ? [] : [sql`l.gated is not true`];
  if (analysed !== undefined) conditions.push(analysed ? sql`l.id is not null` : sql`l.id is null`);
  if (minScore !== undefined) conditions.push(sql`l.score >= ${minScore}`);
  if (maxScore !== undefined) conditions.push(sql`l.score <= ${maxScore}`);
  if (asOfFrom !== undefined) conditions.push(sql`l.as_of >= ${asOfFrom}::date`);
  conditions.push(...screensMatch(screens));
  if (text !== undefined) {
    const part = `%${foldName(text).replace(/[\\%_]/g, '\\$&')}%`;
    conditions.push(sql`(${ticker} ilike ${part} or i.symbol ilike ${part} or i.name_key like ${part})`);
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
  const { ticker, from, where } = rowsOf(workspaceId, filter, order.by);
  const [key, type] = keyOf(order.by);
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
 * The items of these tickers that wait or run in a job with this strategy, as its only one or one of several, and this timeframe, the newest of each
 * ticker. Active jobs are few and have an index; their
 * items are found by key.
 */
export async function listActiveItems(
  db: Executor,
  workspaceId: string,
  { strategy, timeframe }: { readonly strategy: string; readonly timeframe: Timeframe },
  tickers: readonly string[],
): Promise<Map<string, JobItem>> {
  const rows = await db
    .selectDistinctOn([jobItems.ticker])
    .from(jobs)
    .innerJoin(jobItems, eq(jobItems.jobId, jobs.id))
    .where(
      and(
        eq(jobs.workspaceId, workspaceId),
        sql`(${jobs.strategy} = ${strategy} or jsonb_exists(${jobs.options} -> 'strategies', ${strategy}))`,
        sql`coalesce(${jobs.options} ->> 'timeframe', 'DAILY') = ${timeframe}`,
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
