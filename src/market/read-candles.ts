import type { Db } from '../db/client.ts';
import { ItemError } from '../errors.ts';
import type { Candles } from '../quant/candles.ts';
import { listSeries } from './candle.store.ts';
import { candleKey, type WantedCandles } from './series.ts';
import type { Sources } from './sources/index.ts';

/** Bars that are here: nothing is asked of the internet. Null: there are none. */
export type ReadCandles = (wanted: readonly WantedCandles[]) => Promise<Map<string, Candles | null>>;

/** Series of sources on the internet come from the store, all in one statement; the other sources have theirs at hand. */
export function createReadCandles({
  db,
  sources,
}: {
  readonly db: Db;
  readonly sources: Sources;
}): ReadCandles {
  async function loadLocal({ source, ticker, adjustment }: WantedCandles): Promise<Candles | null> {
    const local = Array.from(sources).find(([id]) => id === source)?.[1];
    if (local === undefined || local.remote !== undefined) return null;
    try {
      const series = await local.load({ ticker, bars: 'ALL', asOf: null }, AbortSignal.timeout(2_000));
      return adjustment === null || adjustment === series.adjustment ? series.candles : null;
    } catch (error) {
      // The file is gone, or it is none any more.
      if (error instanceof ItemError) return null;
      throw error;
    }
  }

  return async (wanted) => {
    const stored = await listSeries(db, wanted);
    const found = await Promise.all(
      wanted.map(
        async (key) => [candleKey(key), stored.get(candleKey(key)) ?? (await loadLocal(key))] as const,
      ),
    );
    return new Map(found);
  };
}
