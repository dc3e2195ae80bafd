/** Memory that is held for owners: each has its share, and all together have a limit. */
export interface ByteBudget {
  /** Little room is left: work whose result must be held for the owner should not begin. */
  isFull(owner: string): boolean;
  /** Counts bytes of the owner; returns how to stop counting them. Null: there is no room for them. */
  take(owner: string, bytes: number): (() => void) | null;
  /** Counts bytes that are held already, whether there is room for them or not. */
  add(owner: string, bytes: number): () => void;
  /** Calls back once, when `isFull` has become false. */
  whenRoom(owner: string, listener: () => void): void;
}

/**
 * Counts the bytes of a response, until it is closed, in what waits for clients that do not read. `mustBeSent`: also without room, because the client
 * must learn what was done. Returns why the response is not to be sent; null: it is.
 */
export type HoldResponse = (bytes: number, mustBeSent: boolean) => string | null;

const FULL = 0.75;

/** `perOwner` and `total` in bytes. */
export function createByteBudget({
  perOwner,
  total,
}: {
  readonly perOwner: number;
  readonly total: number;
}): ByteBudget {
  const held = new Map<string, number>();
  let all = 0;
  const of = (owner: string) => held.get(owner) ?? 0;
  const waiting = new Map<() => void, string>();
  const isFull = (owner: string) => all > FULL * total || of(owner) > FULL * perOwner;

  function wake(): void {
    for (const [listener, owner] of [...waiting]) {
      if (isFull(owner)) continue;
      waiting.delete(listener);
      listener();
    }
  }

  function add(owner: string, bytes: number): () => void {
    all += bytes;
    held.set(owner, of(owner) + bytes);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      all -= bytes;
      const rest = of(owner) - bytes;
      if (rest > 0) held.set(owner, rest);
      else held.delete(owner);
      wake();
    };
  }

  return {
    isFull,
    add,
    take: (owner, bytes) => (all + bytes > total || of(owner) + bytes > perOwner ? null : add(owner, bytes)),
    whenRoom: (owner, listener) => void waiting.set(listener, owner),
  };
}
