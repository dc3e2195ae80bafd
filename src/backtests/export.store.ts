import type { Executor } from '../db/client.ts';
import { and, asc, eq, or, sql } from '../db/drizzle.ts';
import { type LineColumn, type LineFormat, linesOf, recordOf } from '../db/line.ts';
import type { Chunk } from '../exports/exported.ts';
import { backtests } from './backtest.tables.ts';

/** What an export tells of a trade, in this order. */
const columns: readonly LineColumn[] = [
  ['backtest', sql`t.backtest_id`, 'word'],
  ['n', sql`t.n`, 'number'],
  ['ticker', sql`b.ticker`, 'text'],
  ['strategy', sql`b.strategy`, 'word'],
  ['isDemo', sql`b.is_demo::text`, 'number'],
  ['signalDate', sql`t.signal_date`, 'word'],
  ['entryDate', sql`t.entry_date`, 'word'],
  ['entryPrice', sql`t.entry_price`, 'number'],
  ['exitDate', sql`t.exit_date`, 'word'],
  ['exitPrice', sql`t.exit_price`, 'number'],
  ['stop', sql`t.stop`, 'number'],
  ['target', sql`t.target`, 'number'],
  ['returnPct', sql`t.return_pct`, 'number'],
  ['grossPct', sql`t.gross_pct`, 'number'],
  ['barsHeld', sql`t.bars_held`, 'number'],
  ['exitReason', sql`t.exit_reason`, 'word'],
  ['gap', sql`t.gap::text`, 'number'],
  ['score', sql`t.score`, 'number'],
  ['verdict', sql`t.verdict`, 'word'],
  ['rsi', sql`t.rsi`, 'number'],
  ['adx', sql`t.adx`, 'number'],
  ['volumeRatio', sql`t.volume_ratio`, 'number'],
  ['regime', sql`t.regime`, 'word'],
  ['side', sql`t.side`, 'word'],
];

export const tradeColumns: readonly string[] = columns.map(([name]) => name);

/** A trade's place in an export. */
export interface TradePlace {
  readonly backtestId: string;
  readonly n: number;
}

/** The backtest with this id, or those of the job with this id. */
export async function listExportedBacktests(
  db: Executor,
  workspaceId: string,
  id: string,
): Promise<{ id: string; ticker: string; strategy: string; lastDate: string }[]> {
  return db
    .select({
      id: backtests.id,
      ticker: backtests.ticker,
      strategy: backtests.strategy,
      lastDate: backtests.lastDate,
    })
    .from(backtests)
    .where(and(eq(backtests.workspaceId, workspaceId), or(eq(backtests.id, id), eq(backtests.jobId, id))))
    .orderBy(asc(backtests.id));
}

/** The next trades of these backtests, by backtest and in the order of the exits. */
export async function readTradeChunk(
  db: Executor,
  workspaceId: string,
  backtestIds: readonly string[],
  format: LineFormat,
  page: { readonly after: TradePlace; readonly size: number },
): Promise<Chunk> {
  const { after, size } = page;
  const { rows } = await db.execute<{ backtest_id: string; n: number; line: string }>(sql`/* readTradeChunk */
    select t.backtest_id, t.n, ${recordOf(format, columns)} as line
    from backtest_trades t join backtests b on b.id = t.backtest_id and b.workspace_id = ${workspaceId}
    where t.backtest_id = any(${sql.param(backtestIds)}::uuid[]) and (t.backtest_id, t.n) > (${after.backtestId}::uuid, ${after.n}::int)
    order by t.backtest_id, t.n limit ${size}`);
  const last = rows.at(-1);
  const place = last === undefined ? after : { backtestId: last.backtest_id, n: last.n };
  return {
    parts: () => linesOf(format, columns, rows),
    rows: rows.length,
    place: `${place.backtestId}:${place.n}`,
    isLast: rows.length < size,
  };
}
