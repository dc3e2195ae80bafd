/** A number of slots for work that competes for one resource. */
export interface Slots {
  /** Runs the work when a slot is free. Owners that wait get slots in turns. */
  run<Result>(owner: string, work: () => Promise<Result>): Promise<Result>;
}

/** An owner uses at most `perOwner` of the `total` slots, so that others find one free. */
export function createSlots({
  total = Number.POSITIVE_INFINITY,
  perOwner,
}: {
  readonly total?: number;
  readonly perOwner: number;
}): Slots {
  /** In the order of their turns. */
  const waiting = new Map<string, (() => void)[]>();
  const running = new Map<string, number>();
  let all = 0;

  const mayRun = (owner: string) => (running.get(owner) ?? 0) < perOwner;

  function startNext(): void {
    for (const [owner, starts] of waiting) {
      if (all >= total) return;
      if (!mayRun(owner)) continue;
      const start = starts.shift();
      // The owner's next turn comes after those of the others; this loop comes to an entry that was set again.
      waiting.delete(owner);
      if (starts.length > 0) waiting.set(owner, starts);
      all += 1;
      running.set(owner, (running.get(owner) ?? 0) + 1);
      start?.();
    }
  }

  function release(owner: string): void {
    all -= 1;
    const rest = (running.get(owner) ?? 1) - 1;
    if (rest > 0) running.set(owner, rest);
    else running.delete(owner);
    startNext();
  }

  return {
    async run(owner, work) {
      await new Promise<void>((resolve) => {
        const starts = waiting.get(owner);
        if (starts === undefined) waiting.set(owner, [resolve]);
        else starts.push(resolve);
        startNext();
      });
      try {
        return await work();
      } finally {
        release(owner);
      }
    },
  };
}
