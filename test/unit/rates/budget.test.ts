import { expect, test } from 'vitest';
import { createByteBudget } from '../../../src/rates/budget.ts';

test('an owner gets no more than its share, and all together no more than the total', () => {
  const budget = createByteBudget({ perOwner: 100, total: 250 });
  const release = budget.take('a', 100);
  expect(release).not.toBeNull();
  expect(budget.take('a', 1)).toBeNull();
  expect(budget.take('b', 100)).not.toBeNull();
  expect(budget.take('c', 51)).toBeNull();
  expect(budget.take('c', 50)).not.toBeNull();
  release?.();
  release?.();
  expect(budget.take('a', 101)).toBeNull();
  expect(budget.take('a', 100)).not.toBeNull();
});

test('an owner is full while less than a quarter of its share, or of the total, is free', () => {
  const budget = createByteBudget({ perOwner: 100, total: 200 });
  budget.take('a', 75);
  expect(budget.isFull('a')).toBe(false);
  const release = budget.take('a', 1);
  expect(budget.isFull('a')).toBe(true);
  expect(budget.isFull('b')).toBe(false);
  budget.take('b', 75);
  expect(budget.isFull('c')).toBe(true);
  release?.();
  expect(budget.isFull('c')).toBe(false);
});

test('who waits for room is woken once, when its owner is not full any more', () => {
  const budget = createByteBudget({ perOwner: 100, total: 1_000 });
  const [one, two] = [budget.add('a', 60), budget.add('a', 60)];
  const woken: string[] = [];
  budget.whenRoom('a', () => woken.push('a'));
  budget.add('b', 10)();
  expect(woken).toEqual([]);
  one();
  two();
  expect(woken).toEqual(['a']);
});
