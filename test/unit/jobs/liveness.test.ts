import { describe, expect, test } from 'vitest';
import { createExclusions, inHalves } from '../../../src/jobs/halves.ts';
import { createLiveness } from '../../../src/jobs/liveness.ts';

const worker = (heartbeat: string, unlocked = false) => ({ id: 'w', name: 'w', unlocked, heartbeat });
const create = () => createLiveness({ leaseMs: 10_000, unlockedMs: 500 });
/** Looks every half second, and returns all that the looks found. */
function lookUntil(liveness: ReturnType<typeof create>, heartbeat: string, from: number, to: number) {
  const found: unknown[] = [];
  for (let at = from; at <= to; at += 500) found.push(...liveness.observe([worker(heartbeat)], at));
  return found;
}

describe('liveness of a worker', () => {
  test('a heartbeat that has not changed for a lease means death, whatever time it names', () => {
    for (const heartbeat of ['2000-01-01', '2999-01-01']) {
      const liveness = create();
      expect(lookUntil(liveness, heartbeat, 0, 9_500)).toEqual([]);
      expect(liveness.observe([worker(heartbeat)], 10_000)).toHaveLength(1);
    }
  });

  test('each new heartbeat starts the lease again', () => {
    const liveness = create();
    lookUntil(liveness, 'a', 0, 9_000);
    expect(lookUntil(liveness, 'b', 9_500, 19_000)).toEqual([]);
    expect(liveness.observe([worker('b')], 19_500)).toHaveLength(1);
  });

  test('a free lock means death after half a second, unless the worker takes a new one', () => {
    const liveness = create();
    liveness.observe([worker('a', true)], 0);
    expect(liveness.untilDead(100)).toBe(400);
    expect(liveness.observe([worker('a')], 499)).toEqual([]);
    liveness.observe([worker('a', true)], 1_000);
    expect(liveness.observe([worker('a', true)], 1_499)).toEqual([]);
    expect(liveness.observe([worker('a', true)], 1_500)).toHaveLength(1);
  });

  test('silence that could not be observed does not count', () => {
    const liveness = create();
    lookUntil(liveness, 'a', 0, 9_500);
    liveness.forget();
    expect(lookUntil(liveness, 'a', 10_000, 19_500)).toEqual([]);
  });

  test('a process that was frozen itself takes no worker for dead when it goes on', () => {
    const liveness = create();
    liveness.observe([worker('a', true)], 0);
    expect(liveness.observe([worker('a', true)], 12_000)).toEqual([]);
    expect(liveness.observe([worker('a', true)], 12_500)).toHaveLength(1);
  });

  test('a step back of the server’s clock is noticed, a step forward or a late reply is none', () => {
    const liveness = create();
    liveness.compareClock(1_000_000, 0);
    liveness.compareClock(1_000_250, 250);
    liveness.compareClock(1_060_500, 500);
    expect(liveness.clockWasSetBack()).toBe(false);
    liveness.compareClock(1_057_750, 750);
    expect(liveness.clockWasSetBack()).toBe(true);
  });
});

describe('one bad job among many', () => {
  test('is found and named, and every other one is worked on exactly once', async () => {
    const ids = Array.from({ length: 37 }, (_, i) => `j${i}`);
    const done: string[] = [];
    const faults: string[] = [];
    const work = async (part: readonly string[]) => {
      if (part.includes('j20')) throw new Error('check violation');
      done.push(...part);
    };
    await inHalves(ids, work, (id) => faults.push(id));
    expect(faults).toEqual(['j20']);
    expect(done.toSorted()).toEqual(ids.filter((id) => id !== 'j20').toSorted());
  });

  test('is no reason to halve when the database is unavailable', async () => {
    const away = Object.assign(new Error('shutdown'), { code: '57P01' });
    await expect(
      inHalves(
        ['a', 'b'],
        () => Promise.reject(away),
        () => undefined,
      ),
    ).rejects.toBe(away);
  });

  test('is left out for twice as long each time, and at most for a minute', () => {
    let at = 0;
    const exclusions = createExclusions(() => at);
    expect(Array.from({ length: 7 }, () => exclusions.add('a'))).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(exclusions.ids()).toEqual(['a']);
    at = 60_001;
    expect(exclusions.ids()).toEqual([]);
  });
});
