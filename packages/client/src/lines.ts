import { createLine, type Line, type LineOptions } from './line.ts';

/**
 * LIVE: followers that keep up. BULK: followers that read long logs, which end and begin their subscription again and again: on sockets
 * of their own they fill no buffer of the others and use up none of their messages.
 */
export type Traffic = 'LIVE' | 'BULK';

export interface Lines {
  /** The line that is there from the beginning. */
  readonly first: Line;
  /**
   * A line with room for another operation: a new one when all are full, one of the other traffic when there may be no new one. Null when
   * no line has room.
   */
  take(traffic: Traffic): Line | null;
  /** Why `take` returns null, and what to do. */
  readonly fullness: string;
  /**
   * The server rejected an operation because the socket has too many. Returns false when the operation was alone there, so that another
   * socket would not help.
   */
  overfull(line: Line): boolean;
  /** Counts a follower until the returned function is called. A follower may use several lines, one after the other. */
  join(): () => void;
  /** Every line. */
  all(): readonly Line[];
  close(): Promise<void>;
}

export interface LinesOptions {
  readonly operationsPerSocket: number;
  readonly maxSockets: number;
  /** Called before the first follower takes its line. */
  readonly onFirstUse: () => void;
}

/** The sockets of one client: as few as the server's limit of operations per socket allows, and no more than `maxSockets`. */
export function createLines(
  options: LineOptions,
  { operationsPerSocket, maxSockets, onFirstUse }: LinesOptions,
): Lines {
  let used = false;
  let followers = 0;
  const first = createLine(options);
  const lines: Record<Traffic, Line[]> = { LIVE: [first], BULK: [] };
  let limit = operationsPerSocket;
  const all = () => [...lines.LIVE, ...lines.BULK];
  const hasRoom = ({ operations }: Line) => operations < limit;
  return {
    first,
    join() {
      followers += 1;
      return () => {
        followers -= 1;
        if (followers === 0) for (const line of all()) line.abandon();
      };
    },
    all,
    take(traffic) {
      if (!used) onFirstUse();
      used = true;
      const free = lines[traffic].find(hasRoom);
      if (free !== undefined) return free;
      if (all().length >= maxSockets) return all().find(hasRoom) ?? null;
      const added = createLine(options);
      lines[traffic].push(added);
      return added;
    },
    get fullness() {
      const followers = all().reduce((sum, { operations }) => sum + operations, 0);
      return `All ${all().length} sockets of this client are full: end some of its ${followers} followers, or raise maxSockets.`;
    },
    overfull({ operations }) {
      if (operations <= 1) return false;
      limit = Math.min(limit, operations - 1);
      return true;
    },
    async close() {
      await Promise.all(all().map((line) => line.close()));
    },
  };
}
