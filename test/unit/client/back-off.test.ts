import { expect, test } from 'vitest';
import { backOffMs } from '../../../packages/client/src/back-off.ts';

test('the wait has full jitter, doubles, and is never above 30 s', () => {
  const worst = (failures: number, code: number | null = null) => backOffMs(failures, code, () => 1);
  expect([0, 1, 2, 3].map((failures) => worst(failures))).toEqual([500, 1_000, 2_000, 4_000]);
  expect([6, 100, 1e9].map((failures) => worst(failures))).toEqual([30_000, 30_000, 30_000]);
  expect(worst(0, 1013)).toBe(4_000);
  expect(backOffMs(8, null, () => 0)).toBe(0);
});
