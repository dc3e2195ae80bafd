import type { Executor } from '../db/client.ts';
import { listAnalysesByIds } from './analysis.store.ts';
import type { Analysis } from './analysis.ts';
import { feedKey, listFeedPages } from './feed.store.ts';
import { type FeedFilter, passes } from './feed.ts';

/** Results behind a position that a filter lets pass, of the next `limit` ones, and the position of the last one looked at. */
export async function readFeed(
  db: Executor,
  from: { readonly workspaceId: string; readonly after: number; readonly limit: number },
  filter: FeedFilter,
  listed: ReadonlySet<string> | undefined,
): Promise<{ readonly position: number; readonly analyses: readonly Analysis[] }> {
  const { workspaceId, after, limit } = from;
  const page = (await listFeedPages(db, [{ workspaceId, after }], limit)).get(
    feedKey({ workspaceId, after }),
  );
  const results = page?.results ?? [];
  const analyses = await readInOrder(
    db,
    workspaceId,
    results.map(({ analysisId }) => analysisId),
  );
  return {
    // Behind the last result there may be positions whose results were removed: they are at the end only when nothing else is.
    position: results.at(-1)?.position ?? Math.max(page?.head ?? 0, after),
    analyses: analyses.filter((analysis) => passes(analysis, filter, listed)),
  };
}

/** The workspace’s results with these ids, in their order; those that are gone are left out. */
export async function readInOrder(
  db: Executor,
  workspaceId: string,
  ids: readonly string[],
): Promise<Analysis[]> {
  if (ids.length === 0) return [];
  const found = new Map((await listAnalysesByIds(db, workspaceId, ids)).map((row) => [row.id, row]));
  return ids.flatMap((id) => found.get(id) ?? []);
}
