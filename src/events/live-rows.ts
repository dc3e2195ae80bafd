import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Owned, ownedKey } from '../db/owned.ts';
import type { NextStep, Position, Source } from '../execution/source.ts';
import type { Hub, Topic } from './hub.ts';
import { shareReads } from './share-reads.ts';
import { createTails, type Tail } from './tails.ts';

export interface LiveRows<Row> {
  /**
   * The row as it is now, then as it is after every change, coalesced for a slow reader. Its cursor is a version of this process: begin at
   * 0. Ends with a final row, or when the row is gone.
   */
  source(what: Owned): Source<Row>;
  /** A workspace’s row as it is now, which whoever wants to follow it shows first; all of a workspace that ask in one turn share a statement. */
  read(what: Owned): Promise<Row | undefined>;
}

/** A display shows no more than 60 states a second, so a row that changes faster is not read more often. */
const MIN_GAP_MS = 16;

/** Distinguishes the versions of a row that is followed anew from those of before. */
let serials = 0;

/** A subscription to a row is a live read: all its readers in this process share one statement per change. */
export function createLiveRows<Row extends Owned>(deps: {
  readonly hub: Hub;
  readonly topic: Topic;
  /** Rows that are followed, of any workspace; one that is not the workspace’s is not answered. */
  readonly load: (asked: readonly Owned[]) => Promise<readonly Row[]>;
  /** Rows of a workspace. */
  readonly find: (workspaceId: string, ids: readonly string[]) => Promise<readonly Row[]>;
  readonly isFinal?: (row: Row) => boolean;
}): LiveRows<Row> {
  const { hub, topic, load, find, isFinal = () => false } = deps;
  const byKey = (rows: readonly Row[]) => new Map(rows.map((row) => [ownedKey(row), row]));
  const read = shareReads<Owned, Row>(ownedKey, async (asked) => byKey(await load(asked)));
  const readOwn = shareReads<Owned, Row>(ownedKey, async (asked) => {
    const workspaces = Map.groupBy(asked, ({ workspaceId }) => workspaceId);
    const reads = [...workspaces].map(([workspaceId, own]) =>
      find(
        workspaceId,
        own.map(({ id }) => id),
      ),
    );
    return byKey((await Promise.all(reads)).flat());
  });
  const tails = createTails(hub, topic, (what) => createTail(() => read(what), isFinal));

  return {
    read: readOwn,
    source: (what) => ({
      key: `${topic}:${ownedKey(what)}`,
      next: (position) => (hub.closed ? null : tails.of(what).next(position)),
      onChange: (listener) => tails.onChange(what, listener),
    }),
  };
}

interface RowTail<Row> extends Tail {
  next(position: Position): NextStep<Row> | Promise<NextStep<Row>>;
}

function createTail<Row>(read: () => Promise<Row | undefined>, isFinal: (row: Row) => boolean): RowTail<Row> {
  serials += 1;
  const serial = serials;
  let newest: { readonly row: Row; readonly version: number } | null = null;
  /** How often a change was announced, how many of these the newest read has seen, and the newest that must be told though the row is equal. */
  let announced = 0;
  let seen = -1;
  let nudgedAt = -1;
  let readAt = Number.NEGATIVE_INFINITY;
  /** Reads that were begun, and the newest of those that have ended. */
  let reads = 0;
  let newestRead = 0;

  async function refresh(): Promise<boolean> {
    const pause = readAt + MIN_GAP_MS - performance.now();
    if (pause > 0) await delay(pause);
    const began = announced;
    readAt = performance.now();
    reads += 1;
    const mine = reads;
    const row = await read();
    if (row === undefined) return false;
    // Of reads that overlap, the one that began last is the newest, also when no change was announced between them.
    if (mine < newestRead) return true;
    newestRead = mine;
    const isNew = newest === null || nudgedAt > seen || !isDeepStrictEqual(row, newest.row);
    if (isNew) newest = { row, version: (newest?.version ?? 0) + 1 };
    seen = began;
    return true;
  }

  function behind(cursor: number): NextStep<Row> {
    if (newest === null || newest.version <= cursor) return undefined;
    const { row, version } = newest;
    return { value: row, key: `${serial}.${version}`, cursor: version, last: isFinal(row) };
  }

  return {
    changed(nudged) {
      announced += 1;
      if (nudged) nudgedAt = announced;
    },
    // Who begins reads, whatever is known: it may have written a moment ago, and that hint may still be under way.
    next: ({ cursor, told }) =>
      told && seen >= announced ? behind(cursor) : refresh().then((there) => (there ? behind(cursor) : null)),
  };
}
