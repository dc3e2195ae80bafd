import { expect, test } from 'vitest';
import { faultKinds, planFaults } from '../../chaos/plan.ts';

const slots = { workers: ['w0', 'w1', 'w2'], apis: ['a0', 'a1'] };

test('one seed makes one plan, another seed another', () => {
  expect(planFaults(7, 20, slots, 3_000)).toEqual(planFaults(7, 20, slots, 3_000));
  expect(planFaults(7, 20, slots, 3_000)).not.toEqual(planFaults(8, 20, slots, 3_000));
});

test('a longer plan begins as the shorter one of the same seed', () => {
  expect(planFaults(7, 20, slots, 3_000).slice(0, 5)).toEqual(planFaults(7, 5, slots, 3_000));
});

test('every kind of fault comes up before one repeats', () => {
  const kinds = planFaults(3, 40, slots, 3_000).flatMap(({ faults }) => faults.map(({ kind }) => kind));
  expect(new Set(kinds)).toEqual(new Set(faultKinds));
  const counts = faultKinds.map((kind) => kinds.filter((other) => other === kind).length);
  // Faults of one round are sorted by their start, so a bag may end in the middle of a round.
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

test('faults hit slots that there are, last a while, and a full disk never meets a crash of the server', () => {
  const all = [...slots.workers, ...slots.apis];
  for (const { faults } of planFaults(5, 300, slots, 3_000)) {
    for (const { kind, targets, lengthMs } of faults) {
      expect(all).toEqual(expect.arrayContaining([...targets]));
      expect(targets.length > 0).toBe(/_(WORKER|API|LINK|CLIENTS|POOL)$/.test(kind));
      expect(lengthMs).toBeGreaterThanOrEqual(200);
    }
    const kinds = faults.map(({ kind }) => kind);
    expect(kinds.includes('FILL_DISK') && kinds.some((kind) => /_POSTGRES$/.test(kind))).toBe(false);
  }
});

test('some freezes outlast the lease and some do not, and there are quiet times to look at the invariants', () => {
  const rounds = planFaults(11, 200, slots, 3_000);
  const freezes = rounds.flatMap(({ faults }) => faults.filter(({ kind }) => kind === 'FREEZE_WORKER'));
  expect(freezes.some(({ lengthMs }) => lengthMs > 3_000)).toBe(true);
  expect(freezes.some(({ lengthMs }) => lengthMs < 3_000)).toBe(true);
  expect(rounds.filter(({ calmMs }) => calmMs > 5_000)).toHaveLength(50);
});
