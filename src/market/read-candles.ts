import { setImmediate as turn } from 'node:timers/promises';
import type { Db } from '../db/client.ts';
import { ItemError } from '../errors.ts';
import type { Candles } from '../quant/candles.ts';
import { listSeries } from './candle.store.ts';
import { untilAborted } from './load-candles.ts';
import { candleKey, type WantedCandles } from './series.ts';
import type { Sources } from './sources/index.ts';

/** A read that takes longer fails, milliseconds. */
const DEADLINE_MS = 5_000;

/** Bars of one ticker; null: there are none; an error: its source cannot be read at the moment. */
export type FoundCandles = Candles | null | ItemError;

/** Bars that are in the store or on this machine: nothing is loaded from the internet. A ticker that fails does not fail the others. */
export type ReadCandles = (wanted: readonly WantedCandles[]) => Promise<Map<string, FoundCandles>>;

/** Series of sources on the internet come from the store, all in one statement; the other sources have theirs at hand. */
export function createReadCandles({
  db,
  sources,
}: {
  readonly db: Db;
  readonly sources: Sources;
}): ReadCandles {
  async function loadLocal({
    source,
    ticker,
    adjustment,
    workspaceId,
  }: WantedCandles): Promise<FoundCandles> {
    const local = Array.from(sources).find(([id]) => id === source)?.[1];
    if (local === undefined || local.remote !== undefined) return null;
    const late = AbortSignal.timeout(DEADLINE_MS);
    try {
      const series = await untilAborted(
        local.load({ ticker, bars: 'ALL', asOf: null, workspaceId }, late),
        late,
      );
      return adjustment === null || adjustment === series.adjustment ? series.candles : null;
    } catch (error) {
      if (late.aborted) {
        const message = `${local.title} could not be read within ${DEADLINE_MS / 1_000} s.`;
        return new ItemError('SOURCE_TIMEOUT', message);
      }
      if (!(error instanceof ItemError)) throw error;
      // Permanent: there is no such file, or it does not contain bars.
      return error.transient ? error : null;
    }
  }

  return async (wanted) => {
    const stored = await listSeries(db, wanted);
    // A source that computes its bars takes milliseconds for each series: one begins in a turn of the event loop.
    let begun = Promise.resolve();
    const found = await Promise.all(
      wanted.map(async (one) => {
        const key = candleKey(one);
        const known = stored.get(key);
        if (known != null) return [key, known] as const;
        begun = begun.then(() => turn());
        await begun;
        return [key, await loadLocal(one)] as const;
      }),
    );
    return new Map(found);
  };
}
