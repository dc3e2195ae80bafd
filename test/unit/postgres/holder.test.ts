import { describe, expect, test } from 'vitest';
import {
  isSamePlace,
  judgeElsewhere,
  parseHolder,
  RENEW_MS,
  STALE_MS,
  WATCH_MS,
} from '../../../src/postgres/holder.ts';

const here = { host: 'a', boot: 'boot-1', namespace: 'pid:[1]' };

describe('a process number can be looked up', () => {
  test.each([
    ['in the same namespace of the same run of the machine', here, here, true],
    ['also when the machine has got another name', { ...here, host: 'b' }, here, true],
    ['not in another namespace', { ...here, namespace: 'pid:[2]' }, here, false],
    ['not after a restart of the machine', { ...here, boot: 'boot-0' }, here, false],
    ['not when this system names no namespace', here, { ...here, namespace: null }, false],
    [
      'by the name of the machine where there is nothing else',
      { host: 'a', boot: null, namespace: null },
      { host: 'a', boot: null, namespace: null },
      true,
    ],
    [
      'not on a machine of another name where there is nothing else',
      { host: 'b', boot: null, namespace: null },
      { host: 'a', boot: null, namespace: null },
      false,
    ],
    ['in the note of an earlier version', { host: null, boot: null, namespace: null }, here, true],
  ])('%s', (_title, note, own, expected) => {
    expect(isSamePlace(note, own)).toBe(expected);
  });
});

describe('a holder elsewhere', () => {
  test.each([
    ['lives when its note was renewed', { renewed: true, watchedMs: 100, ageMs: 0 }, 'LIVES'],
    ['lives, however old the renewal looks', { renewed: true, watchedMs: 60_000, ageMs: 1e9 }, 'LIVES'],
    ['is watched when its note is new', { renewed: false, watchedMs: 0, ageMs: 0 }, 'WATCH_ON'],
    [
      'is watched when its note is old: a clock may have been set',
      { renewed: false, watchedMs: WATCH_MS - 1, ageMs: 1e9 },
      'WATCH_ON',
    ],
    [
      'is watched until its note is stale',
      { renewed: false, watchedMs: WATCH_MS, ageMs: STALE_MS - 1 },
      'WATCH_ON',
    ],
    [
      'is dead when its note is stale and was not renewed',
      { renewed: false, watchedMs: WATCH_MS, ageMs: STALE_MS },
      'DEAD',
    ],
    [
      'is dead after a full watch, also when its note lies in the future',
      { renewed: false, watchedMs: STALE_MS, ageMs: -1e9 },
      'DEAD',
    ],
  ] as const)('%s', (_title, observation, expected) => {
    expect(judgeElsewhere(observation)).toBe(expected);
  });

  test('has time for two renewals before it is judged', () => {
    expect(WATCH_MS).toBeGreaterThan(2 * RENEW_MS);
    expect(STALE_MS).toBeGreaterThanOrEqual(2 * WATCH_MS);
  });
});

test('a note is read with and without the place, and a damaged one is none', () => {
  const old = { pid: 1, since: '2026-01-01T00:00:00.000Z', start: null, claim: 'x' };
  expect(parseHolder(JSON.stringify(old))).toEqual({
    ...old,
    purpose: 'SERVER',
    host: null,
    boot: null,
    namespace: null,
  });
  expect(parseHolder(JSON.stringify({ ...old, ...here }))).toEqual({
    ...old,
    purpose: 'SERVER',
    ...here,
  });
  for (const text of ['', '{"pid":', '{}', JSON.stringify({ ...old, pid: -1 })])
    expect(parseHolder(text)).toBeNull();
});
