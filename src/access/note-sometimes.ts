/**
 * Calls `write` at once, and again at most every `intervalMs`, with the number of calls since it was called last: what clients cause must not fill the
 * log.
 */
export function noteSometimes(
  write: (times: number) => void,
  intervalMs: number,
  now: () => number = () => performance.now(),
): () => void {
  let times = 0;
  let nextAt = Number.NEGATIVE_INFINITY;
  return () => {
    times += 1;
    if (now() < nextAt) return;
    nextAt = now() + intervalMs;
    write(times);
    times = 0;
  };
}
