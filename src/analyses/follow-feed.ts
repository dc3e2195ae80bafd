import type { Db } from '../db/client.ts';
import type { Hub } from '../events/hub.ts';
import { shareReads } from '../events/share-reads.ts';
import { listAnalysesByIds } from './analysis.store.ts';
import type { Analysis } from './analysis.ts';
import { type FeedCursor, feedKey, listFeedPages } from './feed.store.ts';
import { type FeedFilter, passes } from './feed.ts';

export interface FeedBatch {
  readonly analyses: readonly Analysis[];
  /** Position up to which everything that passes the filter has been told. */
  readonly position: number;
  /** The end of the feed was reached; what follows is live. */
  readonly caughtUp: boolean;
  /** Retention has removed results behind the cursor. */
  readonly gap: boolean;
}

/** Where to begin: behind a position that the reader has, at the oldest result that is left, or with what is stored from now on. */
export type FeedStart = number | 'OLDEST' | 'NOW';

export interface Feed {
  /**
   * Every result of the workspace behind the start that passes the filter, once, in the order of their commits, as batches. A reader is a
   * cursor: nothing queues up for it. Catching up is told even with an empty batch, so that a reader has a cursor to come
   * back with. Ends when the filter's watchlist is gone.
   */
  follow(
    workspaceId: string,
    filter: FeedFilter,
    start: FeedStart,
    signal?: AbortSignal,
  ): AsyncGenerator<FeedBatch, void, void>;
}

/** Results per message: with all their details about 0.5 MB. */
const PAGE = 100;
/** A reader whose filter lets nothing pass is told its new cursor after so many results, so that it need not read them again. */
const TELL_EVERY = 1_000;

interface Page {
  readonly head: number;
  readonly results: readonly { readonly position: number; readonly analysis: Analysis | undefined }[];
}

/** Readers at the same cursor share a page whatever their filters, all readers of one wake-up share two statements. */
export function createFeed(deps: {
  readonly hub: Hub;
  readonly db: Db;
  /** Tickers of each list; a list that is gone is not answered. */
  readonly listTickersOfLists: (ids: readonly string[]) => Promise<ReadonlyMap<string, ReadonlySet<string>>>;
}): Feed {
  const { hub, db, listTickersOfLists } = deps;
  const readPage = shareReads<FeedCursor, Page>(feedKey, (cursors) => loadPages(db, cursors));
  const readList = shareReads<string, ReadonlySet<string>>((id) => id, listTickersOfLists);

  return {
    async *follow(workspaceId, filter, start, signal) {
      const watch = hub.watch('feed', workspaceId, signal);
      let cursor = start === 'NOW' ? null : start === 'OLDEST' ? 0 : start;
      let told: number | null = null;
      let behind = true;
      let forgiving = start === 'OLDEST';
      try {
        while (signal?.aborted !== true) {
          const page = await readPage({ workspaceId, after: cursor });
          if (page === undefined) return;
          const { watchlistId } = filter;
          const asksList = watchlistId !== undefined && page.results.length > 0;
          const listed = asksList ? await readList(watchlistId) : undefined;
          if (asksList && listed === undefined) return;
          const after = cursor ?? page.head;
          const batch = toBatch(page, after, filter, listed);
          cursor = batch.position;
          told ??= after;
          const gap = batch.gap && !forgiving;
          forgiving &&= cursor === 0;
          if (batch.analyses.length > 0 || gap || (behind && batch.caughtUp) || cursor - told >= TELL_EVERY) {
            told = cursor;
            behind = !batch.caughtUp;
            yield { ...batch, gap };
          }
          if (batch.caughtUp && !(await watch.changed())) return;
        }
      } finally {
        watch.close();
      }
    },
  };
}

async function loadPages(db: Db, cursors: readonly FeedCursor[]): Promise<Map<string, Page>> {
  const pages = await listFeedPages(db, cursors, PAGE);
  const ids = new Set(
    [...pages.values()].flatMap(({ results }) => results.map((result) => result.analysisId)),
  );
  const rows = ids.size === 0 ? [] : await listAnalysesByIds(db, [...ids]);
  const analyses = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    [...pages].map(([key, { head, results }]) => [
      key,
      {
        head,
        results: results.map(({ position, analysisId }) => ({
          position,
          analysis: analyses.get(analysisId),
        })),
      },
    ]),
  );
}

/** Positions are dense, so each one that is missing was removed. A head before the cursor is a database that lost its end. */
function toBatch(
  { head, results }: Page,
  after: number,
  filter: FeedFilter,
  listed: ReadonlySet<string> | undefined,
): FeedBatch {
  const position = results.at(-1)?.position ?? head;
  const present = results.flatMap(({ analysis }) => analysis ?? []);
  return {
    analyses: present.filter((analysis) => passes(analysis, filter, listed)),
    position,
    caughtUp: position >= head,
    gap: present.length !== position - after,
  };
}
