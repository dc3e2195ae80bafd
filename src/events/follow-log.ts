import type { Db } from '../db/client.ts';
import { type Owned, ownedKey } from '../db/owned.ts';
import type { NextStep, Position, Source, Step } from '../execution/source.ts';
import {
  cursorKey,
  type LogCursor,
  type LogPage,
  listEventPages,
  type StoredEvent,
} from './event-log.store.ts';
import type { Hub } from './hub.ts';
import { readInTurns } from './read-in-turns.ts';
import { createRecentEvents, type RecentEvents } from './recent-events.ts';
import { shareReads } from './share-reads.ts';
import { createTails, type Tail } from './tails.ts';

export interface LogBatch {
  readonly events: readonly StoredEvent[];
  /** Seq of the last event: pass it as `after` to continue here. */
  readonly cursor: number;
  /** The end of the log was reached; what follows is live. */
  readonly caughtUp: boolean;
  /** Retention has removed events between the cursor asked for and the first one here, or that cursor is one that the log has not reached. */
  readonly gap: boolean;
}

export interface JobLogs {
  /**
   * Every event of a job behind a cursor, once, in order, as batches; its last step is the one with the job's last event. One tail per job
   * serves all its subscribers: one near the end reads from memory, one far behind from the table. `lastSeq`: seq of the newest event that the
   * subscriber knows of; without it the first batch may end before that.
   */
  source(job: Owned & { readonly lastSeq?: number }): Source<LogBatch>;
  /** The page behind `after` as it is now. */
  read(job: Owned, after: number): Promise<LogBatch>;
}

/** A batch ends at a multiple of it: subscribers that stand at different places stand at the same one after one batch. */
const PAGE = 200;
/** Kept in memory per job that is followed. */
const RECENT = { events: 256, bytes: 65_536 } as const;

/** Pages of who is far behind that one statement reads. */
const PAGES_AT_ONCE = 4;

type Read = (cursor: LogCursor) => Promise<LogPage | undefined>;

interface Reads {
  /** With all others of this turn. */
  readonly now: Read;
  /** When it is its turn: for who is more than a page behind. */
  readonly inTurn: Read;
}

export function createJobLogs(deps: { readonly hub: Hub; readonly db: Db }): JobLogs {
  const { hub, db } = deps;
  const load = (cursors: readonly LogCursor[]) => listEventPages(db, cursors);
  const reads: Reads = {
    now: shareReads<LogCursor, LogPage>(cursorKey, load),
    inTurn: readInTurns<LogCursor, LogPage>(cursorKey, load, PAGES_AT_ONCE),
  };
  const tails = createTails(hub, 'job', (job) => createTail(job, reads));

  return {
    source(job) {
      // Who subscribes has just read the job: what others know of its log must not be older.
      tails.of(job).reached(job.lastSeq ?? 0);
      return {
        key: `log:${ownedKey(job)}`,
        next: (position) => (hub.closed ? null : tails.of(job).next(position)),
        onChange: (listener) => tails.onChange(job, listener),
      };
    },
    async read({ workspaceId, id: jobId }, after) {
      const page = await reads.now({ workspaceId, jobId, after, limit: PAGE });
      return toBatch(page?.events ?? [], after, page?.lastSeq ?? after);
    },
  };
}

interface LogTail extends Tail {
  /** The log is known to have an event of this seq. */
  reached(seq: number): void;
  next(position: Position): NextStep<LogBatch> | Promise<NextStep<LogBatch>>;
}

/** What this process knows of one log. It reads when a subscriber asks for what it does not know. */
function createTail({ workspaceId, id: jobId }: Owned, reads: Reads): LogTail {
  let recent: RecentEvents | null = null;
  let lastSeq = 0;
  let ended = false;
  /** How often a change was announced, and how many of these the newest read has seen. */
  let announced = 0;
  let seen = -1;

  function toStep(events: readonly StoredEvent[], after: number, end = lastSeq): Step<LogBatch> {
    const value = toBatch(events, after, end);
    const last = ended && value.caughtUp;
    const flags = `${value.caughtUp ? 'c' : ''}${value.gap ? 'g' : ''}`;
    return { value, cursor: value.cursor, last, key: `${after}-${value.cursor}${flags}` };
  }

  async function load(after: number, told: boolean): Promise<NextStep<LogBatch>> {
    const began = announced;
    const read = lastSeq - after > PAGE ? reads.inTurn : reads.now;
    const page = await read({ workspaceId, jobId, after, limit: PAGE - (after % PAGE) });
    if (page === undefined) return null;
    seen = Math.max(seen, began);
    lastSeq = Math.max(lastSeq, page.lastSeq);
    ended ||= page.ended;
    if (after <= page.lastSeq) {
      recent ??= createRecentEvents(after, RECENT);
      recent.append(after, page.events);
    }
    if (page.events.length > 0) return toStep(page.events, after);
    // Retention has removed all that was asked for, or the cursor is not one of this log: go on at the end.
    if (page.lastSeq !== after) return toStep([], after, page.lastSeq);
    return atEnd(after, told);
  }

  function atEnd(after: number, told: boolean): NextStep<LogBatch> {
    if (!told) return toStep([], after, after);
    return ended ? null : undefined;
  }

  return {
    changed: () => {
      announced += 1;
    },
    reached(seq) {
      lastSeq = Math.max(lastSeq, seq);
    },
    next({ cursor, told }) {
      const events = recent?.behind(cursor, PAGE - (cursor % PAGE)) ?? [];
      if (events.length > 0) return toStep(events, cursor);
      return seen < announced || cursor !== lastSeq ? load(cursor, told) : atEnd(cursor, told);
    },
  };
}

function toBatch(events: readonly StoredEvent[], after: number, lastSeq: number): LogBatch {
  const [first] = events;
  const gap = first === undefined ? lastSeq !== after : first.seq > after + 1;
  const cursor = events.at(-1)?.seq ?? lastSeq;
  return { events, cursor, caughtUp: cursor >= lastSeq, gap };
}
