/** Counts how many items were started of late. */
export interface Pace {
  count(): void;
  /** Started in the last span of time: in the one that runs or in the one before, whichever saw more. */
  recent(): number;
}

/** `now` is monotonic, ms. */
export function createPace(spanMs: number, now: () => number): Pace {
  let span = 0;
  let current = 0;
  let before = 0;
  const move = () => {
    const at = Math.floor(now() / spanMs);
    if (at === span) return;
    before = at === span + 1 ? current : 0;
    current = 0;
    span = at;
  };
  return {
    count() {
      move();
      current += 1;
    },
    recent() {
      move();
      return Math.max(current, before);
    },
  };
}
