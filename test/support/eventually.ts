import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the answer is not null; the wait is for the row, not for a time. */
export async function eventually<T>(
  ask: () => Promise<T | null | undefined | false>,
  withinMs = 15_000,
): Promise<T> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer != null && answer !== false) return answer;
    if (performance.now() > giveUpAt) throw new Error(`not so within ${withinMs} ms: ${ask.toString()}`);
    await delay(10);
  }
}
