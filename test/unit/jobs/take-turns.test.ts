import { expect, test } from 'vitest';
import { createTurns } from '../../../src/jobs/take-turns.ts';

function compute(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('pieces of many callers run in the order of the calls, one per turn of the event loop', async () => {
  const takeTurn = createTurns();
  const seen: string[] = [];
  let open = true;
  const tick = () => {
    seen.push('others');
    if (open) setImmediate(tick);
  };
  setImmediate(tick);
  const pieces = ['a', 'b', 'c', 'd'].map((name) => takeTurn(() => void seen.push(name)));
  await Promise.all(pieces);
  open = false;
  expect(seen.filter((name) => name !== 'others')).toEqual(['a', 'b', 'c', 'd']);
  for (const [one, next] of ['ab', 'bc', 'cd']) {
    const between = seen.slice(seen.indexOf(one ?? '') + 1, seen.indexOf(next ?? ''));
    expect(between).toContain('others');
  }
});

test('timers fire between the pieces, however many wait', async () => {
  const takeTurn = createTurns();
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 5);
  await Promise.all(Array.from({ length: 40 }, () => takeTurn(() => compute(10))));
  clearInterval(timer);
  // 400 ms of computing; in one piece the timer would have fired once.
  expect(ticks).toBeGreaterThan(30);
});

test('a piece that throws rejects its own caller and nobody else', async () => {
  const takeTurn = createTurns();
  const bad = takeTurn(() => {
    throw new Error('of its own');
  });
  const good = takeTurn(() => 7);
  await expect(bad).rejects.toThrow('of its own');
  expect(await good).toBe(7);
});
