/** Turns of the event loop for work that many wait for at once. */
export interface Turns {
  /**
   * Does the work now when there is room for it in this turn of the event loop and nobody waits; otherwise in a later turn, where owners that wait are
   * served in turns, and the work of one owner in its order. The weight is the share of a turn that the work takes besides its time. Returns the
   * result of the work, as a promise when the work runs in a later turn. An error of the work is thrown or rejects that promise.
   */
  run<Result>(owner: string, weight: number, work: () => Result): Result | Promise<Awaited<Result>>;
}

/** A slice of work holds the event loop for so many milliseconds, and for the last piece of it. */
const SLICE_MS = 3;
/** Work of this weight fits into one slice. What a piece begins may end later, together with all that was begun in one slice. */
export const SLICE_WEIGHT = 256;

/**
 * Divides work into slices of time, between which everything else runs, such as requests of others. Only time in `run` is counted; `now` answers
 * milliseconds.
 */
export function createTurns(now: () => number = () => performance.now()): Turns {
  /** In the order of their turns. Queues are read from `at` on: an array that loses its first entry copies the others. */
  const waiting = new Map<string, { readonly starts: (() => void)[]; at: number }>();
  let spentMs = 0;
  let weight = 0;
  let isPlanned = false;

  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      spentMs = 0;
      weight = 0;
      startNext();
    });
  }

  const hasRoom = () => spentMs < SLICE_MS && weight < SLICE_WEIGHT;

  function startNext(): void {
    for (const [owner, queue] of waiting) {
      if (!hasRoom()) break;
      const start = queue.starts[queue.at];
      queue.at += 1;
      // The owner's next turn comes after those of the others; this loop comes to an entry that was set again.
      waiting.delete(owner);
      if (queue.at < queue.starts.length) waiting.set(owner, queue);
      start?.();
    }
    if (waiting.size > 0) plan();
  }

  function measured<Result>(own: number, work: () => Result): Result {
    const began = now();
    weight += own;
    plan();
    try {
      return work();
    } finally {
      spentMs += now() - began;
    }
  }

  return {
    run<Result>(owner: string, own: number, work: () => Result) {
      if (waiting.size === 0 && hasRoom()) return measured(own, work);
      return new Promise<Awaited<Result>>((resolve, reject) => {
        const start = () => {
          try {
            resolve(measured(own, work) as Awaited<Result>);
          } catch (error) {
            reject(error);
          }
        };
        const queue = waiting.get(owner);
        if (queue === undefined) waiting.set(owner, { starts: [start], at: 0 });
        else queue.starts.push(start);
        plan();
      });
    },
  };
}
