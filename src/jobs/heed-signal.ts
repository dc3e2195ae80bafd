/** An item that has been told to stop may take this long to notice, milliseconds. */
export const HEED_MS = 1_000;

/**
 * The steps of an item, which end with a rejection `HEED_MS` after the signal's abort whether or not the task notices: one that hangs
 * keeps neither its worker's place nor a shutdown. What it still does leads nowhere, since its claim is given back or gone.
 * `within` calls the task, in the context that its work belongs to.
 */
export async function* heedSignal<Step, Result>(
  steps: AsyncGenerator<Step, Result, void>,
  signal: AbortSignal,
  within: <T>(work: () => T) => T = (work) => work(),
): AsyncGenerator<Step, Result, void> {
  const given = Promise.withResolvers<never>();
  given.promise.catch(() => undefined);
  const giveUp = () => void setTimeout(() => given.reject(signal.reason), HEED_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  if (signal.aborted) giveUp();
  let isDone = false;
  try {
    for (;;) {
      const step = await Promise.race([within(() => steps.next()), given.promise]);
      isDone = step.done === true;
      if (step.done) return step.value;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', giveUp);
    // Not waited for: a generator that hangs returns never.
    if (!isDone) within(() => steps.return(undefined as never)).catch(() => undefined);
  }
}
