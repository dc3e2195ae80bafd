import { describe, expect, test } from 'vitest';
import { headStartMs, type InLine, shareOut, TURN } from '../../../src/jobs/turns.ts';

const job = (id: string, queued: number, turnAt: number, changes: Partial<InLine> = {}): InLine => ({
  id,
  workspaceId: 'w',
  priority: 5,
  queued,
  turnAt,
  ...changes,
});
const shares = (jobs: readonly InLine[], places: number) =>
  Object.fromEntries(shareOut(jobs, places, () => 0).map(({ id, items }) => [id, items]));

describe('the places of a claim', () => {
  test('go to the jobs of a workspace in turns, the one first that has waited longest', () => {
    const jobs = [job('large', 2_000, 1), job('middle', 100, 2), job('small', 1, 3)];
    expect(shares(jobs, TURN)).toEqual({ large: TURN });
    expect(shares(jobs, 2 * TURN + 1)).toEqual({ large: TURN, middle: TURN, small: 1 });
    expect(shares(jobs, 4 * TURN + 1)).toEqual({ large: 2 * TURN, middle: 2 * TURN, small: 1 });
  });

  test('that a job does not need go to the others', () => {
    expect(shares([job('a', 3, 1), job('b', 2_000, 2)], 100)).toEqual({ a: 3, b: 97 });
    expect(shares([job('a', 3, 1), job('b', 4, 2)], 100)).toEqual({ a: 3, b: 4 });
    expect(shares([], 100)).toEqual({});
  });

  test('go to the highest priority of a workspace first, as far as it has items', () => {
    const jobs = [job('low', 50, 0, { priority: 1 }), job('high', 20, 9, { priority: 8 })];
    expect(shares(jobs, 16)).toEqual({ high: 16 });
    expect(shares(jobs, 24)).toEqual({ high: 20, low: 4 });
  });

  test('are shared by workspaces item by item, whatever their priorities and numbers of jobs', () => {
    const many = Array.from({ length: 30 }, (_, i) => job(`m${i}`, 2_000, i, { priority: 9 }));
    const jobs = [...many, job('one', 2_000, 99, { workspaceId: 'v', priority: 0 })];
    expect(shares(jobs, 40).one).toBe(20);
    expect(shares([...many, job('one', 3, 99, { workspaceId: 'v' })], 40).one).toBe(3);
  });
});

test('a job of one turn starts ahead of larger ones by a fixed time, and larger jobs do not', () => {
  expect(headStartMs(1)).toBe(10_000);
  expect(headStartMs(TURN)).toBe(10_000);
  expect(headStartMs(TURN + 1)).toBe(0);
});
