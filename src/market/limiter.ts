import { setTimeout as delay } from 'node:timers/promises';

export interface Limiter {
  /** Runs the work when its turn has come. Rejects with the signal's reason while it waits. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** Nothing starts before so many milliseconds have passed: the service asked for a pause. */
  pause(ms: number): void;
}

/**
 * At most `concurrent` pieces of work at once, their starts at least `gapMs` apart, first come first served. One per process
 * and service: two workers ask twice as often.
 */
export function createLimiter({ concurrent, gapMs }: { concurrent: number; gapMs: number }): Limiter {
  let running = 0;
  let notBefore = 0;
  let queue: Promise<unknown> = Promise.resolve();
  let freed = Promise.withResolvers<void>();

  /** Waits for a place and for the time; only the head of the queue is in here. */
  async function takeTurn(signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const wait = notBefore - performance.now();
      if (wait > 0) await delay(wait, undefined, { signal }).catch(() => signal.throwIfAborted());
      else if (running >= concurrent) await settledOrAborted(freed.promise, signal);
      else break;
    }
    running += 1;
    notBefore = performance.now() + gapMs;
  }

  return {
    async run(signal, work) {
      const turn = queue.then(() => takeTurn(signal));
      queue = turn.catch(() => undefined);
      await turn;
      try {
        const done = work();
        // From when it really began: a moment passes after its turn.
        notBefore = Math.max(notBefore, performance.now() + gapMs);
        return await done;
      } finally {
        running -= 1;
        freed.resolve();
        freed = Promise.withResolvers();
      }
    },
    pause(ms) {
      notBefore = Math.max(notBefore, performance.now() + ms);
    },
  };
}

function settledOrAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void work.then(done);
  });
}
