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
  /** The page behind `after` as it is now. */
  read(jobId: string, after: number): Promise<LogBatch>;
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
          const batch = toBatch(page, cursor);
          cursor = batch.cursor;
          if (batch.events.length > 0 || !told) yield batch;
          told = true;
          if (batch.caughtUp && page.ended) return;
          if (batch.caughtUp && !(await watch.changed())) return;
        }
      } finally {
        watch.close();
      }
    },
    async read(jobId, after) {
      const page = await read({ jobId, after });
      return toBatch(page ?? { events: [], lastSeq: after, ended: true }, after);
    },
  };
}

function toBatch({ events, lastSeq }: LogPage, after: number): LogBatch {
  const gap = (events[0]?.seq ?? after + 1) > after + 1;
  const cursor = events.at(-1)?.seq ?? after;
  return { events, cursor, caughtUp: cursor >= lastSeq, gap };
}
