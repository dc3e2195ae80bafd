import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import type { Topic } from './hub.ts';

/** How far each row has moved on: a job's last seq, a watchlist's revision. A row that is gone is not answered. */
export async function listHeads(
  db: Executor,
  topic: Topic,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const source =
    topic === 'job'
      ? sql`select id, last_seq as at from jobs`
      : sql`select id, revision as at from watchlists`;
  const result = await db.execute<{ id: string; at: string | number }>(
    sql`/* listHeads */ ${source} where id = any(${sql.param(ids)}::uuid[])`,
  );
  return new Map(result.rows.map((row) => [row.id, Number(row.at)]));
}
