import { describe, expect, test } from 'vitest';
import { explain, needsPlace, WAITING_REASONS, type WaitingFacts } from '../../../src/jobs/waiting.ts';

const now = new Date('2026-01-05T12:00:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1_000);

const idle: WaitingFacts = {
  now,
  pausedAt: null,
  dueSince: null,
  later: null,
  orphanedSince: null,
  fleet: { workers: 1, capacity: 8, running: 0, perMinute: 0 },
};
const none = { workers: 0, capacity: 0, running: 0, perMinute: 0 };
const full = { workers: 2, capacity: 8, running: 8, perMinute: 120 };
const scheduled = { runAt: at(60), queuedAt: at(-5), failures: 0, errorCode: null };
const failed = { runAt: at(20), queuedAt: at(-5), failures: 2, errorCode: 'SOURCE_TIMEOUT' };
const limited = { ...failed, errorCode: 'RATE_LIMITED' };

type Row = readonly [
  what: string,
  facts: Partial<WaitingFacts>,
  ahead: number | null,
  expected: readonly [reason: string, since: number, start: number | null] | null,
];

const rows: readonly Row[] = [
  ['nothing is queued', {}, null, null],
  ['an item came a second ago', { dueSince: at(-1) }, null, null],
  ['nobody knows the kind, for a second', { dueSince: at(-1), fleet: none }, null, null],
  ['nobody knows the kind', { dueSince: at(-1.1), fleet: none }, null, ['NO_WORKER', -1.1, null]],
  ['the last worker is gone', { orphanedSince: at(-4), fleet: none }, null, ['NO_WORKER', -4, null]],
  ['a worker of several is gone', { orphanedSince: at(-4), fleet: full }, null, ['WORKERS_BUSY', -4, null]],
  ['a worker has room', { dueSince: at(-2) }, 5, ['WORKERS_BUSY', -2, 0]],
  ['59 items are ahead, two a second end', { dueSince: at(-2), fleet: full }, 59, ['WORKERS_BUSY', -2, 30]],
  ['its place is not known', { dueSince: at(-2), fleet: full }, null, ['WORKERS_BUSY', -2, null]],
  [
    'nothing ended yet',
    { dueSince: at(-2), fleet: { ...full, perMinute: 0 } },
    3,
    ['WORKERS_BUSY', -2, null],
  ],
  ['runAt lies ahead', { later: scheduled }, null, ['SCHEDULED', -5, 60]],
  ['runAt lies ahead, nobody works', { later: scheduled, fleet: none }, null, ['SCHEDULED', -5, 60]],
  ['just submitted for later', { later: { ...scheduled, queuedAt: now } }, null, ['SCHEDULED', 0, 60]],
  ['just submitted for soon', { later: { ...scheduled, runAt: at(0.9), queuedAt: now } }, null, null],
  ['a try failed', { later: failed }, null, ['RETRY_BACKOFF', -5, 20]],
  [
    'a try failed a moment ago, next soon',
    { later: { ...failed, runAt: at(0.5), queuedAt: now } },
    null,
    null,
  ],
  ['the source asked for a pause', { later: limited }, null, ['RATE_LIMITED', -5, 20]],
  [
    'limited once, then given back by a lost worker',
    { dueSince: at(-3), later: null },
    0,
    ['WORKERS_BUSY', -3, 0],
  ],
  ['paused before the submit', { pausedAt: at(-90), dueSince: at(-3) }, null, ['PAUSED', -3, null]],
  ['paused after the submit', { pausedAt: at(-1), dueSince: at(-30) }, null, ['PAUSED', -1, null]],
  ['paused, and nothing queued', { pausedAt: at(-90) }, null, null],
  ['paused and scheduled', { pausedAt: at(-2), later: scheduled }, null, ['PAUSED', -2, null]],
  [
    'paused and nobody works',
    { pausedAt: at(-2), dueSince: at(-9), fleet: none },
    null,
    ['PAUSED', -2, null],
  ],
  ['due and backing off', { dueSince: at(-3), later: failed, fleet: full }, 0, ['WORKERS_BUSY', -3, 0.5]],
  [
    'due for a moment and backing off',
    { dueSince: at(-0.2), later: failed },
    null,
    ['RETRY_BACKOFF', -5, 20],
  ],
];

describe('a job whose', () => {
  test.each(rows)('%s', (_what, facts, ahead, expected) => {
    const waiting = explain({ ...idle, ...facts }, ahead);
    const [reason, since, start] = expected ?? [];
    expect(waiting).toEqual(
      expected === null
        ? null
        : { reason, since: at(since ?? 0), estimatedStartAt: start === null ? null : at(start ?? 0) },
    );
  });

  test('every reason is in the table', () => {
    const reasons = new Set(rows.flatMap(([, , , expected]) => (expected === null ? [] : [expected[0]])));
    expect([...reasons].sort()).toEqual(Object.keys(WAITING_REASONS).sort());
  });

  test('place in line is looked for only when it matters', () => {
    expect(needsPlace({ ...idle, dueSince: at(-2), fleet: full })).toBe(true);
    expect(needsPlace({ ...idle, dueSince: at(-2) })).toBe(false);
    expect(needsPlace({ ...idle, later: failed, fleet: full })).toBe(false);
    expect(needsPlace({ ...idle, dueSince: at(-2), fleet: none })).toBe(false);
  });
});
