import type { Db } from '../db/client.ts';
import {
  cursorKey,
  type LogCursor,
  type LogPage,
  listEventPages,
  type StoredEvent,
} from './event-log.store.ts';
import type { Hub } from './hub.ts';
import { shareReads } from './share-reads.ts';

export interface LogBatch {
  readonly events: readonly StoredEvent[];
  /** Seq of the last event: pass it as `after` to continue here. */
  readonly cursor: number;
  /** The end of the log was reached; what follows is live. */
  readonly caughtUp: boolean;
  /** Retention has removed events between the cursor asked for and the first one here. */
  readonly gap: boolean;
}

export interface JobLogs {
  /**
   * Every event behind `after`, once, in order, as batches; completes after the job's last event. A reader is a cursor: however slow it
   * is, nothing queues up for it. Readers at the same cursor share one read.
   */
  follow(jobId: string, after: number, signal?: AbortSignal): AsyncGenerator<LogBatch, void, void>;
}

const PAGE = 200;

export function createJobLogs(deps: { readonly hub: Hub; readonly db: Db }): JobLogs {
  const { hub, db } = deps;
  const read = shareReads<LogCursor, LogPage>(cursorKey, (cursors) => listEventPages(db, cursors, PAGE));
  return {
    async *follow(jobId, after, signal) {
      const watch = hub.watch('job', jobId, signal);
      let cursor = after;
      let told = false;
      try {
        while (signal?.aborted !== true) {
          const page = await read({ jobId, after: cursor });
          if (page === undefined) return;
          const gap = (page.events[0]?.seq ?? cursor + 1) > cursor + 1;
          cursor = page.events.at(-1)?.seq ?? cursor;
          const caughtUp = cursor >= page.lastSeq;
          if (page.events.length > 0 || !told) yield { events: page.events, cursor, caughtUp, gap };
          told = true;
          if (caughtUp && page.ended) return;
          if (caughtUp && !(await watch.changed())) return;
        }
      } finally {
        watch.close();
      }
    },
  };
}
