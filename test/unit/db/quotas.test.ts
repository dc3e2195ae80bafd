import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createQuotas } from '../../../src/db/quotas.ts';
import { isTransient } from '../../../src/db/retry.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a workspace has so many connections at a time, and each waiting caller gets one in the order in which they came', async () => {
  const quotas = createQuotas(2, 1_000);
  const served: number[] = [];
  const first = await quotas.take('a');
  const second = await quotas.take('a');
  const rest = [1, 2, 3].map((n) =>
    quotas.take('a').then((free) => {
      served.push(n);
      return free;
    }),
  );
  expect(quotas.awaited()).toBe(3);
  first();
  // Once, however often it is called.
  first();
  await rest[0];
  expect(served).toEqual([1]);
  second();
  (await rest[1])?.();
  await rest[2];
  expect(served).toEqual([1, 2, 3]);
  expect(quotas.awaited()).toBe(0);
});

test('a workspace whose callers wait does not hold up another one', async () => {
  const quotas = createQuotas(1, 1_000);
  await quotas.take('a');
  const waiting = quotas.take('a').catch((error: unknown) => error);
  expect(await quotas.take('b')).toBeTypeOf('function');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isTransient(await waiting)).toBe(true);
});

test('a caller that gave up gets no place, and the next one does', async () => {
  const quotas = createQuotas(1, 1_000);
  const free = await quotas.take('a');
  const early = quotas.take('a').catch(() => 'gave up');
  await vi.advanceTimersByTimeAsync(600);
  const late = quotas.take('a');
  await vi.advanceTimersByTimeAsync(600);
  expect(await early).toBe('gave up');
  free();
  (await late)();
  expect(await quotas.take('a')).toBeTypeOf('function');
});
