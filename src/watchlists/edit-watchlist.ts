import { v7 as uuidv7 } from 'uuid';
import { changeOnce, type Repeatable } from '../answers/change-once.ts';
import type { Db, Tx } from '../db/client.ts';
import { violatedConstraint } from '../db/retry.ts';
import { InvalidStateError, LimitExceededError, NameTakenError, NotFoundError } from '../errors.ts';
import type { Hint } from '../events/hint.ts';
import { resolveSymbols } from '../instruments/find-instrument.ts';
import { parseTickers } from '../instruments/ticker.ts';
import type { Logger } from '../logger.ts';
import {
  bumpRevision,
  copyItems,
  countItems,
  deleteItems,
  deleteWatchlist as deleteList,
  findWatchlist,
  insertItems,
  insertWatchlist,
  listItemsOfLists,
  listWatchlists,
  lockWatchlists,
  renameWatchlist,
  updateNote,
} from './watchlist.store.ts';
import { MAX_ITEMS, MAX_WATCHLISTS, parseName, parseNote, type Watchlist } from './watchlist.ts';

interface Deps {
  readonly db: Db;
  readonly log: Logger;
}

/**
 * One change at a time per workspace: limits hold and nobody adds to a list that is being deleted. Items are touched before the
 * list's row, in key order, as the engine does. Whoever follows the changed lists is rung after the commit; the audit log names the list `of`.
 */
async function edit<T>(
  deps: Deps,
  workspaceId: string,
  asked: { readonly operation: string; readonly input: Repeatable },
  work: (tx: Tx) => Promise<{ readonly answer: T; readonly of: string; readonly changed: readonly string[] }>,
): Promise<T> {
  try {
    return await changeOnce(deps, { workspaceId, ...asked }, async (tx) => {
      await lockWatchlists(tx, workspaceId);
      const { answer, of, changed } = await work(tx);
      const hints: Hint[] = [];
      for (const id of [...changed].sort())
        hints.push({ about: 'watchlist', id, at: await bumpRevision(tx, workspaceId, id) });
      return { answer, hints, target: { type: 'Watchlist', ids: [of] } };
    });
  } catch (error) {
    if (violatedConstraint(error) === 'watchlists_name_key') {
      throw new NameTakenError('There is a watchlist with this name; names are unique, ignoring case.');
    }
    throw error;
  }
}

async function getList(tx: Tx, workspaceId: string, id: string): Promise<Watchlist> {
  const list = await findWatchlist(tx, workspaceId, id);
  if (list === null) throw new NotFoundError(`There is no watchlist ${id}.`);
  return list;
}

export async function createWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly name: string; readonly tickers: readonly string[] } & Repeatable,
): Promise<string> {
  const name = parseName(input.name);
  const tickers = await resolveSymbols(deps.db, parseTickers(input.tickers));
  checkItems(tickers.length);
  return edit(deps, workspaceId, { operation: 'createWatchlist', input }, async (tx) => {
    const lists = await listWatchlists(tx, workspaceId);
    if (lists.length >= MAX_WATCHLISTS) {
      throw new LimitExceededError(MAX_WATCHLISTS, `A workspace has at most ${MAX_WATCHLISTS} watchlists.`);
    }
    const list = await insertWatchlist(tx, { id: uuidv7(), workspaceId, name });
    if (tickers.length > 0) await insertItems(tx, list, tickers, '');
    return { answer: list.id, of: list.id, changed: [] };
  });
}

export async function updateWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string; readonly name: string } & Repeatable,
): Promise<string> {
  const name = parseName(input.name);
  return edit(deps, workspaceId, { operation: 'updateWatchlist', input }, async (tx) => {
    const list = await getList(tx, workspaceId, input.id);
    await renameWatchlist(tx, workspaceId, list.id, name);
    return { answer: list.id, of: list.id, changed: [list.id] };
  });
}

/** Moves the items to the default list, merging duplicates, and deletes the list. Answers the default list's id. */
export async function deleteWatchlist(
  deps: Deps,
  workspaceId: string,
  input: { readonly id: string } & Repeatable,
): Promise<string> {
  return edit(deps, workspaceId, { operation: 'deleteWatchlist', input }, async (tx) => {
    const list = await getList(tx, workspaceId, input.id);
    if (list.isDefault) throw new InvalidStateError('DEFAULT', 'The default watchlist cannot be deleted.');
    const home = (await listWatchlists(tx, workspaceId)).find((other) => other.isDefault);
    if (home === undefined) throw new Error(`workspace ${workspaceId} has no default watchlist`);
    await copyItems(tx, workspaceId, list.id, home.id);
    await deleteList(tx, workspaceId, list.id);
    return { answer: home.id, of: list.id, changed: [home.id] };
  });
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
    checkItems(await countItems(tx, workspaceId, list.id));
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

function checkItems(count: number): void {
  if (count > MAX_ITEMS)
    throw new LimitExceededError(MAX_ITEMS, `A watchlist holds at most ${MAX_ITEMS} tickers.`);
}
