import type { Sample } from './history.ts';
import type { Violation } from './violation.ts';

/** After a fault: a lost ring's poll, a listener's reconnect and a rescue have happened by then. */
const SETTLE_MS = 3_000;
const QUEUED_LIMIT_MS = 2_000;
const ORPHAN_LIMIT_MS = 1_500;
/** A longer pause of the sampler itself proves nothing about what was between. */
const SAMPLE_GAP_MS = 1_000;

/**
 * In quiet moments no claimable item waits for more than 2 s while one and the same worker has room and claims nothing, and no item stays in
 * the hands of a worker that is gone.
 */
export function checkSamples(samples: readonly Sample[]): Violation[] {
  const violations: Violation[] = [];
  let since = new Map<string, number>();
  let lastAtMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, calmMs, claimable, idle, orphans } of samples) {
    const quiet = calmMs >= SETTLE_MS;
    if (atMs - lastAtMs > SAMPLE_GAP_MS) since = new Map();
    lastAtMs = atMs;
    const pairs = quiet
      ? idle.flatMap((worker) => claimable.map((item) => `${item} while ${worker} idles`))
      : [];
    since = new Map(pairs.map((pair) => [pair, since.get(pair) ?? atMs]));
    for (const [pair, from] of since) {
      if (atMs - from > QUEUED_LIMIT_MS)
        violations.push({
          rule: 'an item waited while a worker idled',
          detail: `${pair} for ${Math.round(atMs - from)} ms`,
        });
    }
    if (!quiet) continue;
    for (const { item, forMs } of orphans) {
      if (forMs > ORPHAN_LIMIT_MS)
        violations.push({
          rule: 'an item stayed with a worker that is gone',
          detail: `${item} for ${Math.round(forMs)} ms`,
        });
    }
  }
  return violations;
}
