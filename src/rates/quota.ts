/** What one owner may hold at a time: sockets and streams of an address, streams of a key. */
export interface Quota {
  isFull(owner: string): boolean;
  /** How many the owner holds. */
  held(owner: string): number;
  /** Counts one more of the owner; returns how to stop counting it. Null: the owner holds as many as it may. */
  take(owner: string): (() => void) | null;
}

export function createQuota(perOwner: number): Quota {
  const held = new Map<string, number>();
  const isFull = (owner: string) => (held.get(owner) ?? 0) >= perOwner;
  return {
    isFull,
    held: (owner) => held.get(owner) ?? 0,
    take(owner) {
      if (isFull(owner)) return null;
      held.set(owner, (held.get(owner) ?? 0) + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const rest = (held.get(owner) ?? 1) - 1;
        if (rest > 0) held.set(owner, rest);
        else held.delete(owner);
      };
    },
  };
}
