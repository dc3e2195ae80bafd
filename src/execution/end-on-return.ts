/**
 * A reader that waits for a change cannot be returned before it wakes: `return()` of a generator queues behind its pending `next()`.
 * Here the return aborts what the generator waits for, so a client that leaves takes its watch with it at once.
 */
export function endOnReturn<Value>(
  follow: (signal: AbortSignal) => AsyncGenerator<Value, void, void>,
): AsyncGenerator<Value, void, void> {
  const leaving = new AbortController();
  const inner = follow(leaving.signal);
  const iterator: AsyncGenerator<Value, void, void> = {
    next: () => inner.next(),
    return(value) {
      leaving.abort();
      return inner.return(value);
    },
    throw(error) {
      leaving.abort();
      return inner.throw(error);
    },
    [Symbol.asyncIterator]: () => iterator,
    async [Symbol.asyncDispose]() {
      await iterator.return();
    },
  };
  return iterator;
}
