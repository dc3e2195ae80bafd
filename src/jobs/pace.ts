/** How long items take to compute, as a moving average over the last dozen or so. */
export interface Pace {
  /** One item has computed for so long, ms. */
  observe(tookMs: number): void;
  /** How many items `atOnce` places compute in `withinMs`; 0 before the first has. */
  reach(atOnce: number, withinMs: number): number;
}

/** Weight of the newest item: quick to notice that work has become slow, deaf to a single outlier. */
const WEIGHT = 0.1;
/** Nothing is quicker than this: it bounds the division. */
const MIN_MS = 0.01;

export function createPace(): Pace {
  let average: number | null = null;
  return {
    observe(tookMs) {
      average = average === null ? tookMs : average + WEIGHT * (tookMs - average);
    },
    reach: (atOnce, withinMs) =>
      average === null ? 0 : Math.floor((atOnce * withinMs) / Math.max(average, MIN_MS)),
  };
}
