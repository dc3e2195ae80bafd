import type { Executor, Tx } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';
import { backtests, backtestTrades } from './backtest.tables.ts';
import type { NewBacktest, NumberedTrade } from './backtest.ts';
import { type Field, field, insertRows } from './rows.store.ts';

interface TradeRow extends NumberedTrade {
  readonly backtestId: string;
}

const stored: readonly Field<TradeRow>[] = [
  field('backtest_id', 'uuid', (trade) => trade.backtestId),
  field('n', 'int4', (trade) => trade.n),
  field('signal_date', 'date', (trade) => trade.signalDate),
  field('entry_date', 'date', (trade) => trade.entryDate),
  field('entry_price', 'float8', (trade) => trade.entryPrice),
  field('exit_date', 'date', (trade) => trade.exitDate),
  field('exit_price', 'float8', (trade) => trade.exitPrice),
  field('stop', 'float8', (trade) => trade.stop),
  field('target', 'float8', (trade) => trade.target),
  field('return_pct', 'float8', (trade) => trade.returnPct),
  field('gross_pct', 'float8', (trade) => trade.grossPct),
  field('bars_held', 'int4', (trade) => trade.barsHeld),
  field('exit_reason', 'text', (trade) => trade.exitReason),
  field('gap', 'bool', (trade) => trade.gap),
  field('score', 'float8', (trade) => trade.score),
  field('verdict', 'text', (trade) => trade.verdict),
  field('rsi', 'float8', (trade) => trade.rsi),
  field('adx', 'float8', (trade) => trade.adx),
  field('volume_ratio', 'float8', (trade) => trade.volumeRatio),
  field('regime', 'text', (trade) => trade.regime),
  field('side', 'text', (trade) => trade.side),
];

/** The trades of many backtests in one statement. */
export async function insertTrades(tx: Tx, backtests: readonly NewBacktest[]): Promise<void> {
  const rows = backtests.flatMap(({ id, result }) =>
    result.trades.map((trade, i): TradeRow => ({ ...trade, backtestId: id, n: i + 1 })),
  );
  await insertRows(tx, 'insertTrades', 'backtest_trades', stored, rows);
}

/** What trades are listed by; ties by the order of the exits. */
export type TradeSort = 'DATE' | 'RETURN' | 'REASON';

const sortKeys: Readonly<Record<TradeSort, SQL>> = {
  DATE: sql`${backtestTrades.exitDate}`,
  RETURN: sql`${backtestTrades.returnPct}`,
  REASON: sql`${backtestTrades.exitReason} collate "C"`,
};

const columns = {
  n: backtestTrades.n,
  signalDate: backtestTrades.signalDate,
  entryDate: backtestTrades.entryDate,
  entryPrice: backtestTrades.entryPrice,
  exitDate: backtestTrades.exitDate,
  exitPrice: backtestTrades.exitPrice,
  stop: backtestTrades.stop,
  target: backtestTrades.target,
  returnPct: backtestTrades.returnPct,
  grossPct: backtestTrades.grossPct,
  barsHeld: backtestTrades.barsHeld,
  exitReason: backtestTrades.exitReason,
  gap: backtestTrades.gap,
  score: backtestTrades.score,
  verdict: backtestTrades.verdict,
  rsi: backtestTrades.rsi,
  adx: backtestTrades.adx,
  volumeRatio: backtestTrades.volumeRatio,
  regime: sql<NumberedTrade['regime']>`${backtestTrades.regime}`,
  side: sql<NumberedTrade['side']>`${backtestTrades.side}`,
};

/** A page beyond the trade number `beyond` of the same backtest; null: from the beginning. */
export async function listTrades(
  db: Executor,
  workspaceId: string,
  backtestId: string,
  order: { readonly sort: TradeSort; readonly descending: boolean },
  page: { readonly limit: number; readonly beyond: number | null },
): Promise<NumberedTrade[]> {
  const key = sortKeys[order.sort];
  const direction = sql.raw(order.descending ? 'desc' : 'asc');
  const isBeyond = sql.raw(order.descending ? '<' : '>');
  const { n } = backtestTrades;
  return db
    .select(columns)
    .from(backtestTrades)
    .where(
      sql`${backtestTrades.backtestId} = (select id from ${backtests} where id = ${backtestId} and workspace_id = ${workspaceId}) ${
        page.beyond === null
          ? sql``
          : sql`and (${key}, ${n}) ${isBeyond} (select ${key}, ${n} from backtest_trades
              where ${backtestTrades.backtestId} = ${backtestId} and ${n} = ${page.beyond})`
      }`,
    )
    .orderBy(sql`${key} ${direction}`, sql`${n} ${direction}`)
    .limit(page.limit);
}
