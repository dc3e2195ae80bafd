import { type Db, inTransaction, type Tx } from '../db/client.ts';
import { waitForJobs } from '../db/wait-for-jobs.ts';
import { InvalidStateError, LimitExceededError, NameTakenError, NotFoundError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { changeOnce, type Repeatable } from '../idempotency/change-once.ts';
import { resolveSymbols } from '../instruments/find-instrument.ts';
import { parseTickers } from '../instruments/ticker.ts';
import type { Logger } from '../logger.ts';
import { foldName } from '../name.ts';
import { defaultQuotas, type Quotas } from '../quotas/quota.ts';
import type { Places } from '../quotas/reserve-places.ts';
import { newId } from '../uuid.ts';
import {
  bumpRevision,
  closeWatchlist,
  countItems,
  countItemsTogether,
  deleteItems,
  deleteWatchlist as deleteList,
  findWatchlist,
  forgetWatchlist,
  forgetWatchlistOfEnded,
  insertItems,
  insertWatchlist,
  listItemsOfLists,
  listWatchlists,
  lockLists,
  lockTickers,
  lockWatchlists,
  moveItems,
  renameWatchlist,
  updateNote,
} from './watchlist.store.ts';
import { parseListName, parseNote, type Watchlist } from './watchlist.ts';

/** Of a deleted list: newer than whatever its followers have. */
const AFTER_ALL_REVISIONS = Number.MAX_SAFE_INTEGER;

/** Jobs that forget their list in one transaction: some tens of milliseconds. */
const FORGOTTEN_JOBS = 1_000;
/** Sorts before every job. */
const FIRST_JOB = '00000000-0000-0000-0000-000000000000';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
  readonly quotas?: Quotas;
  readonly storedResponses?: Places;
}

const quotasOf = ({ quotas = defaultQuotas }: Pick<Deps, 'quotas'>): Quotas => quotas;

/**
 * One change at a time per workspace: limits hold and nobody adds to a list that is being deleted. Locks are taken in the order of ARCHITECTURE,
 * invariant 7. Subscribers of the changed lists are notified after the commit; the audit log names the list `of`.
 */
async function edit<T>(
  deps: Deps,
  workspaceId: string,
  asked: { readonly operation: string; readonly input: Repeatable },
  work: (tx: Tx) => Promise<{
    readonly answer: T;
    readonly of: string;
    readonly changed: readonly string[];
    readonly deleted?: string;
  }>,
  prepare?: () => Promise<void>,
): Promise<T> {
  const change = async (tx: Tx) => {
    await lockWatchlists(tx, workspaceId);
    const { answer, of, changed, deleted } = await work(tx);
    const hints: Hint[] = [];
    for (const id of [...changed].sort())
      hints.push({ about: 'watchlist', id, at: await bumpRevision(tx, workspaceId, id) });
    if (deleted !== undefined) hints.push({ about: 'watchlist', id: deleted, at: AFTER_ALL_REVISIONS });
    return { answer, hints, target: { type: 'Watchlist', ids: [of] } };
  };
  return changeOnce(deps, { workspaceId, ...asked }, change, prepare);
}

async function getList(tx: Db | Tx, workspaceId: string, id: string): Promise<Watchlist> {
  const list = await findWatchlist(tx, workspaceId, id);
  if (list === null) throw new NotFoundError(`There is no watchlist ${id}.`);
  return list;
}

export async function createWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly name: string; readonly tickers: readonly string[] } & Repeatable,
): Promise<string> {
  const name = parseListName(input.name);
  const tickers = await resolveSymbols(deps.db, parseTickers(input.tickers));
  checkItems(deps, tickers.length);
  return edit(deps, workspaceId, { operation: 'createWatchlist', input }, async (tx) => {
    const lists = await listWatchlists(tx, workspaceId);
    const { watchlists } = quotasOf(deps);
    if (lists.length >= watchlists)
      throw new LimitExceededError(watchlists, `A workspace has at most ${watchlists} watchlists.`);
    requireFreeName(lists, name);
    const list = await insertWatchlist(tx, { id: newId(), workspaceId, name });
    if (tickers.length > 0) await insertItems(tx, list, tickers, '');
    return { answer: list.id, of: list.id, changed: [] };
  });
}

export async function updateWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly name: string } & Repeatable,
): Promise<string> {
  const name = parseListName(input.name);
  return edit(deps, workspaceId, { operation: 'updateWatchlist', input }, async (tx) => {
    const list = await getList(tx, workspaceId, input.id);
    const others = (await listWatchlists(tx, workspaceId)).filter(({ id }) => id !== list.id);
    requireFreeName(others, name);
    await renameWatchlist(tx, workspaceId, list.id, name);
    return { answer: list.id, of: list.id, changed: [list.id] };
  });
}

/**
 * Moves the items to the default list, merging duplicates, and deletes the list. Returns the default list's id. Throws LimitExceededError, and
 * changes nothing, when the default list would hold too many tickers.
 *
 * The ended jobs of the list forget it beforehand, some at a time, so that no statement or lock lasts as long as the history is. When the process
 * dies in between, or the last transaction fails (the database is unavailable, another request fills the default list meanwhile), the list is
 * left and can be deleted again, but ended jobs no longer name it.
 */
export async function deleteWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string } & Repeatable,
): Promise<string> {
  const remove = async (tx: Tx) => {
    const { list, home } = await getBoth(tx, workspaceId, input.id);
    const both = [list.id, home.id];
    await closeWatchlist(tx, list.id);
    await Promise.all([waitForJobs(tx), forgetWatchlist(tx, workspaceId, list.id)]);
    await lockTickers(tx, workspaceId, list.id);
    await moveItems(tx, workspaceId, list.id, home.id);
    checkItems(deps, await countItems(tx, workspaceId, home.id));
    await lockLists(tx, workspaceId, both);
    await deleteList(tx, workspaceId, list.id);
    return { answer: home.id, of: list.id, changed: [home.id], deleted: list.id };
  };
  return edit(deps, workspaceId, { operation: 'deleteWatchlist', input }, remove, () =>
    forgetHistory(deps, workspaceId, input.id),
  );
}

/** What a deletion needs: the list, which is not the default one, and the default one. Throws when the list cannot be deleted. */
async function getBoth(
  db: Db | Tx,
  workspaceId: string,
  id: string,
): Promise<{ readonly list: Watchlist; readonly home: Watchlist }> {
  const list = await getList(db, workspaceId, id);
  if (list.isDefault) throw new InvalidStateError('DEFAULT', 'The default watchlist cannot be deleted.');
  const home = (await listWatchlists(db, workspaceId)).find((other) => other.isDefault);
  if (home === undefined) throw new Error(`workspace ${workspaceId} has no default watchlist`);
  return { list, home };
}

/** Ended jobs of a list that is about to be deleted forget it. Throws, and changes nothing, when the deletion would be rejected. */
async function forgetHistory(deps: Deps, workspaceId: string, id: string): Promise<void> {
  const { db } = deps;
  const { list, home } = await getBoth(db, workspaceId, id);
  checkItems(deps, await countItemsTogether(db, workspaceId, [list.id, home.id]));
  for (let last: string | null = FIRST_JOB; last !== null; ) {
    const after: string = last;
    last = await inTransaction(db, (tx) =>
      forgetWatchlistOfEnded(tx, workspaceId, list.id, after, FORGOTTEN_JOBS),
    );
  }
}

/** Idempotent: tickers that are in the list already are skipped. */
export async function addToWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly tickers: readonly string[]; readonly note: string } & Repeatable,
): Promise<{ id: string; added: string[]; skipped: string[] }> {
  const tickers = await resolveSymbols(deps.db, parseTickers(input.tickers));
  const note = parseNote(input.note);
  return edit(deps, workspaceId, { operation: 'addToWatchlist', input }, async (tx) => {
    const list = await getList(tx, workspaceId, input.id);
    const added = tickers.length === 0 ? [] : await insertItems(tx, list, tickers, note);
    checkItems(deps, await countItems(tx, workspaceId, list.id));
    const skipped = tickers.filter((ticker) => !added.includes(ticker));
    const answer = { id: list.id, added, skipped };
    return { answer, of: list.id, changed: added.length > 0 ? [list.id] : [] };
  });
}

/** Idempotent: tickers that are not in the list are passed over. Answers those that were removed. */
export async function removeFromWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly tickers: readonly string[] } & Repeatable,
): Promise<{ id: string; removed: string[] }> {
  const tickers = parseTickers(input.tickers);
  return edit(deps, workspaceId, { operation: 'removeFromWatchlist', input }, async (tx) => {
    const list = await getList(tx, workspaceId, input.id);
    const removed = await deleteItems(tx, workspaceId, list.id, tickers);
    const answer = { id: list.id, removed };
    return { answer, of: list.id, changed: removed.length > 0 ? [list.id] : [] };
  });
}

export async function updateWatchlistItem(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly ticker: string; readonly note: string } & Repeatable,
): Promise<string> {
  const [ticker = ''] = parseTickers([input.ticker]);
  const note = parseNote(input.note);
  return edit(deps, workspaceId, { operation: 'updateWatchlistItem', input }, async (tx) => {
    const list = await getList(tx, workspaceId, input.id);
    if (!(await updateNote(tx, workspaceId, list.id, ticker, note))) {
      throw new NotFoundError(`${ticker} is not in the watchlist ${list.name}.`);
    }
    return { answer: list.id, of: list.id, changed: [list.id] };
  });
}

/** Tickers of a list, by ticker; what an analysis of it runs on. Throws NotFoundError. */
export async function listWatchlistTickers(db: Db, workspaceId: string, id: string): Promise<string[]> {
  const list = await findWatchlist(db, workspaceId, id);
  if (list === null) throw new NotFoundError(`There is no watchlist ${id}.`);
  return (await listItemsOfLists(db, workspaceId, [id])).map((item) => item.ticker);
}

/** Also compares lists of earlier versions that have no stored key, which the unique index leaves out. */
function requireFreeName(others: readonly Watchlist[], name: string): void {
  const key = foldName(name);
  const taken = others.find((other) => foldName(other.name) === key);
  if (taken !== undefined) throw new NameTakenError('watchlist', taken.id);
}

function checkItems(deps: Pick<Deps, 'quotas'>, count: number): void {
  const { watchlistItems } = quotasOf(deps);
  if (count > watchlistItems)
    throw new LimitExceededError(watchlistItems, `A watchlist holds at most ${watchlistItems} tickers.`);
}
