const WINDOW_MS = 10_000;

/**
 * Counts the messages of one socket: `limit` per 10 s, and the first one, connection_init, is free. A `complete` is free as often as there was a
 * `subscribe`: a client must always be able to end what it has begun. Returns whether the message is within the limit.
 */
export function createMessageGate(limit: number): (type: unknown) => boolean {
  let windowFrom = performance.now();
  let count = -1;
  let free = 0;
  return (type) => {
    if (type === 'subscribe') free += 1;
    else if (type === 'complete' && free > 0) {
      free -= 1;
      return true;
    }
    const now = performance.now();
    if (now - windowFrom >= WINDOW_MS) {
      windowFrom = now;
      count = 0;
    }
    count += 1;
    return count <= limit;
  };
}
