import type { Executor, Tx } from '../db/client.ts';
import { and, asc, eq, getTableColumns, type SQL, sql } from '../db/drizzle.ts';
import { type Owned, ownedKey } from '../db/owned.ts';
import { readRows, selectionOf } from '../db/selection.ts';
import { column, execute } from '../db/statement.ts';
import { foldName } from '../name.ts';
import { watchlistItems, watchlistTickers } from './item.tables.ts';
import { watchlists } from './watchlist.tables.ts';
import type { Watchlist, WatchlistItem } from './watchlist.ts';

/** Serialises everything that changes the lists of a workspace (not the engine, which changes their status only). */
export async function lockWatchlists(tx: Tx, workspaceId: string): Promise<void> {
  await tx.execute(
    sql`/* lockWatchlists */ select pg_advisory_xact_lock(hashtextextended(${`watchlists ${workspaceId}`}, 0))`,
  );
}

const { nameKey: _nameKey, ...listColumns } = getTableColumns(watchlists);
const lists = selectionOf<Watchlist>('w', listColumns);
const { workspaceId: _ofItem, ...itemColumns } = getTableColumns(watchlistItems);
const statusOf = (column: { readonly name: string }) => ({ expression: `t.${column.name}` });
const items = selectionOf<WatchlistItem>('i', {
  ...itemColumns,
  lastJobId: statusOf(watchlistTickers.lastJobId),
  lastAnalysisId: statusOf(watchlistTickers.lastAnalysisId),
  lastStatus: statusOf(watchlistTickers.lastStatus),
});

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
    .select(listColumns)
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
    .select(listColumns)
    .from(watchlists)
    .where(and(eq(watchlists.workspaceId, workspaceId), among));
}

/** Of several workspaces: what followers of this process have asked to follow. A list of another workspace than the one named is not answered. */
export async function listFollowedWatchlists(db: Executor, asked: readonly Owned[]): Promise<Watchlist[]> {
  const of = (key: keyof Owned) => sql.param(asked.map((one) => one[key]));
  return db
    .select(listColumns)
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
  // OFFSET keeps a kept plan from reading all items of the workspace beside those of the lists.
  const tail = `from (select * from watchlist_items where watchlist_id = any($2::uuid[]) offset 0) as i
    left join watchlist_tickers t on t.workspace_id = i.workspace_id and t.ticker = i.ticker
    where i.workspace_id = $1 order by i.watchlist_id, i.ticker`;
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
  const [inserted] = await tx
    .insert(watchlists)
    .values({ ...row, nameKey: foldName(row.name) })
    .returning(listColumns);
  if (inserted === undefined) throw new Error('insert returned no row');
  return inserted;
}

export async function renameWatchlist(tx: Tx, workspaceId: string, id: string, name: string): Promise<void> {
  await tx
    .update(watchlists)
    .set({ name, nameKey: foldName(name) })
    .where(isList(workspaceId, id));
}

export async function deleteWatchlist(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.delete(watchlists).where(isList(workspaceId, id));
}

function isList(workspaceId: string, id: string): SQL | undefined {
  return and(eq(watchlists.workspaceId, workspaceId), eq(watchlists.id, id));
}

/** The last statement that touches a list: the engine, too, locks tickers before lists. Returns the new revision. */
export async function bumpRevision(tx: Tx, workspaceId: string, id: string): Promise<number> {
  const [row] = await tx
    .update(watchlists)
    .set({ revision: sql`${watchlists.revision} + 1` })
    .where(isList(workspaceId, id))
    .returning({ revision: watchlists.revision });
  return row?.revision ?? 0;
}

/**
 * Adds the tickers that are not in the list yet and returns them. Not through drizzle, which names every column of the table: the next release drops
 * three of them while processes of this version run.
 */
export async function insertItems(
  tx: Tx,
  list: Pick<Watchlist, 'id' | 'workspaceId'>,
  tickers: readonly string[],
  note: string,
): Promise<string[]> {
  const rows = await execute<{ ticker: string }>(
    tx,
    'insertListItems',
    `insert into watchlist_items (watchlist_id, workspace_id, ticker, note)
     select $1::uuid, $2::uuid, t.ticker, $3 from unnest($4::text[]) as t(ticker) order by t.ticker collate "C"
     on conflict do nothing returning ticker`,
    [list.id, list.workspaceId, note, column('text', tickers, (ticker) => ticker)],
  );
  return rows.map(({ ticker }) => ticker);
}

export async function countItems(db: Executor, workspaceId: string, id: string): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`/* countItems */
    select count(*)::int as n from (select workspace_id from watchlist_items where watchlist_id = ${id} offset 0) as i
    where i.workspace_id = ${workspaceId}`);
  return rows[0]?.n ?? 0;
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

/**
 * Locks the status of the tickers of a list by key, so that the engine waits: it looks for the lists of a ticker after it has changed it, and then
 * finds the items where they were moved to.
 */
export async function lockTickers(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.execute(sql`/* lockTickers */
    select from watchlist_tickers where workspace_id = ${workspaceId} and ticker = any(array(
      select ticker from (select * from watchlist_items where watchlist_id = ${id} offset 0) as i where workspace_id = ${workspaceId}))
    order by ticker for share`);
}

/**
 * Moves items into another list of the workspace. A ticker that the other list holds already stays as it is there, and here. The rows are found by
 * their places on the page, which nobody changes meanwhile: the watchlists of the workspace are locked.
 */
export async function moveItems(tx: Tx, workspaceId: string, fromId: string, toId: string): Promise<void> {
  await tx.execute(sql`/* moveItems */
    update watchlist_items i set watchlist_id = ${toId}
    from (select ctid as tid from watchlist_items where watchlist_id = ${fromId} offset 0) as moved
    where i.ctid = moved.tid and i.workspace_id = ${workspaceId}
      and not exists (select from watchlist_items o where o.watchlist_id = ${toId} and o.ticker = i.ticker)`);
}

/**
 * Locks several lists by id with `FOR NO KEY UPDATE`. A submit of a list holds `KEY SHARE` on it until it commits and may wait for tickers that this
 * transaction has locked: a stronger lock would wait for that submit, and both would deadlock.
 */
export async function lockLists(tx: Tx, workspaceId: string, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`/* lockLists */
    select from watchlists where workspace_id = ${workspaceId} and id = any(${sql.param(ids)}::uuid[]) order by id for no key update`);
}

/**
 * Until the end of the transaction nobody submits a job of this list: submits hold the same lock, shared (`holdWatchlist` of the jobs). The
 * foreign key would update such a job when the list is deleted, after the locks that come behind those of jobs.
 */
export async function closeWatchlist(tx: Tx, id: string): Promise<void> {
  await tx.execute(
    sql`/* closeWatchlist */ select pg_advisory_xact_lock(hashtextextended(${`watchlist ${id}`}, 0))`,
  );
}

/** Jobs of a list forget it. They are locked by id, which the foreign key would not do when the list is deleted. */
export async function forgetWatchlist(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.execute(sql`/* forgetWatchlist */
    with locked as materialized (
      select id from jobs where watchlist_id = ${id} and workspace_id = ${workspaceId} order by id for no key update
    )
    update jobs j set watchlist_id = null from locked l where j.id = l.id`);
}

/** As `forgetWatchlist`, of ended jobs after `after`, by id, at most `limit`. Returns the last of them; null when there was none. */
export async function forgetWatchlistOfEnded(
  tx: Tx,
  workspaceId: string,
  id: string,
  after: string,
  limit: number,
): Promise<string | null> {
  const { rows } = await tx.execute<{ id: string }>(sql`/* forgetWatchlistOfEnded */
    with locked as materialized (
      select id from jobs where watchlist_id = ${id} and workspace_id = ${workspaceId} and id > ${after}
        and state not in ('QUEUED', 'PROCESSING') order by id limit ${limit} for no key update
    ), forgotten as (
      update jobs j set watchlist_id = null from locked l where j.id = l.id
    )
    select id from locked order by id desc limit 1`);
  return rows[0]?.id ?? null;
}

/** How many tickers two lists of a workspace hold together. */
export async function countItemsTogether(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<number> {
  const { rows } = await db.execute<{ n: number }>(sql`/* countItemsTogether */
    select count(distinct ticker)::int as n from (
      select workspace_id, ticker from watchlist_items where watchlist_id = any(${sql.param(ids)}::uuid[]) offset 0) as i
    where i.workspace_id = ${workspaceId}`);
  return rows[0]?.n ?? 0;
}
