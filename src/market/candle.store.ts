import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { decodeCandles, encodeCandles, type KeptSeries, type SeriesKey } from './series.ts';

export interface StoredSeries extends KeptSeries {
  /** Grows with every change; a writer names the one that it read. */
  readonly revision: number;
}

interface SeriesRow extends Record<string, unknown> {
  readonly currency: string | null;
  readonly complete: boolean;
  readonly fresh_until: Date;
  readonly revision: number;
  readonly body: Buffer;
}

export async function findSeries(db: Executor, key: SeriesKey): Promise<StoredSeries | null> {
  const { rows } = await db.execute<SeriesRow>(sql`/* findSeries */
    select currency, complete, fresh_until, revision, body from candle_series
    where source = ${key.source} and ticker = ${key.ticker} and "interval" = ${key.interval} and adjustment = ${key.adjustment}`);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    candles: decodeCandles(row.body),
    currency: row.currency,
    complete: row.complete,
    freshUntil: new Date(row.fresh_until),
    revision: row.revision,
  };
}

/**
 * Writes the whole series over the revision that it was made from; `null`: over none. False when another process was faster: its
 * bars stay, they are as good. A reader sees the old series or the new one, never parts of both.
 */
export async function saveSeries(
  db: Executor,
  key: SeriesKey,
  series: KeptSeries,
  revision: number | null,
): Promise<boolean> {
  const { candles, currency, complete, freshUntil } = series;
  const values: SQL = sql`${candles.dates.length}::int, ${candles.dates[0]}::date, ${candles.dates.at(-1)}::date, ${currency}::text,
    ${complete}::boolean, ${freshUntil.toISOString()}::timestamptz, ${encodeCandles(candles)}::bytea`;
  const { rowCount } = await db.execute(sql`/* saveSeries */
    insert into candle_series as s (source, ticker, "interval", adjustment, bars, first_day, last_day, currency, complete, fresh_until, body)
    values (${key.source}, ${key.ticker}, ${key.interval}, ${key.adjustment}, ${values})
    on conflict (source, ticker, "interval", adjustment) do update set
      bars = excluded.bars, first_day = excluded.first_day, last_day = excluded.last_day, currency = excluded.currency,
      complete = excluded.complete, fresh_until = excluded.fresh_until, body = excluded.body,
      loaded_at = clock_timestamp(), revision = s.revision + 1
    where s.revision = ${revision ?? 0}::int`);
  return rowCount === 1;
}
