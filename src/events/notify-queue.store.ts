import type { Executor } from '../db/client.ts';
import { execute } from '../db/statement.ts';

/**
 * Share of the server's queue of notifications that is in use, from 0 to 1. The call also removes what every listener has received: a queue that
 * was full rejects each NOTIFY, and without a NOTIFY nothing else removes it.
 */
export async function trimNotifyQueue(db: Executor): Promise<number> {
  const [row] = await execute<{ usage: number }>(
    db,
    'trimNotifyQueue',
    'select pg_notification_queue_usage() as usage',
    [],
  );
  if (row === undefined) throw new Error('a select of one row returned none');
  return row.usage;
}
