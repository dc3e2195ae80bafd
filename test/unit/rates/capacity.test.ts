import { expect, test } from 'vitest';
import { createCapacity } from '../../../src/rates/capacity.ts';

const never = new AbortController().signal;

function createWorld(limits: { perOwner: number; total: number; waiting: number }) {
  const capacity = createCapacity(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    capacity,
    begun,
    start(name: string, weight: number, signal = never) {
      const [owner = ''] = name;
      return capacity.run(owner, weight, signal, () => {
        begun.push(name);
        return new Promise<void>((resolve) => void ends.set(name, resolve));
      });
    },
    async end(name: string) {
      ends.get(name)?.();
      await turn();
    },
    turn,
  };
}

test('owners that wait are served in turns, and the work of one owner in its order', async () => {
  const { start, end, begun, turn } = createWorld({ perOwner: 10, total: 10, waiting: 9 });
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) void start(name, 10);
  await turn();
  for (const name of ['a1', 'a2', 'b1', 'c1', 'a3']) await end(name);
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});

test('an owner leaves the rest to the others, and what weighs more than the limit runs alone', async () => {
  const { start, end, begun, turn } = createWorld({ perOwner: 10, total: 20, waiting: 9 });
  for (const [name, weight] of [
    ['a1', 6],
    ['a2', 6],
    ['a3', 1],
    ['b1', 4],
    ['b2', 6],
    ['c1', 99],
  ] as const)
    void start(name, weight);
  await turn();
  expect(begun).toEqual(['a1', 'b1', 'b2']);
  await end('a1');
  // Lighter work of others does not pass what waits for the whole.
  expect(begun).toEqual(['a1', 'b1', 'b2', 'a2']);
  for (const name of ['a2', 'b1', 'b2']) await end(name);
  expect(begun.slice(4)).toEqual(['c1']);
  await end('c1');
  expect(begun.slice(4)).toEqual(['c1', 'a3']);
});

test('work that is not wanted any more leaves the queue, and work that fails gives its room back', async () => {
  const { capacity, start, end, begun, turn } = createWorld({ perOwner: 1, total: 9, waiting: 1 });
  void start('a1', 1);
  await turn();
  expect(capacity.isFull('a')).toBe(false);
  const gone = new AbortController();
  const waiting = start('a2', 1, gone.signal);
  await turn();
  expect([capacity.isFull('a'), capacity.isFull('b')]).toEqual([true, false]);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  expect(capacity.isFull('a')).toBe(false);
  await end('a1');
  const failing = capacity.run('a', 1, never, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  void start('a3', 1);
  await turn();
  expect(begun).toEqual(['a1', 'a3']);
});
