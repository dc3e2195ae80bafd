/** The longest time of a timer; a longer one would fire at once. */
const MAX_MS = 2 ** 31 - 1;

export interface Deadline {
  /** Aborted with `error` at the deadline, or with the reason of the given signal before. */
  readonly signal: AbortSignal;
  /** The promise, which rejects at the abort of the signal at the latest. */
  within<Value>(promise: Promise<Value>): Promise<Value>;
  /** Removes timer and listener. Call it when the work is done, so that a program can end. */
  clear(): void;
}

/** A time limit for calls of functions and servers that may never respond. */
export function startDeadline(ms: number, error: Error, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const { signal } = controller;
  const timer = setTimeout(() => controller.abort(error), Math.min(ms, MAX_MS));
  const onAbort = () => controller.abort(parent?.reason);
  parent?.addEventListener('abort', onAbort);
  if (parent?.aborted === true) onAbort();
  return {
    signal,
    within: (promise) =>
      new Promise((resolve, reject) => {
        const fail = () => reject(signal.reason);
        if (signal.aborted) fail();
        signal.addEventListener('abort', fail);
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', fail));
      }),
    clear() {
      clearTimeout(timer);
      parent?.removeEventListener('abort', onAbort);
    },
  };
}
