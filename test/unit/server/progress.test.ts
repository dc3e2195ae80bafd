import { expect, test } from 'vitest';
import { createProgress } from '../../../src/server/progress.ts';

/** Looks each 100 ms at a client that takes `rate` bytes in between. */
function looks(count: number, rate: number, waits = true): boolean[] {
  const isStalled = createProgress(1_000, 1_000);
  return Array.from({ length: count }, (_, i) => isStalled({ waits, taken: i * rate, now: i * 100 }));
}

test('a client that takes nothing has stalled after stallMs', () => {
  expect(looks(12, 0).indexOf(true)).toBe(10);
});

test('a client that takes a little at a time has stalled, too: it would hold its response for as long as it likes', () => {
  expect(looks(12, 99).indexOf(true)).toBe(10);
  expect(looks(100, 100)).not.toContain(true);
});

test('a client has not stalled while nothing waits for it', () => {
  expect(looks(100, 0, false)).not.toContain(true);
  const isStalled = createProgress(1_000, 1_000);
  expect(isStalled({ waits: true, taken: 0, now: 0 })).toBe(false);
  expect(isStalled({ waits: false, taken: 0, now: 900 })).toBe(false);
  expect(isStalled({ waits: true, taken: 0, now: 1_100 })).toBe(false);
  expect(isStalled({ waits: true, taken: 0, now: 2_100 })).toBe(true);
});
