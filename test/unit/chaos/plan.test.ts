import { expect, test } from 'vitest';
import { disturbsDatabase, faultKinds, planFaults } from '../../chaos/plan.ts';

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

test('faults hit slots that there are, last a while, and neither a full disk nor a second server meets a crash of the server', () => {
  const all = [...slots.workers, ...slots.apis];
  for (const { faults } of planFaults(5, 300, slots, 3_000)) {
    for (const { kind, targets, lengthMs } of faults) {
      expect(all).toEqual(expect.arrayContaining([...targets]));
      expect(targets.length > 0).toBe(/_(WORKER|WORKER_LONG|API|LINK|CLIENTS|POOL)$/.test(kind));
      expect(lengthMs).toBeGreaterThanOrEqual(200);
    }
    const kinds = faults.map(({ kind }) => kind);
    const needServer = kinds.includes('FILL_DISK') || kinds.includes('SECOND_SERVER');
    expect(needServer && kinds.some((kind) => /_POSTGRES$/.test(kind))).toBe(false);
  }
});

test('long freezes last 8 to 12 s, and the clock of the server is stepped both ways', () => {
  const faults = planFaults(13, 300, slots, 3_000).flatMap((round) => round.faults);
  const freezes = faults.filter(({ kind }) => kind === 'FREEZE_WORKER_LONG');
  expect(freezes.length).toBeGreaterThan(10);
  for (const { lengthMs } of freezes) {
    expect(lengthMs).toBeGreaterThanOrEqual(8_000);
    expect(lengthMs).toBeLessThanOrEqual(12_000);
  }
  const steps = faults.filter(({ kind }) => kind === 'STEP_CLOCK').map(({ level }) => level);
  expect(new Set(steps)).toEqual(new Set([-60_000, -3_000, 3_000, 60_000]));
});

test('the database stays available beside faults of single processes and clients alone', () => {
  expect(disturbsDatabase([{ kind: 'CONTEND_WATCHLISTS' }, { kind: 'STEP_CLOCK' }])).toBe(false);
  expect(disturbsDatabase([{ kind: 'CONTEND_WATCHLISTS' }, { kind: 'STALL_LINK' }])).toBe(true);
  expect(disturbsDatabase([{ kind: 'FREEZE_WORKER' }])).toBe(true);
});

test('some freezes outlast the lease and some do not, and there are quiet times to look at the invariants', () => {
  const rounds = planFaults(11, 200, slots, 3_000);
  const freezes = rounds.flatMap(({ faults }) => faults.filter(({ kind }) => kind === 'FREEZE_WORKER'));
  expect(freezes.some(({ lengthMs }) => lengthMs > 3_000)).toBe(true);
  expect(freezes.some(({ lengthMs }) => lengthMs < 3_000)).toBe(true);
  expect(rounds.filter(({ calmMs }) => calmMs > 5_000)).toHaveLength(50);
});
