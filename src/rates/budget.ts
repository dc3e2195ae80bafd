/** Memory that is held for owners: each has its share, and all together have a limit. */
export interface ByteBudget {
  /** Little room is left: work whose result must be held for the owner should not begin. */
  isFull(owner: string): boolean;
  /** Counts bytes of the owner; returns how to stop counting them. Null: there is no room for them. */
  take(owner: string, bytes: number): (() => void) | null;
}

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
  return {
    isFull: (owner) => all > FULL * total || of(owner) > FULL * perOwner,
    take(owner, bytes) {
      if (all + bytes > total || of(owner) + bytes > perOwner) return null;
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
      };
    },
  };
}
