import type { Executor } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';
import type { Candles } from '../quant/candles.ts';
import type { InstrumentKind } from '../quant/tick.ts';
import {
  candleKey,
  decodeCandles,
  encodeCandles,
  type KeptSeries,
  type SeriesKey,
  type WantedCandles,
} from './series.ts';
import type { SeriesWarning } from './series-warning.ts';

export interface StoredSeries extends KeptSeries {
  /** Grows with every change; a writer names the one that it read. */
  readonly revision: number;
}

interface SeriesRow extends Record<string, unknown> {
  readonly currency: string | null;
  readonly kind: InstrumentKind | null;
  readonly decimals: number | null;
  readonly complete: boolean;
  readonly fresh_until: Date;
  readonly warnings: readonly SeriesWarning[] | null;
  readonly revision: number;
  readonly body: Buffer;
}

export async function findSeries(db: Executor, key: SeriesKey): Promise<StoredSeries | null> {
  const { rows } = await db.execute<SeriesRow>(sql`/* findSeries */
    select currency, kind, decimals, complete, fresh_until, warnings, revision, body from candle_series
    where source = ${key.source} and ticker = ${key.ticker} and "interval" = ${key.interval} and adjustment = ${key.adjustment}`);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    candles: decodeCandles(row.body),
    currency: row.currency,
    quoted: { kind: row.kind, decimals: row.decimals },
    complete: row.complete,
    freshUntil: new Date(row.fresh_until),
    warnings: row.warnings ?? [],
    revision: row.revision,
  };
}

/** Series by `candleKey`, in one statement; without an adjustment the one that was loaded last. What is not stored is not answered. */
export async function listSeries(
  db: Executor,
  wanted: readonly WantedCandles[],
): Promise<Map<string, Candles>> {
  const of = (key: keyof WantedCandles) => sql.param(wanted.map((one) => one[key]));
  const { rows } = await db.execute<{ n: number; body: Buffer }>(sql`/* listSeries */
    select w.n::int as n, s.body
    from unnest(${of('source')}::text[], ${of('ticker')}::text[], ${of('adjustment')}::text[]) with ordinality as w(source, ticker, adjustment, n)
    cross join lateral (
      select c.body from candle_series c
      where c.source = w.source and c.ticker = w.ticker and c."interval" = '1d' and c.adjustment = coalesce(w.adjustment, c.adjustment)
      order by c.loaded_at desc limit 1) as s`);
  return new Map(
    rows.flatMap(({ n, body }) => {
      const key = wanted[n - 1];
      return key === undefined ? [] : [[candleKey(key), decodeCandles(body)] as const];
    }),
  );
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
  const { candles, currency, quoted, complete, freshUntil, warnings } = series;
  const noted = warnings.length === 0 ? null : JSON.stringify(warnings);
  const values: SQL = sql`${candles.dates.length}::int, ${candles.dates[0]}::date, ${candles.dates.at(-1)}::date, ${currency}::text,
    ${quoted.kind}::text, ${quoted.decimals}::smallint, ${complete}::boolean, ${freshUntil.toISOString()}::timestamptz, ${noted}::jsonb, ${encodeCandles(candles)}::bytea`;
  const { rowCount } = await db.execute(sql`/* saveSeries */
    insert into candle_series as s (source, ticker, "interval", adjustment, bars, first_day, last_day, currency, kind, decimals, complete, fresh_until, warnings, body)
    values (${key.source}, ${key.ticker}, ${key.interval}, ${key.adjustment}, ${values})
    on conflict (source, ticker, "interval", adjustment) do update set
      bars = excluded.bars, first_day = excluded.first_day, last_day = excluded.last_day, currency = excluded.currency,
      kind = excluded.kind, decimals = excluded.decimals, complete = excluded.complete, fresh_until = excluded.fresh_until, warnings = excluded.warnings, body = excluded.body,
      loaded_at = clock_timestamp(), revision = s.revision + 1
    where s.revision = ${revision ?? 0}::int`);
  return rowCount === 1;
}
