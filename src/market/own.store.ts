import type { Executor, Tx } from '../db/client.ts';
import { execute } from '../db/statement.ts';
import type { OwnBars, OwnSeries } from './own-bars.ts';
import { decodeCandles, encodeCandles } from './series.ts';
import type { SeriesWarning } from './series-warning.ts';
import type { Adjustment } from './source.ts';

const columns = `ticker, bars, first_day::text as "firstBar", last_day::text as "lastBar", adjustment, currency, revision,
  updated_at as "updatedAt"`;

interface BarsRow {
  readonly adjustment: Adjustment;
  readonly currency: string | null;
  readonly warnings: readonly SeriesWarning[] | null;
  readonly body: Buffer;
}

/** Until the end of the transaction no other import or removal of the workspace runs, so that its quota holds. */
export async function lockOwnSeries(tx: Tx, workspaceId: string): Promise<void> {
  await execute(tx, 'lockOwnSeries', 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `own series ${workspaceId}`,
  ]);
}

export async function findOwnBars(
  db: Executor,
  workspaceId: string,
  ticker: string,
): Promise<OwnBars | null> {
  const [row] = await execute<BarsRow>(
    db,
    'findOwnBars',
    'select adjustment, currency, warnings, body from own_series where workspace_id = $1 and ticker = $2',
    [workspaceId, ticker],
  );
  if (row === undefined) return null;
  const { adjustment, currency, warnings, body } = row;
  return { candles: decodeCandles(body), adjustment, currency, warnings: warnings ?? [] };
}

export async function findOwnSeries(
  db: Executor,
  workspaceId: string,
  ticker: string,
): Promise<OwnSeries | null> {
  const [row] = await execute<OwnSeries>(
    db,
    'findOwnSeries',
    `select ${columns} from own_series where workspace_id = $1 and ticker = $2`,
    [workspaceId, ticker],
  );
  return row ?? null;
}

/** All series of a workspace, by ticker: as many as its quota allows. */
export async function listOwnSeries(db: Executor, workspaceId: string): Promise<OwnSeries[]> {
  return execute<OwnSeries>(
    db,
    'listOwnSeries',
    `select ${columns} from own_series where workspace_id = $1 order by ticker`,
    [workspaceId],
  );
}

/** The next series of a workspace by ticker, at most `limit`. `after`: the last ticker of the page before; null: from the first one on. */
export async function pageOwnSeries(
  db: Executor,
  workspaceId: string,
  after: string | null,
  limit: number,
): Promise<OwnSeries[]> {
  return execute<OwnSeries>(
    db,
    'pageOwnSeries',
    `select ${columns} from own_series where workspace_id = $1 and ticker > $2 order by ticker limit $3`,
    [workspaceId, after ?? '', limit],
  );
}

/** Number of series of a workspace, and of all their bars, without those of `ticker`; null: with all. */
export async function countOtherSeries(
  db: Executor,
  workspaceId: string,
  ticker: string | null,
): Promise<{ readonly series: number; readonly bars: number }> {
  const [row] = await execute<{ series: number; bars: number }>(
    db,
    'countOtherSeries',
    `select count(*)::int as series, coalesce(sum(bars), 0)::int as bars from own_series
     where workspace_id = $1 and ticker is distinct from $2`,
    [workspaceId, ticker],
  );
  return row ?? { series: 0, bars: 0 };
}

/** Writes the whole series: a reader sees the old one or the new one. */
export async function saveOwnSeries(
  tx: Tx,
  workspaceId: string,
  ticker: string,
  { candles, adjustment, currency, warnings }: OwnBars,
): Promise<void> {
  const { dates } = candles;
  await execute(
    tx,
    'saveOwnSeries',
    `insert into own_series as s (workspace_id, ticker, bars, first_day, last_day, adjustment, currency, warnings, body)
     values ($1, $2, $3::int, $4::date, $5::date, $6, $7, $8::jsonb, $9)
     on conflict (workspace_id, ticker) do update set
       bars = excluded.bars, first_day = excluded.first_day, last_day = excluded.last_day, adjustment = excluded.adjustment,
       currency = excluded.currency, warnings = excluded.warnings, body = excluded.body, revision = s.revision + 1,
       updated_at = greatest(clock_timestamp(), s.updated_at)`,
    [
      workspaceId,
      ticker,
      dates.length,
      dates[0],
      dates.at(-1),
      adjustment,
      currency,
      warnings.length === 0 ? null : JSON.stringify(warnings),
      encodeCandles(candles),
    ],
  );
}

/** False when there is none. */
export async function deleteOwnSeries(tx: Tx, workspaceId: string, ticker: string): Promise<boolean> {
  const gone = await execute(
    tx,
    'deleteOwnSeries',
    'delete from own_series where workspace_id = $1 and ticker = $2 returning ticker',
    [workspaceId, ticker],
  );
  return gone.length > 0;
}
