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

test('workspaces that have connections leave the last ones of the pool to one that has none', async () => {
  const quotas = createQuotas(4, 1_000, 6);
  const ofA = await Promise.all(Array.from({ length: 4 }, () => quotas.take('a')));
  await quotas.take('b');
  const second = await quotas.take('b');
  const served: string[] = [];
  const waiting = ['b', 'b', 'a'].map((id) => quotas.take(id).then(() => void served.push(id)));
  await vi.advanceTimersByTimeAsync(1);
  expect(served).toEqual([]);
  const newcomer = await quotas.take('c');
  // Its second one waits, too, and each connection that comes back goes to the next workspace.
  const more = quotas.take('c').then(() => void served.push('c'));
  newcomer();
  await vi.advanceTimersByTimeAsync(1);
  expect(served).toEqual(['c']);
  ofA[0]?.();
  ofA[1]?.();
  second();
  await vi.advanceTimersByTimeAsync(1);
  expect(served.length).toBeGreaterThan(2);
  ofA[2]?.();
  ofA[3]?.();
  await Promise.all([...waiting, more]);
  expect(quotas.awaited()).toBe(0);
});

test('a workspace that has given its only connection back does not wait behind others', async () => {
  const quotas = createQuotas(2, 1_000, 2);
  await quotas.take('a');
  const only = await quotas.take('b');
  const others = [quotas.take('a'), quotas.take('b')];
  only();
  await Promise.all(others);
  expect(quotas.awaited()).toBe(0);
});
