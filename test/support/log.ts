import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';

/** Appends `count` events to the job's log in one transaction, as a flush does; the last call ends the job. */
export async function append(db: Db, id: string, count: number, ends = false): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select from jobs where id = ${id} for no key update`);
    await tx.execute(sql`insert into job_events (job_id, seq, type, progress)
      select id, last_seq + n, 'ITEM_PROGRESSED', 0 from jobs, generate_series(1, ${count}::int) as n where id = ${id}`);
    await tx.execute(
      ends
        ? sql`update jobs set last_seq = last_seq + ${count}, state = 'CANCELLED', queued = 0, cancelled = total, finished_at = clock_timestamp() where id = ${id}`
        : sql`update jobs set last_seq = last_seq + ${count} where id = ${id}`,
    );
  });
}
