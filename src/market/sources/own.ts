import { ItemError } from '../../errors.ts';
import { cutSeries } from '../bars.ts';
import type { OwnBars } from '../own-bars.ts';
import type { Source } from '../source.ts';

/** The bars that a workspace has imported for a ticker; null: none. */
export type FindOwnBars = (workspaceId: string, ticker: string) => Promise<OwnBars | null>;

/** Bars that workspaces have imported. A request without a workspace is a fault of ours: it must not read the bars of any. */
export function createOwnSource(find: FindOwnBars): Source {
  return {
    title: 'Own bars',
    isDemo: false,
    isOwned: true,
    // What a workspace imports is known to nobody else.
    instruments: () => Promise.resolve([]),
    async load(request, signal) {
      signal.throwIfAborted();
      const { workspaceId, ticker } = request;
      if (workspaceId === undefined) throw new Error('own bars are read on behalf of a workspace');
      const found = await find(workspaceId, ticker);
      if (found === null)
        throw new ItemError(
          'UNKNOWN_SYMBOL',
          `No bars of ${ticker} were imported: PUT /import/candles/${ticker}.`,
        );
      return cutSeries(found, request);
    },
  };
}
