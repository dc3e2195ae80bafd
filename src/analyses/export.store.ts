import type { Executor } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';
import { type LineColumn, type LineFormat, linesOf, recordOf } from '../db/line.ts';
import type { Chunk } from '../exports/exported.ts';
import type { ExportFilter } from './export.ts';
import { figureAt } from './figure.store.ts';
import { BAR_FIGURES, figurePlaceOf } from './figures.ts';

/** What an export tells of a result, in this order. */
const columns: readonly LineColumn[] = [
  ['position', sql`a.position`, 'number'],
  ['id', sql`a.id`, 'word'],
  ['ticker', sql`a.ticker`, 'text'],
  ['name', sql`i.name`, 'text'],
  ['sector', sql`i.sector`, 'text'],
  ['strategy', sql`a.strategy`, 'word'],
  ['verdict', sql`a.verdict`, 'word'],
  ['score', sql`a.score`, 'number'],
  ['scoreVerdict', sql`a.score_verdict`, 'word'],
  ['timeframe', sql`a.timeframe`, 'word'],
  ['asOf', sql`a.as_of`, 'word'],
  ['isDemo', sql`a.is_demo::text`, 'number'],
  ['source', sql`a.source`, 'word'],
  ['side', sql`a.side`, 'word'],
  ['entry', sql`a.entry`, 'number'],
  ['stop', sql`a.stop`, 'number'],
  ['target', sql`a.target`, 'number'],
  ['riskReward', sql`a.risk_reward`, 'number'],
  ['positionSize', sql`coalesce(a.units, a.position_size)`, 'number'],
  ['currency', sql`a.currency`, 'text'],
  ...BAR_FIGURES.map((name): LineColumn => [name, sql.raw(figureAt('a', figurePlaceOf(name))), 'number']),
  ['buyVotes', sql`a.buy_votes`, 'number'],
  ['neutralVotes', sql`a.neutral_votes`, 'number'],
  ['sellVotes', sql`a.sell_votes`, 'number'],
  ['unavailableVotes', sql`a.unavailable_votes`, 'number'],
  ['coverage', sql`a.coverage`, 'number'],
  ['conviction', sql`a.conviction`, 'number'],
  ['regime', sql`a.regime`, 'word'],
  ['customised', sql`a.customised::text`, 'number'],
  // Codes are words of ours.
  [
    'warnings',
    sql`case when a.warnings is not null then (select string_agg(w ->> 'code', ' ') from jsonb_array_elements(a.warnings) as w) end`,
    'word',
  ],
  ['jobId', sql`a.job_id`, 'word'],
  ['createdAt', sql`to_char(a.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, 'word'],
  ['isBackfill', sql`a.backfill::text`, 'number'],
];

export const exportColumns: readonly string[] = columns.map(([name]) => name);

function matching(workspaceId: string, filter: ExportFilter): SQL {
  const conditions: SQL[] = [sql`true`];
  const { tickers, strategy, timeframe, verdicts, minScore, maxScore, asOfFrom, asOfTo, jobId, watchlistId } =
    filter;
  if (tickers !== undefined) conditions.push(sql`a.ticker = any(${sql.param(tickers)}::text[])`);
  if (strategy !== undefined) conditions.push(sql`a.strategy = ${strategy}`);
  if (timeframe !== undefined) conditions.push(sql`a.timeframe = ${timeframe}`);
  if (verdicts !== undefined) conditions.push(sql`a.verdict = any(${sql.param(verdicts)}::text[])`);
  if (minScore !== undefined) conditions.push(sql`a.score >= ${minScore}`);
  if (maxScore !== undefined) conditions.push(sql`a.score <= ${maxScore}`);
  if (asOfFrom !== undefined) conditions.push(sql`a.as_of >= ${asOfFrom}::date`);
  if (asOfTo !== undefined) conditions.push(sql`a.as_of <= ${asOfTo}::date`);
  if (jobId !== undefined) conditions.push(sql`a.job_id = ${jobId}`);
  if (watchlistId !== undefined)
    conditions.push(
      sql`exists (select from watchlist_items w where w.watchlist_id = ${watchlistId} and w.workspace_id = ${workspaceId} and w.ticker = a.ticker)`,
    );
  if (!filter.includeBackfill) conditions.push(sql`not a.backfill`);
  if (!filter.includeDemo) conditions.push(sql`not a.is_demo`);
  return sql.join(conditions, sql` and `);
}

/** An entry of the feed has at most so many results. */
const MAX_ENTRY = 100;

/** The newest position of a workspace's feed. */
export async function findHead(db: Executor, workspaceId: string): Promise<number> {
  const { rows } = await db.execute<{ position: string }>(
    sql`/* findHead */ select position from feed_heads where workspace_id = ${workspaceId}`,
  );
  return Number(rows[0]?.position ?? 0);
}

/**
 * The matching results at `size` positions of the feed behind `after`, up to `until`. So many positions are looked at, not found: however rare a match,
 * the statement is short. OFFSET keeps the planner, which cannot know how many ids an entry has, from reading the whole table for a hash join.
 */
export async function readExportChunk(
  db: Executor,
  workspaceId: string,
  filter: ExportFilter,
  format: LineFormat,
  page: { readonly after: number; readonly until: number; readonly size: number },
): Promise<Chunk> {
  const to = Math.max(page.after, Math.min(page.after + page.size, page.until));
  const { rows } = await db.execute<{ line: string }>(sql`/* readExportChunk */
    select ${recordOf(format, columns)} as line
    from (
      select last_position - cardinality(analysis_ids) as before, analysis_ids from feed_entries
      where workspace_id = ${workspaceId} and last_position > ${page.after} and last_position < ${to + MAX_ENTRY}
    ) as e
    cross join lateral (
      select *, e.before + array_position(e.analysis_ids, id) as position from analyses
      where id = any(e.analysis_ids) and workspace_id = ${workspaceId} offset 0
    ) as a
    left join instruments i on i.ticker = a.ticker
    where a.position > ${page.after} and a.position <= ${to} and ${matching(workspaceId, filter)}
    order by a.position`);
  return {
    parts: () => linesOf(format, columns, rows),
    rows: rows.length,
    place: String(to),
    isLast: to >= page.until,
  };
}
