import type { Executor, Tx } from '../db/client.ts';
import { type SQL, sql } from '../db/drizzle.ts';

/** A workspace as the operator sees it. */
export interface WorkspaceState {
  readonly id: string;
  readonly name: string;
  /** Since when nobody is admitted and nothing starts; null: it is in use. */
  readonly suspendedAt: Date | null;
}

/** By name. */
export async function listWorkspaces(db: Executor, limit: number): Promise<WorkspaceState[]> {
  const { rows } = await db.execute<{ id: string; name: string; suspended_at: string | null }>(
    sql`/* listWorkspaces */ select id, name, suspended_at from workspaces order by name, id limit ${limit}`,
  );
  return rows.map(({ id, name, suspended_at: at }) => ({
    id,
    name,
    suspendedAt: at === null ? null : new Date(at),
  }));
}

/** With a lock, so that a suspension does not end while it is looked at. */
export async function lockSuspension(tx: Tx, workspaceId: string): Promise<'ACTIVE' | 'SUSPENDED' | null> {
  const { rows } = await tx.execute<{ suspended: boolean }>(sql`/* lockSuspension */
    select suspended_at is not null as suspended from workspaces where id = ${workspaceId} for no key update`);
  const [row] = rows;
  if (row === undefined) return null;
  return row.suspended ? 'SUSPENDED' : 'ACTIVE';
}

/** Its queue is paused by it, unless it is paused already: workers of every version obey a pause. */
export async function setSuspended(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`/* setSuspended */
    update workspaces w set suspended_at = t.now, paused_at = coalesce(w.paused_at, t.now)
    from (select clock_timestamp()::timestamptz(3) as now) t where id = ${workspaceId} and suspended_at is null`);
}

/** Opens the queue, too, if it was paused by the suspension. */
export async function setResumed(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`/* setResumed */
    update workspaces set suspended_at = null, paused_at = case when paused_at = suspended_at then null else paused_at end
    where id = ${workspaceId} and suspended_at is not null`);
}

/** Items that a worker holds. */
export async function countRunning(db: Executor, workspaceId: string): Promise<number> {
  const { rows } = await db.execute<{ running: number }>(sql`/* countRunning */
    select count(*)::int as running from job_items where workspace_id = ${workspaceId} and state = 'PROCESSING'`);
  return rows[0]?.running ?? 0;
}

/** Rows that one statement removes. */
const ROWS = 1_000;

const piece = (table: string, workspaceId: string): SQL => sql`
  delete from ${sql.identifier(table)} where ctid = any(array(
    select ctid from ${sql.identifier(table)} where workspace_id = ${workspaceId} limit ${ROWS}))`;

/**
 * Statements that each remove some rows of a workspace, in the order in which they run to their end: rows that name others go first. What has no statement here
 * is removed with its job, result or backtest, or, where a workspace has few rows, with the workspace.
 */
const pieces: readonly ((workspaceId: string) => SQL)[] = [
  ...[
    ...['webhook_deliveries', 'webhooks', 'watchlist_items', 'watchlist_tickers'],
    // Details of results are removed by a trigger, once no row names a result as the latest of its ticker.
    ...['latest_analyses', 'feed_entries', 'analyses', 'backtests'],
  ].map((table) => (workspaceId: string) => piece(table, workspaceId)),
  // As many jobs as have so many items together, but one at least; locked in id order, as everywhere.
  (workspaceId) => sql`
    delete from jobs where id = any(array(
      select id from jobs where id = any(array(
        select id from (
          select id, total, sum(total) over (order by id) as upto from (
            select id, total from jobs where workspace_id = ${workspaceId} order by id limit ${ROWS}) as first
        ) as counted where upto <= ${ROWS} or upto = total))
      order by id for update))`,
  ...['job_ends', 'mutation_answers', 'own_series', 'api_keys', 'workspace_members'].map(
    (table) => (workspaceId: string) => piece(table, workspaceId),
  ),
];

/** How many statements `deletePiece` has. */
export const PIECES = pieces.length;

/** Removes some rows of a suspended workspace by the statement with this number. Returns how many; 0: there are none left. */
export async function deletePiece(db: Executor, workspaceId: string, number: number): Promise<number> {
  const statement = pieces[number];
  if (statement === undefined) throw new RangeError(`there is no piece ${number}`);
  const { rowCount } = await db.execute(sql`/* deletePiece */ ${statement(workspaceId)}`);
  return rowCount ?? 0;
}

/** The row itself, with what is left of watchlists and heads of logs. */
export async function deleteWorkspaceRow(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(sql`/* deleteWorkspaceRow */ delete from workspaces where id = ${workspaceId}`);
}
