import { setImmediate as turn } from 'node:timers/promises';
import { loadApart } from './load-apart.ts';

/**
 * Reads of what is long past, for readers that nobody need wait for: `atOnce` keys per statement, one statement at a time unless a key cannot be
 * read with the others, and its answers are given out one per turn of the event loop. Whatever is done with an answer, a hundred such readers hold up those at the end no longer than one does.
 * Callers that ask for one key before it is read share its answer. A key that cannot be read fails for its own callers alone.
 */
export function readInTurns<Key, Value>(
  keyOf: (key: Key) => string,
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<string, Value>>,
  atOnce: number,
): (key: Key) => Promise<Value | undefined> {
  interface Asked {
    readonly key: Key;
    readonly answer: PromiseWithResolvers<Value | undefined>;
  }
  const asked = new Map<string, Asked>();
  let reading = false;

  async function readAll(): Promise<void> {
    while (asked.size > 0) {
      const batch = [...asked.entries().take(atOnce)];
      for (const [name] of batch) asked.delete(name);
      const keys = batch.map(([, { key }]) => key);
      const answers = loadApart(keyOf, load, keys);
      // One key that is slow by itself is waited for by its own callers alone.
      await Promise.race(answers.values()).catch(() => undefined);
      for (const [name, { answer }] of batch) {
        await turn();
        answer.resolve(answers.get(name));
      }
    }
    reading = false;
  }

  return (key) => {
    const name = keyOf(key);
    const known = asked.get(name);
    if (known !== undefined) return known.answer.promise;
    const answer = Promise.withResolvers<Value | undefined>();
    asked.set(name, { key, answer });
    if (!reading) {
      reading = true;
      void readAll();
    }
    return answer.promise;
  };
}
