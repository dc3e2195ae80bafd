/**
 * An iteration whose `return()` ends it at once. That of an async generator waits for the pending `next()`, so the subscription of a
 * reader that left (`Readable.destroy()`, a `break` in a race) would stay open at the server until the next message. The signal is
 * aborted at `return()`, at `throw()`, and by the given signals.
 */
export function endOnReturn<Value>(
  signals: readonly (AbortSignal | undefined)[],
  follow: (signal: AbortSignal) => AsyncGenerator<Value, void, void>,
): AsyncGenerator<Value, void, void> {
  const leaving = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const iterator = follow(AbortSignal.any([leaving.signal, ...given]));
  const { return: end, throw: fail } = iterator;
  return Object.assign(iterator, {
    return(value: void | PromiseLike<void>) {
      leaving.abort();
      return end.call(iterator, value);
    },
    throw(error: unknown) {
      leaving.abort();
      return fail.call(iterator, error);
    },
  });
}
