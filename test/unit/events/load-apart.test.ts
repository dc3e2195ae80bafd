import { expect, test } from 'vitest';
import { loadApart } from '../../../src/events/load-apart.ts';

const keys = Array.from({ length: 50 }, (_, i) => i);
const keyOf = String;

function loading(fails: (some: readonly number[]) => unknown) {
  const calls: number[] = [];
  const load = async (some: readonly number[]) => {
    calls.push(some.length);
    const error = fails(some);
    if (error != null) throw error;
    return new Map(some.map((key) => [keyOf(key), key * 2]));
  };
  return { calls, load };
}

test('keys that can be read together are read with one call', async () => {
  const { calls, load } = loading(() => null);
  const answers = loadApart(keyOf, load, keys);
  expect(await answers.get('0')).toBe(0);
  expect(calls).toEqual([50]);
  expect(await answers.get('7')).toBe(14);
  expect(answers.get('50')).toBeUndefined();
});

test.each([
  ['a value that does not fit', new RangeError('out of range')],
  ['a statement at its time limit', Object.assign(new Error('canceled'), { code: '57014' })],
])('%s fails for its own key alone, at a few more calls', async (_what, error) => {
  const { calls, load } = loading((some) => (some.includes(31) ? error : null));
  const answers = loadApart(keyOf, load, keys);
  await expect(answers.get('31')).rejects.toThrow(error);
  for (const key of keys) if (key !== 31) expect(await answers.get(keyOf(key))).toBe(key * 2);
  expect(calls.length).toBeLessThan(16);
});

test('an unavailable database is asked once, and fails for all keys', async () => {
  const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
  const { calls, load } = loading(() => away);
  const answers = loadApart(keyOf, load, keys);
  for (const key of keys) await expect(answers.get(keyOf(key))).rejects.toThrow(away);
  expect(calls).toEqual([50]);
});

const timeout = Object.assign(new Error('canceled'), { code: '57014' });

test('a slow key delays only itself: the other half is answered while its own is divided further', async () => {
  const slow = Promise.withResolvers<never>();
  const load = async (some: readonly number[]) => {
    if (some.length === 50) throw timeout;
    if (some.includes(31)) return slow.promise;
    return new Map(some.map((key) => [keyOf(key), key * 2]));
  };
  const answers = loadApart(keyOf, load, keys);
  expect(await answers.get('7')).toBe(14);
  slow.reject(timeout);
  await expect(answers.get('31')).rejects.toThrow(timeout);
});

test('a server on which every statement meets its time limit is asked a few times, not for every key', async () => {
  const { calls, load } = loading(() => timeout);
  const answers = loadApart(keyOf, load, keys);
  for (const key of keys) await expect(answers.get(keyOf(key))).rejects.toThrow(timeout);
  expect(calls.length).toBeLessThan(16);
});
