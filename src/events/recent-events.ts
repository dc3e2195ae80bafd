import type { StoredEvent } from './event-log.store.ts';

export interface RecentEvents {
  /** Seq before the oldest event that is kept. */
  readonly base: number;
  /** Seq of the newest one. */
  readonly head: number;
  /** Adds a page that was read behind `after`. What would leave a hole begins anew there: the newest events are the ones to keep. */
  append(after: number, page: readonly StoredEvent[]): void;
  /** Up to `limit` events behind `after`; null when they are no longer, or not yet, kept. */
  behind(after: number, limit: number): readonly StoredEvent[] | null;
}

/** What an event takes beside its payload: its object, its date, its strings. */
const EVENT_BYTES = 200;

/** The newest events of one log, without holes, bounded in number and bytes. What is behind them is in the table. */
export function createRecentEvents(
  base: number,
  limits: { readonly events: number; readonly bytes: number },
): RecentEvents {
  let start = base;
  let head = base;
  let bytes = 0;
  let kept: { readonly event: StoredEvent; readonly bytes: number }[] = [];

  function beginAnew(at: number): void {
    kept = [];
    bytes = 0;
    start = at;
    head = at;
  }

  function trim(): void {
    let drop = Math.max(kept.length - limits.events, 0);
    for (const entry of kept.slice(0, drop)) bytes -= entry.bytes;
    for (; bytes > limits.bytes && drop < kept.length; drop += 1) bytes -= kept[drop]?.bytes ?? 0;
    if (drop === 0) return;
    start = kept[drop - 1]?.event.seq ?? start;
    kept = kept.slice(drop);
  }

  return {
    get base() {
      return start;
    },
    get head() {
      return head;
    },
    append(after, page) {
      if (after > head) beginAnew(after);
      const fresh = page.filter((event) => event.seq > head);
      // Retention has removed events between.
      if (fresh[0] !== undefined && fresh[0].seq > head + 1) beginAnew(fresh[0].seq - 1);
      for (const event of fresh) {
        const size = EVENT_BYTES + (event.payload === null ? 0 : JSON.stringify(event.payload).length);
        kept.push({ event, bytes: size });
        bytes += size;
        head = event.seq;
      }
      trim();
    },
    behind(after, limit) {
      if (after < start || after > head) return null;
      const from = kept.length - (head - after);
      return kept.slice(from, from + limit).map(({ event }) => event);
    },
  };
}
