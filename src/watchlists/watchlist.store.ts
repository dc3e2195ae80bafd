import { and, asc, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Executor, Tx } from '../db/client.ts';
import { type Owned, ownedKey } from '../db/owned.ts';
import { readRows, selectionOf } from '../db/selection.ts';
import { column, execute } from '../db/statement.ts';
import { watchlistItems, watchlists } from '../db/tables.ts';
import type { Watchlist, WatchlistItem } from './watchlist.ts';

/** Serialises everything that changes the lists of a workspace (not the engine, which changes their status only). */
export async function lockWatchlists(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(
    sql`/* lockWatchlists */ select pg_advisory_xact_lock(hashtextextended(${`watchlists ${workspaceId}`}, 0))`,
  );
}

const lists = selectionOf<Watchlist>('w', getTableColumns(watchlists));
const { workspaceId: _ofItem, ...itemColumns } = getTableColumns(watchlistItems);
const items = selectionOf<WatchlistItem>('i', itemColumns);

export async function findWatchlist(
  db: Executor,
  workspaceId: string,
  id: string,
): Promise<Watchlist | null> {
  const tail = 'from watchlists w where w.workspace_id = $1 and w.id = $2';
  const [row] = await readRows(execute, db, 'findWatchlist', lists, tail, [workspaceId, id]);
  return row ?? null;
}

export async function listWatchlists(db: Executor, workspaceId: string): Promise<Watchlist[]> {
  return db
    .select()
    .from(watchlists)
    .where(eq(watchlists.workspaceId, workspaceId))
    .orderBy(asc(watchlists.id));
}

export async function listWatchlistsByIds(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Watchlist[]> {
  const among = sql`${watchlists.id} = any(${sql.param(ids)}::uuid[])`;
  return db
    .select()
    .from(watchlists)
    .where(and(eq(watchlists.workspaceId, workspaceId), among));
}

/** Of several workspaces: what followers of this process have asked to follow. A list of another workspace than the one named is not answered. */
export async function listFollowedWatchlists(db: Executor, asked: readonly Owned[]): Promise<Watchlist[]> {
  const of = (key: keyof Owned) => sql.param(asked.map((one) => one[key]));
  return db
    .select()
    .from(watchlists)
    .where(
      sql`/* listFollowedWatchlists */ (${watchlists.workspaceId}, ${watchlists.id}) in (
        select * from unnest(${of('workspaceId')}::uuid[], ${of('id')}::uuid[]))`,
    );
}

/** Items of several lists, by ticker, in one statement. */
export async function listItemsOfLists(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<WatchlistItem[]> {
  const tail =
    'from watchlist_items i where i.workspace_id = $1 and i.watchlist_id = any($2::uuid[]) order by i.watchlist_id, i.ticker';
  return readRows(execute, db, 'listItemsOfLists', items, tail, [
    workspaceId,
    column('uuid', ids, (id) => id),
  ]);
}

/** The tickers of each list, by `ownedKey`, in one statement; a list that is gone, or of another workspace, is not answered. */
export async function listTickersOfLists(
  db: Executor,
  lists: readonly Owned[],
): Promise<Map<string, ReadonlySet<string>>> {
  const of = (key: keyof Owned) => sql.param(lists.map((list) => list[key]));
  const result = await db.execute<{
    workspace_id: string;
    id: string;
    tickers: string[];
  }>(sql`/* listTickersOfLists */
    select w.workspace_id, w.id, array_remove(array_agg(i.ticker), null) as tickers
    from watchlists w left join watchlist_items i on i.watchlist_id = w.id
    where (w.workspace_id, w.id) in (select * from unnest(${of('workspaceId')}::uuid[], ${of('id')}::uuid[])) group by w.id`);
  return new Map(
    result.rows.map(({ workspace_id: workspaceId, id, tickers }) => [
      ownedKey({ workspaceId, id }),
      new Set(tickers),
    ]),
  );
}

export async function insertWatchlist(
  tx: Tx,
  row: Pick<Watchlist, 'id' | 'workspaceId' | 'name'>,
): Promise<Watchlist> {
  const [inserted] = await tx.insert(watchlists).values(row).returning();
  if (inserted === undefined) throw new Error('insert returned no row');
  return inserted;
}

export async function renameWatchlist(tx: Tx, workspaceId: string, id: string, name: string): Promise<void> {
  await tx.update(watchlists).set({ name }).where(isList(workspaceId, id));
}

export async function deleteWatchlist(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.delete(watchlists).where(isList(workspaceId, id));
}

function isList(workspaceId: string, id: string): SQL | undefined {
  return and(eq(watchlists.workspaceId, workspaceId), eq(watchlists.id, id));
}

/** The last statement that touches a list: the engine, too, takes items before lists. Answers the new revision. */
export async function bumpRevision(tx: Tx, workspaceId: string, id: string): Promise<number> {
  const [row] = await tx
    .update(watchlists)
    .set({ revision: sql`${watchlists.revision} + 1` })
    .where(isList(workspaceId, id))
    .returning({ revision: watchlists.revision });
  return row?.revision ?? 0;
}

/** Adds the tickers that are not in the list yet and answers them. */
export async function insertItems(
  tx: Tx,
  list: Pick<Watchlist, 'id' | 'workspaceId'>,
  tickers: readonly string[],
  note: string,
): Promise<string[]> {
  const rows = tickers.map((ticker) => ({
    watchlistId: list.id,
    workspaceId: list.workspaceId,
    ticker,
    note,
  }));
  const added = await tx
    .insert(watchlistItems)
    .values(rows.sort((a, b) => (a.ticker < b.ticker ? -1 : 1)))
    .onConflictDoNothing()
    .returning({ ticker: watchlistItems.ticker });
  return added.map((row) => row.ticker);
}

export async function countItems(db: Executor, workspaceId: string, id: string): Promise<number> {
  return db.$count(
    watchlistItems,
    and(eq(watchlistItems.workspaceId, workspaceId), eq(watchlistItems.watchlistId, id)),
  );
}

/** Removes tickers in key order and answers those that were there. */
export async function deleteItems(
  tx: Tx,
  workspaceId: string,
  id: string,
  tickers: readonly string[],
): Promise<string[]> {
  const result = await tx.execute<{ ticker: string }>(sql`/* deleteItems */
    with gone as materialized (
      select ticker from watchlist_items
      where watchlist_id = ${id} and workspace_id = ${workspaceId} and ticker = any(${sql.param(tickers)}::text[])
      order by ticker for update
    )
    delete from watchlist_items i using gone where i.watchlist_id = ${id} and i.ticker = gone.ticker returning i.ticker`);
  return result.rows.map((row) => row.ticker).sort();
}

export async function updateNote(
  tx: Tx,
  workspaceId: string,
  id: string,
  ticker: string,
  note: string,
): Promise<boolean> {
  const rows = await tx
    .update(watchlistItems)
    .set({ note })
    .where(
      and(
        eq(watchlistItems.workspaceId, workspaceId),
        eq(watchlistItems.watchlistId, id),
        eq(watchlistItems.ticker, ticker),
      ),
    )
    .returning({ ticker: watchlistItems.ticker });
  return rows.length === 1;
}

/** Copies items into another list of the workspace; a ticker that is there stays as it is. */
export async function copyItems(tx: Tx, workspaceId: string, fromId: string, toId: string): Promise<void> {
  await tx.execute(sql`/* copyItems */
    insert into watchlist_items (watchlist_id, ticker, workspace_id, note, added_at, last_job_id, last_analysis_id, last_status)
    select ${toId}, ticker, workspace_id, note, added_at, last_job_id, last_analysis_id, last_status
    from watchlist_items where watchlist_id = ${fromId} and workspace_id = ${workspaceId} order by ticker
    on conflict do nothing`);
}
