/** Capacity for work of different weight that competes for one resource. */
export interface Capacity {
  /**
   * Runs the work when there is room for it. Owners that wait are served in turns, and the work of one owner in its order. Rejects with the reason
   * of the signal when it aborts before the work begins.
   */
  run<Result>(
    owner: string,
    weight: number,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result>;
  /** So much work of the owner waits that no more should be added. */
  isFull(owner: string): boolean;
}

interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

/**
 * Work of one owner that runs at a time weighs at most `perOwner` together, and that of all owners at most `total`. Work that weighs more runs alone. At most
 * `waiting` pieces of work of an owner should wait.
 */
export function createCapacity(limits: {
  readonly perOwner: number;
  readonly total: number;
  readonly waiting: number;
}): Capacity {
  /** In the order of their turns. */
  const queues = new Map<string, Set<Waiting>>();
  const running = new Map<string, number>();
  let all = 0;

  const fits = (used: number, weight: number, limit: number) => used === 0 || used + weight <= limit;

  function add(owner: string, weight: number): void {
    all += weight;
    const rest = (running.get(owner) ?? 0) + weight;
    if (rest === 0) running.delete(owner);
    else running.set(owner, rest);
  }

  function startNext(): void {
    for (const [owner, queue] of queues) {
      const [first] = queue;
      if (first === undefined || !fits(running.get(owner) ?? 0, first.weight, limits.perOwner)) continue;
      // Others that weigh less must not pass it again and again.
      if (!fits(all, first.weight, limits.total)) return;
      leave(owner, queue, first);
      // The owner's next turn comes after those of the others; this loop comes to an entry that was set again.
      if (queues.delete(owner)) queues.set(owner, queue);
      add(owner, first.weight);
      first.start();
    }
  }

  function leave(owner: string, queue: Set<Waiting>, one: Waiting): void {
    queue.delete(one);
    if (queue.size === 0) queues.delete(owner);
  }

  function wait(owner: string, weight: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = queues.get(owner) ?? new Set();
      const abort = () => {
        leave(owner, queue, one);
        reject(signal.reason);
        startNext();
      };
      const one: Waiting = {
        weight,
        start() {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal.addEventListener('abort', abort, { once: true });
      queue.add(one);
      queues.set(owner, queue);
      startNext();
    });
  }

  return {
    async run(owner, weight, signal, work) {
      signal.throwIfAborted();
      await wait(owner, weight, signal);
      try {
        return await work();
      } finally {
        add(owner, -weight);
        startNext();
      }
    },
    isFull: (owner) => (queues.get(owner)?.size ?? 0) >= limits.waiting,
  };
}
