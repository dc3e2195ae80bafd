import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';

export interface StoredEvent {
  readonly jobId: string;
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly ticker: string | null;
  readonly phase: number | null;
  readonly progress: number;
  readonly payload: unknown;
}

export interface LogCursor {
  readonly jobId: string;
  /** Seq of the last event that the reader has. */
  readonly after: number;
  /** Events at most. */
  readonly limit: number;
}

export interface LogPage {
  readonly events: readonly StoredEvent[];
  /** Seq of the job's newest event. */
  readonly lastSeq: number;
  readonly ended: boolean;
}

/** The next events behind each cursor, in one statement. A job that is gone is not answered. */
export async function listEventPages(
  db: Executor,
  cursors: readonly LogCursor[],
): Promise<Map<string, LogPage>> {
  const result = await db.execute<{
    id: string;
    after: number;
    size: number;
    last_seq: number;
    ended: boolean;
    events: [number, string, string, string | null, number | null, number, unknown][] | null;
  }>(sql`/* listEventPages */
    select j.id, c.after, c.size, j.last_seq, j.finished_at is not null as ended, page.events
    from unnest(${sql.param(cursors.map((cursor) => cursor.jobId))}::uuid[], ${sql.param(cursors.map((cursor) => cursor.after))}::int[],
      ${sql.param(cursors.map((cursor) => cursor.limit))}::int[]) as c(job_id, after, size)
    join jobs j on j.id = c.job_id
    cross join lateral (
      select json_agg(json_build_array(e.seq, e.at, e.type, e.ticker, e.phase, e.progress, e.payload) order by e.seq) as events
      from (select * from job_events where job_id = j.id and seq > c.after order by seq limit c.size) as e
    ) as page`);
  return new Map(
    result.rows.map((row) => [
      cursorKey({ jobId: row.id, after: row.after, limit: row.size }),
      {
        lastSeq: row.last_seq,
        ended: row.ended,
        events: (row.events ?? []).map(([seq, at, type, ticker, phase, progress, payload]) => ({
          jobId: row.id,
          seq,
          at: new Date(at),
          type,
          ticker,
          phase,
          progress,
          payload,
        })),
      },
    ]),
  );
}

export function cursorKey(cursor: LogCursor): string {
  return `${cursor.jobId}:${cursor.after}:${cursor.limit}`;
}
