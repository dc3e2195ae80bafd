import type { Executor, Tx } from '../db/client.ts';
import { and, eq, sql } from '../db/drizzle.ts';
import { execute } from '../db/statement.ts';
import { mutationAnswers } from './answer.tables.ts';

export interface StoredAnswer {
  readonly requestHash: string;
  readonly answer: unknown;
}

/** Until the end of the transaction nobody else runs a mutation under this key. Submits take the same lock (`submit-job.ts`). */
export async function lockKey(tx: Tx, workspaceId: string, key: string): Promise<void> {
  await execute(tx, 'lockKey', 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `${workspaceId} key ${key}`,
  ]);
}

export async function findAnswer(
  db: Executor,
  workspaceId: string,
  key: string,
): Promise<StoredAnswer | null> {
  const [row] = await db
    .select({ requestHash: mutationAnswers.requestHash, answer: mutationAnswers.answer })
    .from(mutationAnswers)
    .where(and(eq(mutationAnswers.workspaceId, workspaceId), eq(mutationAnswers.key, key)));
  return row ?? null;
}

/** Stores the answer unless the key has one of another request; answers whether it did. Behind `lockKey` only. */
export async function insertAnswer(
  tx: Tx,
  row: StoredAnswer & { readonly workspaceId: string; readonly key: string; readonly operation: string },
): Promise<boolean> {
  const rows = await execute<{ key: string }>(
    tx,
    'insertAnswer',
    `insert into mutation_answers as a (workspace_id, key, operation, request_hash, answer) values ($1, $2, $3, $4, $5::jsonb)
     on conflict (workspace_id, key) do update set operation = excluded.operation where a.request_hash = excluded.request_hash
     returning key`,
    [row.workspaceId, row.key, row.operation, row.requestHash, JSON.stringify(row.answer ?? null)],
  );
  return rows.length === 1;
}

/** Removes up to `limit` answers that are so old, oldest first. */
export async function deleteOldAnswers(tx: Tx, days: number, limit: number): Promise<number> {
  const { rowCount } = await tx.execute(sql`/* deleteOldAnswers */
    delete from mutation_answers where ctid = any(array(
      select ctid from mutation_answers
      where created_at < statement_timestamp() - make_interval(days => ${days}) order by created_at limit ${limit}
      for update skip locked))`);
  return rowCount ?? 0;
}
