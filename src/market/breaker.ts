export interface Breaker {
  /** Milliseconds until the service may be asked again; 0: ask now. After the pause one caller is let through to try. */
  admit(): number;
  /** What came of an admitted call. */
  report(worked: boolean): void;
}

/**
 * Circuit breaker: after `failures` failed calls in a row nobody asks for `openMs`, then one call tries; its success closes
 * the circuit, its failure opens it again. A service that is down is not asked by every item of a job.
 */
export function createBreaker(options: {
  readonly failures: number;
  readonly openMs: number;
  readonly now: () => number;
}): Breaker {
  const { failures, openMs, now } = options;
  let inARow = 0;
  let closedAgainAt = 0;
  return {
    admit() {
      if (inARow < failures) return 0;
      const left = closedAgainAt - now();
      if (left > 0) return left;
      // The one that tries: others are refused until it reports, or for another pause when it never does.
      closedAgainAt = now() + openMs;
      return 0;
    },
    report(worked) {
      inARow = worked ? 0 : inARow + 1;
      if (inARow >= failures) closedAgainAt = now() + openMs;
    },
  };
}
