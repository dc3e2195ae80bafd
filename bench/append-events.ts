import type { Db } from '../src/db/client.ts';
import { column, execute } from '../src/db/statement.ts';

export interface Appended {
  readonly job: string;
  readonly seq: number;
}

/** One event more in the log of each job, in one transaction, as a flush does. Whoever calls it rings. */
export function appendEvents(db: Db, jobs: readonly string[]): Promise<Appended[]> {
  return execute<{ job: string; seq: number }>(
    db,
    'appendEvents',
    `with moved as (update jobs set last_seq = last_seq + 1 where id = any($1::uuid[]) returning id, last_seq)
    insert into job_events (job_id, seq, type, progress) select id, last_seq, 'ITEM_PROGRESSED', 0 from moved
    returning job_id as job, seq`,
    [column('uuid', jobs, (job) => job)],
  );
}
