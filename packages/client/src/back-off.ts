const BASE_MS = 500;
const CEILING_MS = 30_000;
const OVERLOADED = 1013;
const OVERLOADED_BASE_MS = 4_000;

/**
 * Time before the next try. Full jitter: clients that lost the same server come back spread over the whole span, not together. A server
 * that says "try again later" (1013) is given longer from the start.
 */
export function backOffMs(
  failures: number,
  closeCode: number | null,
  random: () => number = Math.random,
): number {
  const base = closeCode === OVERLOADED ? OVERLOADED_BASE_MS : BASE_MS;
  return random() * Math.min(CEILING_MS, base * 2 ** Math.min(failures, 10));
}

/** Resolves after the time or at the abort, whichever is first. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
