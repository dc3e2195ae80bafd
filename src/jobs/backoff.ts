const BASE_MS = 500;
const CAP_MS = 30_000;
/** A source that asks for more is asked again after this. */
const RETRY_AFTER_CAP_MS = 60_000;

/**
 * Pause before the next try, milliseconds: exponential with full jitter, so that items that failed together do not come
 * back together; never shorter than the source asked for. `failures` counts the attempts that failed before this one.
 * Source of the formula: M. Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export function backOffMs(failures: number, retryAfterMs: number | null, random: () => number): number {
  const jittered = random() * Math.min(CAP_MS, BASE_MS * 2 ** failures);
  return Math.round(Math.max(jittered, Math.min(retryAfterMs ?? 0, RETRY_AFTER_CAP_MS)));
}
