export interface Throughput {
  count(items: number): void;
  /** Items of the last minute. */
  perMinute(): number;
}

const SECONDS = 60;

/** Counts over a sliding minute in buckets of a second. `nowMs` is monotonic. */
export function createThroughput(nowMs: () => number): Throughput {
  const buckets = new Array<number>(SECONDS).fill(0);
  let newest = Math.floor(nowMs() / 1_000);

  function moveOn(): void {
    const second = Math.floor(nowMs() / 1_000);
    for (let empty = Math.max(newest + 1, second - SECONDS + 1); empty <= second; empty += 1)
      buckets[empty % SECONDS] = 0;
    newest = second;
  }

  return {
    count(items) {
      moveOn();
      buckets[newest % SECONDS] = (buckets[newest % SECONDS] ?? 0) + items;
    },
    perMinute() {
      moveOn();
      return buckets.reduce((sum, bucket) => sum + bucket, 0);
    },
  };
}
