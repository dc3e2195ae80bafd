import type { Hub, Topic } from './hub.ts';
import { shareReads } from './share-reads.ts';

export interface LiveRows<Row> {
  /**
   * The row as it is now, then as it is after every change, coalesced for a slow reader. Ends after a final row, when the row is
   * gone, and on abort.
   */
  follow(id: string, signal?: AbortSignal): AsyncGenerator<Row, void, void>;
}

/** A subscription to a row is a live read: all readers of one wake-up share one statement. */
export function createLiveRows<Row>(deps: {
  readonly hub: Hub;
  readonly topic: Topic;
  readonly load: (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  readonly isFinal?: (row: Row) => boolean;
}): LiveRows<Row> {
  const { hub, topic, load, isFinal = () => false } = deps;
  const read = shareReads<string, Row>((id) => id, load);
  return {
    async *follow(id, signal) {
      const watch = hub.watch(topic, id, signal);
      try {
        do {
          const row = await read(id);
          if (row === undefined || signal?.aborted === true) return;
          yield row;
          if (isFinal(row)) return;
        } while (await watch.changed());
      } finally {
        watch.close();
      }
    },
  };
}
