import type { Access } from '../access.ts';
import type { Db } from '../db/client.ts';
import type { LineFormat } from '../db/line.ts';
import { ForbiddenError } from '../errors.ts';
import { type Exported, safeName } from '../exports/exported.ts';
import { listWatchlistTickers } from '../watchlists/edit-watchlist.ts';
import { exportColumns, findHead, readExportChunk } from './export.store.ts';
import { parseExportFilter, parsePlace } from './export.ts';

/**
 * The results of a workspace in the order of the feed, up to its newest one when the export begins. Positions are dense and in commit order, so an
 * export that goes on from one has every result behind it once, also those stored meanwhile.
 */
export async function exportAnalyses(
  db: Db,
  { workspaceId, scopes }: Access,
  query: URLSearchParams,
  format: LineFormat,
): Promise<Exported> {
  const filter = parseExportFilter(query);
  // The results show which tickers are in the list.
  if (filter.watchlistId !== undefined && !scopes.has('jobs:read'))
    throw new ForbiddenError('An export of a watchlist needs the scope jobs:read.');
  // Refuses a list of another workspace as one that there is not.
  if (filter.watchlistId !== undefined) await listWatchlistTickers(db, workspaceId, filter.watchlistId);
  const until = await findHead(db, workspaceId);
  const day = new Date().toISOString().slice(0, 10);
  return {
    name: safeName(
      ...(filter.tickers?.length === 1 ? filter.tickers : ['analyses']),
      filter.strategy ?? '',
      day,
    ),
    columns: exportColumns,
    start: '0',
    read: (after, size) =>
      readExportChunk(db, workspaceId, filter, format, { after: parsePlace(after), until, size }),
  };
}
