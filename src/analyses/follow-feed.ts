import type { Db } from '../db/client.ts';
import { type Owned, ownedKey } from '../db/owned.ts';
import { type Head, listHeads } from '../events/heads.store.ts';
import type { Hub } from '../events/hub.ts';
import { shareReads } from '../events/share-reads.ts';
import { createTails, type Tail } from '../events/tails.ts';
import type { NextStep, Position, Source } from '../execution/source.ts';
import { listFedAnalyses } from './analysis.store.ts';
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
   * Every result of the workspace behind the start that passes the filter, once, in the order of their commits, as batches. Catching up is
   * told even with an empty batch, so that a reader has a cursor to come back with. Ends when the filter's watchlist is gone. A batch has at most
   * `most` results.
   */
  source(workspaceId: string, filter: FeedFilter, most?: number): Source<FeedBatch>;
}

const NOW = -1;
const OLDEST = -2;

/** The start as the cursor of a source. */
export function feedCursor(start: FeedStart): number {
  return start === 'NOW' ? NOW : start === 'OLDEST' ? OLDEST : start;
}

/** Results that are read at once, and that a message has at most. */
const PAGE = 100;
/** So many results of a message are in the cost of a subscription. */
export const CHARGED_RESULTS = 20;
/** What the results of one message may cost: a message holds the event loop for some milliseconds, and has about a megabyte. */
const MESSAGE_POINTS = 1_000;

/** Results that a message may have when the subscription costs so many points. */
export function resultsFor(cost: number): number {
  return Math.max(1, Math.min(PAGE, Math.floor((MESSAGE_POINTS * CHARGED_RESULTS) / Math.max(cost, 1))));
}

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
  /** Tickers of each list, by `ownedKey`; a list that is gone, or of another workspace, is not answered. */
  readonly listTickersOfLists: (lists: readonly Owned[]) => Promise<ReadonlyMap<string, ReadonlySet<string>>>;
}): Feed {
  const { hub, db, listTickersOfLists } = deps;
  const readPage = shareReads<FeedCursor, Page>(feedKey, (cursors) => loadPages(db, cursors));
  const readList = shareReads<Owned, ReadonlySet<string>>(ownedKey, listTickersOfLists);

  const readHead = shareReads<string, Head>(
    (id) => id,
    (ids) => listHeads(db, 'watchlist', ids),
  );

  const tails = createTails(hub, 'feed', createTail);
  const lists = createTails(hub, 'watchlist', createListTail);

  /** Ends the feed when the list is gone, also while there are no results: asks when something about the list has changed. */
  async function checkList(list: Owned): Promise<null | undefined> {
    const tail = lists.of(list);
    const began = tail.announced();
    if ((await readHead(list.id)) === undefined) return null;
    tail.note(began);
    return undefined;
  }

  async function load(
    workspaceId: string,
    filter: FeedFilter,
    most: number,
    position: Position,
  ): Promise<NextStep<FeedBatch>> {
    const { cursor } = position;
    const tail = tails.of(feedOf(workspaceId));
    const began = tail.announced();
    const page = await readPage({ workspaceId, after: cursor === NOW ? null : Math.max(cursor, 0) });
    if (page === undefined) return null;
    tail.note(began, page.head);
    const { watchlistId } = filter;
    const asksList = watchlistId !== undefined && page.results.length > 0;
    const listed = asksList ? await readList({ workspaceId, id: watchlistId }) : undefined;
    if (asksList && listed === undefined) return null;
    const after = cursor === NOW ? page.head : Math.max(cursor, 0);
    const batch = toBatch(page, after, { filter, listed, most });
    // The oldest that is left is what was asked for: that there was more before is no gap.
    const gap = batch.gap && cursor !== OLDEST;
    const { toldAt, wasBehind } = readNote(position, after);
    const tell =
      batch.analyses.length > 0 ||
      gap ||
      (wasBehind && batch.caughtUp) ||
      batch.position - toldAt >= TELL_EVERY;
    if (!tell && batch.position === after) return undefined;
    const key = `${after}-${batch.position}${batch.caughtUp ? 'c' : ''}${gap ? 'g' : ''}`;
    const note = tell ? toNote(batch.position, !batch.caughtUp) : toNote(toldAt, wasBehind);
    // In an empty feed the oldest is still to come.
    const stands = cursor === OLDEST && batch.position === 0 ? OLDEST : batch.position;
    const content = batch.analyses.length / CHARGED_RESULTS;
    return { value: { ...batch, gap }, key, cursor: stands, last: false, note, content, silent: !tell };
  }

  return {
    source(workspaceId, filter, most = PAGE) {
      const list = filter.watchlistId === undefined ? null : { workspaceId, id: filter.watchlistId };
      return {
        key: `feed:${workspaceId}`,
        next(position) {
          if (hub.closed) return null;
          const nothingNew = position.told && tails.of(feedOf(workspaceId)).isEnd(position.cursor);
          if (!nothingNew) return load(workspaceId, filter, most, position);
          return list === null || lists.of(list).isChecked() ? undefined : checkList(list);
        },
        onChange(listener) {
          const stopFeed = tails.onChange(feedOf(workspaceId), listener);
          const stopList = list === null ? undefined : lists.onChange(list, listener);
          return () => {
            stopFeed();
            stopList?.();
          };
        },
      };
    },
  };
}

/** A workspace has one feed. */
const feedOf = (workspaceId: string): Owned => ({ workspaceId, id: workspaceId });

interface FeedTail extends Tail {
  /** How often a change was announced. */
  announced(): number;
  /** A read that began after so many announcements saw this head. */
  note(announced: number, head: number): void;
  /** Nothing is known to be behind this position. */
  isEnd(position: number): boolean;
}

function createTail(): FeedTail {
  let announced = 0;
  let seen = -1;
  let head = 0;
  return {
    changed: () => {
      announced += 1;
    },
    announced: () => announced,
    note(began, at) {
      if (began < seen) return;
      // Reads that overlap may end in another order than they began.
      head = began === seen ? Math.max(head, at) : at;
      seen = began;
    },
    isEnd: (position) => seen >= announced && position === head,
  };
}

interface ListTail extends Tail {
  /** How often a change was announced. */
  announced(): number;
  /** A read that began after so many announcements found the list. */
  note(announced: number): void;
  /** The list was found after the last change of it. */
  isChecked(): boolean;
}

function createListTail(): ListTail {
  let announced = 0;
  let seen = -1;
  return {
    changed: () => {
      announced += 1;
    },
    announced: () => announced,
    note(began) {
      seen = Math.max(seen, began);
    },
    isChecked: () => seen >= announced,
  };
}

/** What a reader was told last, and whether that left it behind the end. */
function toNote(toldAt: number, wasBehind: boolean): string {
  return `${toldAt} ${wasBehind ? 'behind' : ''}`;
}

function readNote({ note }: Position, after: number): { toldAt: number; wasBehind: boolean } {
  if (note === '') return { toldAt: after, wasBehind: true };
  const [toldAt, state] = note.split(' ');
  return { toldAt: Number(toldAt), wasBehind: state === 'behind' };
}

async function loadPages(db: Db, cursors: readonly FeedCursor[]): Promise<Map<string, Page>> {
  const pages = await listFeedPages(db, cursors, PAGE);
  const ids = new Set(
    [...pages.values()].flatMap(({ results }) => results.map((result) => result.analysisId)),
  );
  const workspaceIds = [...new Set(cursors.map(({ workspaceId }) => workspaceId))];
  const rows = ids.size === 0 ? [] : await listFedAnalyses(db, workspaceIds, [...ids]);
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
  wanted: {
    readonly filter: FeedFilter;
    readonly listed: ReadonlySet<string> | undefined;
    readonly most: number;
  },
): FeedBatch {
  const { filter, listed, most } = wanted;
  const analyses: Analysis[] = [];
  let position = head;
  let present = 0;
  for (const result of results) {
    if (analyses.length === most) break;
    position = result.position;
    if (result.analysis === undefined) continue;
    present += 1;
    if (passes(result.analysis, filter, listed)) analyses.push(result.analysis);
  }
  return { analyses, position, caughtUp: position >= head, gap: present !== position - after };
}
