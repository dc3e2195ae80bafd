import type { Executor } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';
import type { Topic } from './hub.ts';

const sources = {
  job: sql`select id, last_seq as at from jobs`,
  watchlist: sql`select id, revision as at from watchlists`,
  feed: sql`select workspace_id as id, position as at from feed_heads`,
} as const satisfies Record<Topic, SQL>;

/** How far each row has moved on: a job's last seq, a watchlist's revision, a feed's position. A row that is gone is not answered. */
export async function listHeads(
  db: Executor,
  topic: Topic,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const result = await db.execute<{ id: string; at: string | number }>(
    sql`/* listHeads */ select id, at from (${sources[topic]}) as heads where id = any(${sql.param(ids)}::uuid[])`,
  );
  return new Map(result.rows.map((row) => [row.id, Number(row.at)]));
}
