import { sql } from 'drizzle-orm';
import type { Db } from '../src/db/client.ts';

export interface Appended {
  readonly job: string;
  readonly seq: number;
}

/** One event more in the log of each job, in one transaction, as a flush does. Whoever calls it rings. */
export async function appendEvents(db: Db, jobs: readonly string[]): Promise<Appended[]> {
  const { rows } = await db.execute<{ job: string; seq: number }>(sql`/* appendEvents */
    with moved as (update jobs set last_seq = last_seq + 1 where id = any(${sql.param(jobs)}::uuid[]) returning id, last_seq)
    insert into job_events (job_id, seq, type, progress) select id, last_seq, 'ITEM_PROGRESSED', 0 from moved
    returning job_id as job, seq`);
  return rows;
}
