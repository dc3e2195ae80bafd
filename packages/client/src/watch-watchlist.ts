import type { Client } from './connect.ts';
import { endOnReturn } from './end-on-return.ts';
import { type FollowDocumentOptions, follow } from './follow.ts';
import {
  WatchlistChangedDocument,
  type WatchlistChangedSubscription,
  type WatchlistChangedSubscriptionVariables,
} from './generated/graphql.ts';
import type { FollowOptions } from './resume.ts';

export type WatchedList = WatchlistChangedSubscription['watchlistChanged'];

/**
 * The watchlist as it is now, and then after every change of it or of the status of its items; a consumer that is slow skips states, never the
 * last one. Goes on by itself after lost connections. Ends at the abort of the signal, at `return()` and when the client is closed. Throws
 * RequestError when there is no such watchlist.
 */
export function watchWatchlist(
  client: Client,
  watchlistId: string,
  options: FollowOptions = {},
): AsyncGenerator<WatchedList, void, void> {
  return endOnReturn([options.signal], (signal) =>
    listsOf(client, { signal, variables: { id: watchlistId } }),
  );
}

async function* listsOf(
  client: Client,
  options: FollowDocumentOptions<WatchlistChangedSubscriptionVariables>,
): AsyncGenerator<WatchedList, void, void> {
  for await (const { watchlistChanged } of follow(client, WatchlistChangedDocument, options))
    yield watchlistChanged;
}
