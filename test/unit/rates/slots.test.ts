import { expect, test } from 'vitest';
import { createSlots } from '../../../src/rates/slots.ts';

test('owners that wait get slots in turns', async () => {
  const slots = createSlots({ total: 1, perOwner: 1 });
  const order: string[] = [];
  const run = (owner: string) => slots.run(owner, async () => void order.push(owner));
  await Promise.all(['a', 'a', 'a', 'b', 'c', 'b'].map(run));
  expect(order).toEqual(['a', 'a', 'b', 'c', 'a', 'b']);
});

test('work that fails gives its slot back', async () => {
  const slots = createSlots({ perOwner: 1 });
  await expect(slots.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await slots.run('a', async () => 1)).toBe(1);
});
