import type { Executor } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';
import type { Topic } from './hub.ts';

export interface Head {
  /** A job's last seq, a watchlist's revision, a feed's position. */
  readonly at: number;
  /** What else subscribers see of the row and what changes without moving it on, as text. */
  readonly mark: string;
}

const sources = {
  job: sql`select id, last_seq as at, concat(priority, ' ', watchlist_id) as mark from jobs`,
  watchlist: sql`select id, revision as at, '' as mark from watchlists`,
  feed: sql`select workspace_id as id, position as at, '' as mark from feed_heads`,
} as const satisfies Record<Topic, SQL>;

/** How far each row has moved on. A row that does not exist is left out. */
export async function listHeads(
  db: Executor,
  topic: Topic,
  ids: readonly string[],
): Promise<Map<string, Head>> {
  const result = await db.execute<{ id: string; at: string | number; mark: string }>(
    sql`/* listHeads */ select id, at, mark from (${sources[topic]}) as heads where id = any(${sql.param(ids)}::uuid[])`,
  );
  return new Map(result.rows.map(({ id, at, mark }) => [id, { at: Number(at), mark }]));
}
