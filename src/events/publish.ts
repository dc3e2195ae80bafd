import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { encodeHints, type Hint } from './hint.ts';

/** The one channel: on PostgreSQL up to 18 a notification wakes every listening backend anyway. */
export const HINT_CHANNEL = 'thetool_hints';

/**
 * Wakes readers of what just committed. Call it AFTER the commit, never inside the transaction that wrote: a notifying
 * transaction holds a database-wide lock until its commit is flushed (32 writers: 603 instead of 5,939 transactions/s).
 * A failure costs the readers one poll interval and nothing else, so callers may ignore a rejection after counting it.
 */
export async function ring(executor: Executor, hints: readonly Hint[]): Promise<void> {
  const payloads = encodeHints(hints);
  if (payloads.length === 0) return;
  await executor.execute(
    sql`/* ring */ select pg_notify(${HINT_CHANNEL}, payload) from unnest(${sql.param(payloads)}::text[]) as payload`,
  );
}
