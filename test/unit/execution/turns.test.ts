import { setImmediate as turn } from 'node:timers/promises';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { createTurns, SLICE_WEIGHT } from '../../../src/execution/turns.ts';
import { createWorld } from '../../support/shared-executions.ts';

test('messages of 2,000 subscriptions that share nothing are made over several turns of the event loop', async () => {
  const { log, start, contextOf, executed } = createWorld();
  const document = parse('subscription($n: Int, $after: Int) { log(after: $after) { numbers plus(n: $n) } }');
  const heard: number[][] = [];
  const streams = await Promise.all(
    Array.from({ length: 2_000 }, async (_, n) => {
      const stream = await start(document, { n, after: 0 }, contextOf('one'));
      const own: number[] = [];
      heard.push(own);
      void (async () => {
        for await (const { data } of stream)
          own.push(...(data as { log: { numbers: number[] } }).log.numbers);
      })();
      return stream;
    }),
  );
  while (executed() < 2_000) await turn();
  for (let i = 0; i < 10; i += 1) await turn();
  let most = 0;
  let other: number | null = null;
  let before = executed();
  log.append(1);
  while (before < 4_000) {
    await turn();
    most = Math.max(most, executed() - before);
    before = executed();
    if (other !== null) continue;
    other = before;
    // Another workspace that begins meanwhile waits for a slice, not for all.
    const stream = await start(document, { n: 0, after: 0 }, contextOf('two'));
    await stream.next();
    expect(executed()).toBeLessThan(3_000);
    await stream.return();
  }
  expect(most).toBeLessThanOrEqual(32);
  while (heard.some(({ length }) => length === 0)) await turn();
  log.append(1);
  while (heard.some(({ length }) => length < 2)) await turn();
  expect(heard.every((own) => own.join() === '1,2')).toBe(true);
  await Promise.all(streams.map((stream) => stream.return()));
});

test('owners that wait are served in turns, and the work of one owner in its order', async () => {
  const turns = createTurns(() => 0);
  const done: string[] = [];
  const work = (name: string) => turns.run(name.slice(0, 1), SLICE_WEIGHT, () => void done.push(name));
  await Promise.all(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map(work));
  expect(done).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

test('work that took its time ends the slice, and what it throws reaches who asked for it', async () => {
  let clock = 0;
  const turns = createTurns(() => clock);
  const first = turns.run('a', 1, () => {
    clock += 100;
    return 'first';
  });
  expect(first).toBe('first');
  const second = turns.run('a', 1, () => {
    throw new Error('fault');
  });
  expect(second).toBeInstanceOf(Promise);
  await expect(second).rejects.toThrow('fault');
});
